"""Secrets in source code: keys, tokens and passwords, by the patterns of detect-secrets and by those below.

    find(text)  ->  [Found(start, end, "github_token")]

- The patterns of detect-secrets' plugins are run on the text, without its settings, its files and its
  verification, which would send what it finds to the vendors.
- Left out: its plugins for entropy (every table of constants is a hit), for addresses (see ferrule.dataset.pii),
  for passwords in URLs (takes all up to the last @ of a line) and for keywords, which knows no Rust: between
  a name and its string there are types and calls. `passwords` below has what takes their place.
- Every hit has to look drawn at random (`ferrule.dataset.text_match`): the keys in documentation are made up.

Not found: keys in byte arrays, split over several strings, encoded once more, and passwords that are words.
"""

from __future__ import annotations

import base64
import binascii
import functools
import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ferrule.dataset.text_match import Found, is_key, is_placeholder, is_random

# Plugin of detect-secrets, its class, what is found called, and texts of which one must be there.
PLUGINS = [
    ("artifactory", "ArtifactoryDetector", "artifactory", ("AKC", "AP")),
    ("aws", "AWSKeyDetector", "aws_key", ("AKIA", "ASIA", "ABIA", "ACCA", "A3T", "aws", "AWS", "Aws")),
    ("azure_storage_key", "AzureStorageKeyDetector", "azure_key", ("AccountKey=",)),
    ("cloudant", "CloudantDetector", "cloudant", ("cloudant", "cl_", "clou")),
    ("discord", "DiscordBotTokenDetector", "discord_token", (".",)),
    ("github_token", "GitHubTokenDetector", "github_token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    ("gitlab_token", "GitLabTokenDetector", "gitlab_token", ("gl", "GR1348941")),
    ("ibm_cloud_iam", "IbmCloudIamDetector", "ibm_key", ("ibm", "IBM", "iam", "IAM")),
    ("ibm_cos_hmac", "IbmCosHmacDetector", "ibm_key", ("secret", "SECRET")),
    ("jwt", "JwtTokenDetector", "jwt", ("eyJ",)),
    ("mailchimp", "MailchimpDetector", "mailchimp_key", ("-us",)),
    ("npm", "NpmDetector", "npm_token", ("_authToken",)),
    ("openai", "OpenAIDetector", "openai_key", ("T3BlbkFJ",)),
    ("pypi_token", "PypiTokenDetector", "pypi_token", ("pypi-",)),
    ("sendgrid", "SendGridDetector", "sendgrid_key", ("SG.",)),
    ("slack", "SlackDetector", "slack", ("xox", "XOX", "hooks.slack.com")),
    ("softlayer", "SoftlayerDetector", "softlayer", ("softlayer", "sl_")),
    ("square_oauth", "SquareOAuthDetector", "square_key", ("sq0csp-",)),
    ("stripe", "StripeDetector", "stripe_key", ("k_live_",)),
    ("telegram_token", "TelegramBotTokenDetector", "telegram_token", (":",)),
    ("twilio", "TwilioKeyDetector", "twilio_key", ("AC", "SK")),
]

WITHOUT_A_MARK = {
    "artifactory",
    "cloudant",
    "discord_token",
    "ibm_key",
    "mailchimp_key",
    "softlayer",
    "telegram_token",
    "twilio_key",
}

# What those do not have: newer tokens and other vendors. All start with a text of their own.
TOKENS = {
    "anthropic_key": r"sk-ant-[\w-]{20,}",
    "atlassian_token": r"ATATT3[\w-]{40,}=?",
    "age_key": r"AGE-SECRET-KEY-1[0-9A-Z]{58}",
    "azure_key": r"(?:SharedAccessKey=[A-Za-z0-9+/]{43,}=*|AccountKey=[A-Za-z0-9+/]{80,}=*|[?&]sig=[A-Za-z0-9%/+]{40,})",
    "crates_io_token": r"(?<![A-Za-z0-9])cio[A-Za-z0-9]{32}(?![A-Za-z0-9])",
    "databricks_token": r"dapi[a-f0-9]{32}",
    "digitalocean_token": r"do[opr]_v1_[a-f0-9]{64}",
    "discord_webhook": r"discord(?:app)?\.com/api/webhooks/\d{17,20}/[\w-]{50,}",
    "github_token": r"github_pat_\w{22,}",
    "google_key": r"(?:AIza[\w-]{35}|GOCSPX-[\w-]{28}|ya29\.[\w-]{20,})",
    "grafana_token": r"glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}",
    "hugging_face_token": r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}",
    "linear_key": r"lin_api_[A-Za-z0-9]{32,}",
    "mailgun_key": r"(?<![\w-])key-[a-f0-9]{32}(?![\w-])",
    "npm_token": r"npm_[A-Za-z0-9]{36}",
    "openai_key": r"sk-(?:(?:proj|svcacct|admin)-[\w-]{20,}|[A-Za-z0-9]{48})",
    "paypal_token": r"access_token\$production\$[a-z0-9]{16}\$[a-f0-9]{32}",
    "shopify_token": r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    "slack": r"(?:xox[abceoprs]-[\w-]{10,}|xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]+)",
    "square_key": r"sq0(?:atp|csp|idp)-[\w-]{22,}",
    "stripe_key": r"(?:[sr]k_(?:live|test)_[0-9A-Za-z]{16,}|whsec_[A-Za-z0-9]{30,})",
    "vault_token": r"hv[sb]\.[\w-]{24,}",
}
PEM = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d")
PEM_STOP = re.compile(r"-----(?:END|BEGIN)[A-Z0-9 ]*|PuTTY-User|Private-MAC|\"\s*[;)}]")
PEM_LINE = re.compile(r"(?<![\w+/=])[A-Za-z0-9+/]{16,}={0,2}(?![\w+/=])")
URL_PASSWORD = re.compile(r"://[^\s:/?#@\"'<>`]*:([^\s/?#@\"'<>`]{6,})@[\w\[]")
BASIC = re.compile(r"\b[Bb]asic\s+([A-Za-z0-9+/]{12,}={0,2})")
BEARER = re.compile(r"\b[Bb]earer\s+([\w.~+/-]{20,}=*)")
IN_A_STRING = re.compile(
    r"\b(?:password|passwd|pwd|secret|access_?key|api_?key)=([^;&\"'\s<>{}]{8,})", re.IGNORECASE
)
# A name that speaks of a secret, what Rust may have before its value, and the string.
NAME = (
    r"(?:passw(?:or)?d|passphrase|\bpwd|_pwd|\bpass\b|_pass\b|secret|credential|api[_-]?key|(?:access|auth|account|"
    r"service|private|priv|client|signing|encryption|master|license|hmac|shared)[_-]?key|(?:access|auth|api|bearer|"
    r"refresh|session|bot|github|gitlab|slack|deploy|push|personal|oauth)[_-]?token|_TOKEN\b|\btoken\b|webhook)"
)
NAMED = re.compile(
    NAME + r"\w{0,30}(?:[^\"\n;{}]|;\s?\w+\]){0,50}?(?:\"[^\"\n;{}]{0,40}?)?(?:[=:(]\s*\n\s*)?"
    r"b?r?#{0,2}\"([^\"\n\\]{8,200})\\?\"",
    re.IGNORECASE,
)
COMPARED = re.compile(r"\"([^\"\n\\]{8,200})\"\s*(?:[!=]=|,)\s*&?[\w.]{0,40}?" + NAME, re.IGNORECASE)
# Values of names that are something else: paths, addresses, sentences, code.
NO_VALUE = re.compile(
    r"\s|://|^(?:\.|~|/\w+/)|[(){}<>\[\]\\|]|::|^\d{4}-\d\d-\d\d"
    r"|\.(?:rs|toml|json|pem|key|der|bin|p8|p12|pub|crt|txt|ya?ml|com|org|io)$"
)
TOKEN_CHARACTERS = re.compile(r"[\w+/=-]*(?:\.[\w-]{10,})*")

# What makes a text worth the patterns above, for an engine without backtracking (RE2, in pyarrow).
AHEAD = (
    r"PRIVATE KEY-|PRIVATE KEY BLOCK-|://[^\s:/@]*:[^\s/@]+@|[Bb]asic\s+[A-Za-z0-9+/]{12}|[Bb]earer\s+[\w.~+/-]{20}"
    r"|AKIA|ASIA[A-Z0-9]|ABIA[A-Z0-9]|ACCA[A-Z0-9]|A3T[A-Z0-9]|AccountKey=|SharedAccessKey=|eyJ[A-Za-z0-9]"
    r"|gh[pousr]_[A-Za-z0-9]{30}|github_pat_|gl[a-z]{1,5}-[\w-]{20}|GR1348941|-us\d|_authToken|sk-(?:ant|proj|svcacct|admin)-|sk-[A-Za-z0-9-]{20}"
    r"|pypi-|SG\.[\w-]{20}|(?i:xox[abceoprs]-)|xapp-|hooks\.slack\.com|sq0[a-z]{3}-|[sr]k_(?:live|test)_|whsec_"
    r"|\d{8}:[\w-]{35}|AC[a-z0-9]{32}|SK[a-z0-9]{32}|AKC[A-Za-z0-9]{10}|AP[0-9A-F][A-Za-z0-9]{8}"
    r"|[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27}|ATATT3|AGE-SECRET|cio[A-Za-z0-9]{32}|dapi[a-f0-9]{32}|do[opr]_v1_"
    r"|discord(?:app)?\.com/api|AIza|GOCSPX|ya29\.|glsa_|hf_[A-Za-z0-9]{30}|lin_api_|key-[a-f0-9]{32}"
    r"|npm_[A-Za-z0-9]{30}|access_token\$|shp[acps][ats]_|hv[sb]\.[\w-]{20}"
    r"|[?&]sig=[A-Za-z0-9%/+]{40}|PuTTY-User-Key-File"
    r"|(?i:(?:passw|passphrase|pwd|pass\b|secret|credential|key|token|webhook)[^\n]{0,100}(?:\n\s*)?\"[^\"\n\s]{8,200}\")"
    r"|(?i:\"[^\"\n\s]{8,200}\"\s*(?:[!=]=|,)\s*&?[\w.]{0,40}(?:passw|passphrase|pwd|pass\b|secret|credential|key|token))"
    r"|(?i:(?:password|passwd|pwd|secret|access_?key|api_?key)=[^;&\"'\s<>]{8})"
)


@dataclass(frozen=True)
class Rule:
    kind: str
    hints: tuple[str, ...]  # one of these is in every text that the pattern matches
    pattern: re.Pattern
    valid: Callable[[str], bool]


def find(text: str) -> list[Found]:
    """All secrets of a text, in order. Places that lie inside another's are left out."""
    hits = [*tokens(text), *keys(text), *passwords(text)]
    kept: list[Found] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end, hit.kind)):
        if not kept or hit.end > kept[-1].end:
            kept.append(hit)
    return kept


@functools.cache
def rules() -> list[Rule]:
    """The plugins' patterns and our own."""
    found = []
    for module, name, kind, hints in PLUGINS:
        plugin = getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)()
        special: dict[str, Callable[[str], bool]] = {"aws_key": is_no_placeholder}
        if kind == "jwt":
            special[kind] = plugin.is_formally_valid
        valid = special.get(kind, is_random if kind in WITHOUT_A_MARK else is_key)
        found += [Rule(kind, hints, pattern, valid) for pattern in plugin.denylist]
    return found + [Rule(kind, (), re.compile(pattern), is_key) for kind, pattern in TOKENS.items()]


def is_no_placeholder(value: str) -> bool:
    return not is_placeholder(value)


def tokens(text: str) -> Iterator[Found]:
    """Keys that are recognised by their form."""
    for rule in rules():
        if rule.hints and not any(hint in text for hint in rule.hints):
            continue
        for match in rule.pattern.finditer(text):
            start, end = value_of(match)
            if rule.valid(text[start:end].strip("\"'=: .")):
                # Keys grow longer over the years; whatever hangs on belongs to them.
                longer = TOKEN_CHARACTERS.match(text, end)
                yield Found(start, longer.end() if longer else end, rule.kind)


def value_of(match: re.Match) -> tuple[int, int]:
    """The longest group if it is long enough to be the secret, otherwise all of the match."""
    spans = [match.span(number) for number in range(1, (match.re.groups or 0) + 1) if match[number]]
    longest = max(spans, key=lambda span: span[1] - span[0], default=(0, 0))
    return longest if longest[1] - longest[0] >= 20 else match.span()


def keys(text: str) -> Iterator[Found]:
    """Private keys: the line that begins one and at least some of the key, up to its end or the string's."""
    for match in PEM.finditer(text):
        # The rest of the line, if it closes a string, is not yet the end: each line may have one (`concat!`).
        stop = PEM_STOP.search(text, match.end(), match.end() + 10_000)
        end = stop.end() if stop else min(len(text), match.end() + 4_000)
        body = re.sub(r"\\[nrt]", "  ", text[match.end() : end])  # as long as before: places stay right
        lines = [line for line in PEM_LINE.finditer(body) if len(set(line[0])) > 8]
        drawn = "".join(line[0] for line in lines)
        if len(drawn) >= 32 and re.search(r"\d", drawn) and not is_placeholder(drawn[:64]):
            yield Found(match.start(), match.end() + lines[-1].end(), "private_key")


def passwords(text: str) -> Iterator[Found]:
    """Secrets that are recognised by the words around them."""
    for match in URL_PASSWORD.finditer(text):
        if is_random(match[1], bits=2.5):
            yield Found(*match.span(1), "url_password")
    for match in BASIC.finditer(text):
        _, colon, password = decoded(match[1]).partition(":")
        if colon and is_random(password, bits=2.5):
            yield Found(*match.span(1), "authorization")
    for match in BEARER.finditer(text):
        if is_random(match[1], bits=3.0):
            yield Found(*match.span(1), "authorization")
    for match in IN_A_STRING.finditer(text):
        if is_value(match[1]):
            yield Found(*match.span(1), "password")
    for pattern in (NAMED, COMPARED):
        for match in pattern.finditer(text):
            if is_value(match[1]):
                yield Found(*match.span(1), "password")


def is_value(value: str) -> bool:
    return not NO_VALUE.search(value) and is_random(value)


def decoded(value: str) -> str:
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
