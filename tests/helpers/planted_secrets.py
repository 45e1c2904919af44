"""Secrets and personal data as they stand in Rust code, drawn from a fixed seed.

Every one is put together here from the vendor's description of its form: none stands in this file, and
nothing here uses the patterns that have to find them.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable

LETTERS, DIGITS = string.ascii_letters, string.digits
MIXED, URL, HEX, UPPER = (
    LETTERS + DIGITS,
    LETTERS + DIGITS + "-_",
    "0123456789abcdef",
    string.ascii_uppercase + DIGITS,
)
LOWER = string.ascii_lowercase + DIGITS

# How a value stands in Rust. {name} is a constant's name, {lower} the same in small letters.
PLACES = [
    'const {name}: &str = "{value}";\n\nfn connect() -> Result<Client, Error> {{\n    Client::new({name})\n}}\n',
    'pub fn client() -> Client {{\n    let {lower} = "{value}";\n    Client::builder().key({lower}).build()\n}}\n',
    'static {name}: &\'static str = "{value}";\n',
    'fn setup() {{\n    std::env::set_var("{name}", "{value}");\n    run();\n}}\n',
    'impl Default for Config {{\n    fn default() -> Self {{\n        Self {{ {lower}: "{value}".to_string(), retries: 3 }}\n    }}\n}}\n',
    '/// ```\n/// let {lower} = "{value}";\n/// client.login({lower})?;\n/// ```\npub fn login(&self, t: &str) -> Result<()> {{ todo!() }}\n',
    'fn parses() {{\n    let text = r#"\n[service]\n{lower} = "{value}"\n"#;\n    assert!(Config::parse(text).is_ok());\n}}\n',
    'let config = Config {{ name: "prod".into(), {lower}: Some(String::from("{value}")) }};\n',
]
# Values that need no name: the same, and some without one.
NAMELESS = [
    'fn send() {{\n    let response = ureq::get("https://api.service.io/v1").call("{value}");\n}}\n',
    "//! Run it with `--auth {value}` and wait.\n",
]


def planted(each: int = 10) -> list[tuple[str, str, str]]:
    """(kind, code, the secret in it), `each` of every kind."""
    rows = []
    for kind, make in KINDS.items():
        draw = random.Random(f"ferrule {kind}")
        rows += [(kind, *make(draw, number)) for number in range(each)]
    return rows


def some(draw: random.Random, characters: str, size: int) -> str:
    return "".join(draw.choice(characters) for _ in range(size))


def token(names: str, *parts: str | tuple[str, int]) -> Callable:
    """A key of fixed form: texts and (characters, how many)."""

    def make(draw, number):
        texts = [part if isinstance(part, str) else some(draw, *part) for part in parts]
        drawn = [text for text, part in zip(texts, parts, strict=True) if not isinstance(part, str)]
        return in_code(draw, PLACES + NAMELESS, number, names, "".join(texts)), max(drawn, key=len)

    return make


def in_code(draw, places, number, names, value):
    name = draw.choice(names.split())
    return places[number % len(places)].format(name=name, lower=name.lower(), value=value)


def named(names: str, characters: str, low: int, high: int) -> Callable:
    """A value that only its name gives away."""

    def make(draw, number):
        value = "1a" + some(draw, characters, draw.randint(low, high) - 2)
        value = "".join(draw.sample(value, len(value)))
        return in_code(draw, PLACES, number, names, value), value

    return make


def password(draw, size=14):
    return (
        draw.choice(LETTERS)
        + some(draw, MIXED + "!^*-_", size - 3)
        + draw.choice(DIGITS)
        + draw.choice(LETTERS)
    )


def jwt(draw, number):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    value = ".".join(
        [
            part({"alg": "HS256", "typ": "JWT"}),
            part({"sub": some(draw, DIGITS, 8), "iat": 1700000000 + number}),
            some(draw, URL, 43),
        ]
    )
    return in_code(draw, PLACES + NAMELESS, number, "ID_TOKEN SESSION", value), value


def pem(label: str) -> Callable:
    def make(draw, number):
        label_line = f"{label} PRIVATE KEY".strip()
        head, tail = f"-----BEGIN {label_line}-----", f"-----END {label_line}-----"
        lines = [some(draw, MIXED + "+/", 64) for _ in range(draw.randint(3, 24))] + [
            some(draw, MIXED, 30) + "=="
        ]
        shapes = [
            lambda: 'const KEY: &str = "' + "\n".join([head, *lines, tail]) + '\n";\n',
            lambda: 'let key = r#"' + "\n".join([head, *lines, tail]) + '"#;\n',
            lambda: 'let key = "' + "\\n\\\n    ".join([head, *lines, tail]) + '";\n',
            lambda: (
                "let key = concat!(\n"
                + "".join(f'    "{line}\\n",\n' for line in [head, *lines, tail])
                + ");\n"
            ),
            lambda: (
                'let account = r#"{"type": "service_account", "private_key": "'
                + "\\n".join([head, *lines, tail])
                + '\\n"}"#;\n'
            ),
            lambda: "".join(f"/// {line}\n" for line in [head, *lines, tail]) + "fn load() {}\n",
        ]
        return shapes[number % len(shapes)](), lines[0]

    return make


def url_password(draw, number):
    scheme = draw.choice(["postgres", "mysql", "mongodb+srv", "redis", "amqp", "https", "ftp"])
    secret, user = password(draw), draw.choice(["app", "svc_orders", "deploy", ""])
    value = f"{scheme}://{user}:{secret}@{draw.choice(['db', 'queue', 'git'])}.{draw.choice(['corp', 'prod'])}-net.com:5432/main"
    return in_code(draw, PLACES + NAMELESS, number, "DATABASE_URL REMOTE DSN", value), secret


def connection_string(draw, number):
    secret = password(draw)
    value = f"Server=tcp:sql{number}.database.windows.net,1433;User ID=app;Password={secret};Encrypt=True"
    return in_code(draw, PLACES, number, "CONNECTION_STRING DSN", value), secret


def basic(draw, number):
    value = base64.b64encode(f"deploy:{password(draw)}".encode()).decode()
    code = f'fn call() {{\n    client.get(url).header("Authorization", "Basic {value}").send()?;\n}}\n'
    return code, value


def bearer(draw, number):
    value = some(draw, URL, 40)
    code = f'request.headers_mut().insert(AUTHORIZATION, HeaderValue::from_static("Bearer {value}"));\n'
    return code, value


KINDS: dict[str, Callable] = {
    "aws_key_id": token("ACCESS_KEY AWS_ID", "AKI" + "A", (UPPER[:26] + "234567", 16)),
    "aws_secret": named("AWS_SECRET_ACCESS_KEY SECRET_KEY", MIXED + "/+", 40, 40),
    "azure_storage": token(
        "STORAGE",
        "DefaultEndpointsProtocol=https;AccountName=logs;Account" + "Key=",
        (MIXED + "+/", 86),
        "==",
    ),
    "google_api": token("MAPS FIREBASE", "AI" + "za", (URL, 35)),
    "github_classic": token("GH GITHUB", "gh" + "p_", (MIXED, 36)),
    "github_fine": token("GH", "github_" + "pat_", (MIXED, 22), "_", (MIXED, 59)),
    "gitlab": token("CI GITLAB", "gl" + "pat-", (MIXED, 20)),
    "slack_bot": token("BOT", "xo" + "xb-", (DIGITS, 12), "-", (DIGITS, 12), "-", (MIXED, 24)),
    "slack_webhook": token(
        "HOOK", "https://hooks.sl" + "ack.com/services/T", (UPPER, 8), "/B", (UPPER, 10), "/", (MIXED, 24)
    ),
    "discord_bot": token("BOT", "M", (MIXED, 23), ".", (MIXED, 6), ".", (URL, 27)),
    "telegram_bot": token("BOT", "7", (DIGITS, 9), ":A", (URL, 34)),
    "stripe": token("PAYMENTS", "sk_" + "live_", (MIXED, 24)),
    "square": token("PAYMENTS", "sq0" + "csp-", (URL, 43)),
    "twilio": token("SMS", "S" + "K", (HEX, 32)),
    "sendgrid": token("MAILER", "S" + "G.", (URL, 22), ".", (URL, 43)),
    "mailchimp": token("LIST", (HEX, 32), "-us", "12"),
    "openai": token("MODEL", "sk-" + "proj-", (URL, 48)),
    "anthropic": token("MODEL", "sk-" + "ant-api03-", (URL, 93), "AA"),
    "hugging_face": token("HUB", "h" + "f_", (LETTERS + DIGITS, 34)),
    "npm": token("PUBLISH", "np" + "m_", (MIXED, 36)),
    "pypi": token("PUBLISH", "py" + "pi-AgEIcHlwaS5vcmc", (URL, 80)),
    "crates_io": token("PUBLISH", "ci" + "o", (MIXED, 32)),
    "digitalocean": token("CLOUD", "do" + "p_v1_", (HEX, 64)),
    "jwt": jwt,
    "rsa_key": pem("RSA"),
    "openssh_key": pem("OPENSSH"),
    "pkcs8_key": pem(""),
    "url_password": url_password,
    "connection_string": connection_string,
    "basic": basic,
    "bearer": bearer,
    "password": named("DB_PASSWORD PASSWORD SMTP_PASS ADMIN_PWD", MIXED + "!^*-_", 10, 20),
    "api_key": named("API_KEY CLIENT_SECRET AUTH_TOKEN WEBHOOK_SECRET SIGNING_KEY", MIXED, 20, 44),
    "hex_secret": named("HMAC_SECRET API_SECRET ENCRYPTION_KEY", HEX, 32, 64),
}


def people(each: int = 25) -> list[tuple[str, str, str]]:
    """(kind, code, the personal text in it): made-up persons at no real address."""
    draw = random.Random("ferrule people")
    first = "ingrid mateusz wei_ling oluwaseun k.petrova t-nakamura s.oconnell".split()
    rows = []
    for number in range(each):
        who = draw.choice(first)
        mail = f"{who}{draw.choice(['', draw.randint(1, 99)])}@{draw.choice(['gmx.de', 'uni-jena.de', 'proton.me', 'mail.ru', 'fastmail.co.uk'])}"
        octets = [
            draw.choice([5, 31, 78, 95, 134, 185, 203]),
            draw.randint(20, 250),
            draw.randint(114, 250),
            draw.randint(1, 254),
        ]
        address = (
            ".".join(map(str, octets))
            if number % 3
            else f"2a02:{some(draw, HEX, 4)}:{some(draw, HEX, 4)}:9{some(draw, HEX, 3)}::{draw.randint(2, 99)}"
        )
        digits = some(draw, "234678", 10)
        phone = draw.choice(
            [
                f"+49 30 {digits[:4]} {digits[4:8]}",
                f"+33 6 {digits[:2]} {digits[2:4]} {digits[4:6]} {digits[6:8]}",
                f"(212) {digits[:3]}-{digits[3:7]}",
                f"+1-{digits[:3]}-{digits[3:6]}-{digits[6:]}",
                f"+4915{digits}",
            ]
        )
        home = draw.choice([f"/home/{who}", f"/Users/{who}", f"C:\\\\Users\\\\{who}"])
        rows += [
            (
                "email",
                f"/// Written by {who.title()} <{mail}>.\nfn f() {{}}\n"
                if number % 2
                else f'.author("{mail}")',
                mail,
            ),
            ("ip_address", f'let peer: IpAddr = "{address}".parse().unwrap();\n', address),
            ("phone_number", f'let contact = Contact {{ phone: "{phone}" }};\n', phone),
            (
                "home_folder",
                f'let path = Path::new("{home}/work/notes.txt");\n'.replace(
                    "/work", "\\\\work" if "\\" in home else "/work"
                ),
                home,
            ),
        ]
    return rows
