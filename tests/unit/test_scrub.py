"""Secrets, personal data and wishes: what is found, what is not, and what becomes of the rows."""

import random
import time

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from dataset_samples import sample, stage, write_crate, write_pool
from planted_secrets import KINDS, MIXED, people, planted, some
from steps import config

from curation import scrub
from ferrule.core.files import read_rows, sha256_file
from ferrule.core.schemas import DROPPED, SAMPLES
from ferrule.dataset import masking, opt_out, pii, secrets
from ferrule.dataset.repositories import repository_key
from ferrule.dataset.text_match import has_a_run, is_random

CODE = "fn add(a: u32, b: u32) -> u32 {\n    a + b\n}\n"


def worth_a_look(module, texts):
    """For each text, whether the stage looks at the whole of it."""
    return pc.match_substring_regex(pa.array(texts), module.AHEAD).to_pylist()


def missed(module, rows):
    """The kinds of the rows (kind, code, secret) whose secret the stage does not find."""
    codes = [CODE + code + CODE for _, code, _ in rows]
    return [
        kind
        for (kind, _, secret), code, worth in zip(rows, codes, worth_a_look(module, codes), strict=True)
        if not worth or secret not in "\n".join(code[hit.start : hit.end] for hit in module.find(code))
    ]


def test_planted_secrets_are_found():
    rows = planted(each=10)
    assert len(rows) >= 200 and len(KINDS) >= 20
    lost = missed(secrets, rows)
    assert len(lost) <= len(rows) // 100, lost


def test_planted_personal_data_is_found():
    rows = people(each=25)
    lost = missed(pii, rows)
    assert len(lost) <= len(rows) // 100, lost


@pytest.mark.parametrize(
    "code",
    [
        'const TOKEN: &str = "AKIA' + 'IOSFODNN7EXAMPLE";',
        'let url = "https://user:password@example.com/path";',
        'let url = "ftp://foo:bar2@host.net";',
        'let password = "correct horse battery staple";',
        'let password = "password123";',
        'config.set_password(&format!("{}-{:?}", user, id2));',
        'const PRIVATE_KEY: &[u8] = include_bytes!("ed25519_private_key.p8");',
        'const BEGIN: &str = "-----BEGIN PRIVATE' + ' KEY-----";',
        'let key = "-----BEGIN RSA PRIVATE' + " KEY-----\\n...\\n-----END RSA PRIVATE" + ' KEY-----";',
        'assert_eq!(next_token(), Token::Ident("identifier_17"));',
        'assert_tokens(&value, &[Token::Str("2021-01-02T03:04:05Z")]);',
        'const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";',
        'assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");',
        'request.header("Authorization", "Bearer ACCESS_TOKEN_GOES_HERE_2024");',
        'let api_key = std::env::var("SERVICE_API_KEY_V2")?;',
        'error!("secret {} is not in v1alpha1/namespaces", name);',
    ],
)
def test_no_secret(code):
    assert secrets.find(code) == []


@pytest.mark.parametrize(
    "code",
    [
        "user@example.com, foo@bar.com, jane.doe@sub.example.org, git@github.com:owner/name.git",
        "https://name@host.com/x, noreply@github.com, icon@2x.png, a@b.com, me@localhost, you@domain.test",
        "match x { n @ Some(y) => n, all@Foo.bar => all }",
        "127.0.0.1 10.1.2.3 192.168.1.17 172.16.0.9 192.0.2.44 198.51.100.7 203.0.113.9 0.0.0.0 255.255.255.0 224.0.0.251",
        "8.8.8.8 1.1.1.1 1.2.3.4 v77.88.21.11 version 77.88.21.11 12.34.56.78 2.5.13.22 300.1.2.3 77.88.21.11.5",
        "fe80::1 ::1 2001:db8::8a2e:370:7334 std::fmt::Display a::b::c dead::beef 12:34:56 2001:4860:4860::8888",
        "1001:1002:1003:1004:1005:1006:1007:1008 FEDC:BA98:7654:3210:FEDC:BA98:7654:3210 2005:db8:a0b:12f0::1",
        "/home/user/x /Users/username /home/$USER /home/{} /home/runner/work www.site.org/home/page /home",
        "+1 (555) 012-3456, 555-123-4567, 123-456-7890, 2020-01-02, +262142-12-31, 1.234.567.890, x + 1234567890",
    ],
)
def test_nobody(code):
    assert pii.find(code) == []


def test_what_machines_draw_and_what_people_write():
    assert is_random("q7LsBlXe15Kb") and not is_random("sha256_sum2") and not is_random("uddiv3ServiceKey")
    assert (
        has_a_run("ab0123456x")
        and has_a_run("aaaaaaaa")
        and not has_a_run("q7LsBlXe15Kb")
        and not has_a_run("012012012")
    )


def pool(folder, **texts):
    """Ten rows, of which the third holds `texts`."""
    rows = [sample(id=f"{number}", prompt=f"Write {number}.", gen=CODE, start=number) for number in range(10)]
    rows[3] |= texts
    return write_pool(folder / "pool.parquet", rows)


SECRET = planted(each=1)[list(KINDS).index("stripe")][2]
MAIL = people(each=1)[0][2]
DRAWN = "q7" + some(random.Random(7), MIXED, 34)


@pytest.mark.parametrize("column", masking.TEXTS)
def test_a_secret_falls_wherever_it_stands_and_is_told_nowhere(tmp_path, column):
    source = pool(tmp_path, **{column: 'let client = Client::new("sk_' + f'live_{SECRET}");'})
    counts = stage(scrub, tmp_path, source)
    assert counts["dropped"] == {"secret": {"code_generation": 1}}
    assert counts["found"] == {"stripe_key": 1}
    (row,) = read_rows(tmp_path / "scrub.dropped.parquet", DROPPED)
    assert (row["stage"], row["reason"], row["detail"], row["id"]) == ("scrub", "secret", "stripe_key", "3")
    for name in ("scrub.parquet", "scrub.dropped.parquet", "scrub.json"):
        assert SECRET not in str(read_rows(tmp_path / name) if name.endswith("parquet") else counts)


def test_personal_data_falls_with_its_kinds(tmp_path):
    source = pool(tmp_path, gen=f"// {MAIL}, 95.211.34.17\n{CODE}")
    assert stage(scrub, tmp_path, source)["dropped"] == {"personal_data": {"code_generation": 1}}
    (row,) = read_rows(tmp_path / "scrub.dropped.parquet", DROPPED)
    assert row["detail"] == "email, ip_address"
    assert len(read_rows(tmp_path / "scrub.parquet", SAMPLES)) == 9


def test_a_mask_is_the_same_in_all_texts_of_a_row(tmp_path):
    # In `gen` the text stands where nothing gives it away; it is the same text all the same.
    key = DRAWN[:16]
    before = f'// {MAIL}\nlet x = "{key}"; oops'
    source = pool(
        tmp_path,
        prompt=f'let password = "{key}";',
        gen=f"login(r{key}r)",
        _before=before,
        _error_start=before.index("oops"),
        _error_end=len(before),
        _verdict="tested",
    )
    counts = stage(scrub, tmp_path, source, *config(scrub={"secrets": "mask", "personal": "mask"}))
    assert counts["masked"] == {"code_generation": 1} and counts["dropped"] == {}
    rows = read_rows(tmp_path / "scrub.parquet", SAMPLES)
    row = rows[3]
    assert row["prompt"] == 'let password = "<SECRET>";' and row["gen"] == "login(r<SECRET>r)"
    assert row["_before"] == '// <EMAIL>\nlet x = "<SECRET>"; oops'
    assert row["_before"][row["_error_start"] : row["_error_end"]] == "oops"
    assert row["_verdict"] == "unjudged"
    assert [masking.is_masked(row) for row in rows] == [number == 3 for number in range(10)]


def test_masks_are_not_found_again(tmp_path):
    texts = {
        "prompt": "".join(code for _, code, _ in people(3)),
        "gen": "".join(code for _, code, _ in planted(1)),
    }
    first = stage(
        scrub, tmp_path, pool(tmp_path, **texts), *config(scrub={"secrets": "mask", "personal": "mask"})
    )
    assert first["masked"] == {"code_generation": 1} and len(first["found"]) > 10
    again = tmp_path / "again"
    again.mkdir()
    second = stage(
        scrub, again, tmp_path / "scrub.parquet", *config(scrub={"secrets": "drop", "personal": "drop"})
    )
    assert second["found"] == {}


def test_keep_looks_for_nothing(tmp_path):
    source = pool(tmp_path, gen='"sk_' + f'live_{SECRET}" // {MAIL}')
    counts = stage(scrub, tmp_path, source, *config(scrub={"secrets": "keep", "personal": "keep"}))
    assert counts["dropped"] == counts["found"] == {}
    assert read_rows(tmp_path / "scrub.parquet") == read_rows(source)


def test_a_secret_outweighs_a_mask(tmp_path):
    source = pool(tmp_path, gen='"sk_' + f'live_{SECRET}" // {MAIL}')
    counts = stage(scrub, tmp_path, source, *config(scrub={"secrets": "drop", "personal": "mask"}))
    assert counts["dropped"] == {"secret": {"code_generation": 1}} and counts["masked"] == {}


def test_the_same_rows_give_the_same_bytes(tmp_path):
    source = pool(tmp_path, gen='"sk_' + f'live_{SECRET}" // {MAIL}')
    sums = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        stage(scrub, folder, source, *config(scrub={"secrets": "mask"}))
        sums.append([sha256_file(path) for path in sorted(folder.iterdir())])
    assert sums[0] == sums[1]


# Opt-out


def wishes(folder, text):
    path = folder / "opt_out.tsv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("line", "crate"),
    [
        ("crate\tMy_crate", "my-crate"),
        ("repository\tgit@forge.org:Owner/Alpha.git", "alpha"),
        ("author\tIngrid Nyström", "authored"),
        ("author\tINGRID@fjord.no", "authored"),
        ("author\tSomebody Else <ingrid@fjord.no>\tasked by mail", "authored"),
        ("author\towner", "alpha"),
    ],
)
def test_who_does_not_want_to_be_in_it_is_not(tmp_path, line, crate):
    crates = tmp_path / "crates"
    repositories = {
        "my-crate": "https://forge.org/x/mine",
        "alpha": "https://forge.org/owner/alpha/tree/main/sub",
        "authored": "https://forge.org/y/authored",
        "beta": "https://forge.org/z/beta",
    }
    for name, repository in repositories.items():
        write_crate(crates, name, repository=repository)
    authors = 'authors = ["Ingrid Nyström <ingrid@fjord.no>"]'
    (crates / "authored@1.0.0/source/Cargo.toml").write_text(f'[package]\nname = "authored"\n{authors}\n')
    (tmp_path / "list").write_text("".join(f"{name}@1.0.0\t\n" for name in repositories))
    rows = [
        sample(crate=name, repository=repository, start=n)
        for n in range(3)
        for name, repository in repositories.items()
    ]
    counts = stage(
        scrub,
        tmp_path,
        write_pool(tmp_path / "pool.parquet", rows),
        "--crates-dir",
        crates,
        "--list",
        tmp_path / "list",
        *config(scrub={"opt_out": str(wishes(tmp_path, f"# wishes\n\n{line}\n"))}),
    )
    assert counts["dropped"] == {"opted_out": {"code_generation": 3}}
    dropped = read_rows(tmp_path / "scrub.dropped.parquet", DROPPED)
    assert {(row["crate"], row["detail"]) for row in dropped} == {
        (f"{crate}@1.0.0", f"{line.split(chr(9))[0]}, line 3")
    }


def test_authors_of_a_workspace_count_for_its_members(tmp_path):
    crates = tmp_path / "crates"
    write_crate(crates, "member")
    source = crates / "member@1.0.0/source"
    (source / "Cargo.toml").write_text(
        '[workspace]\nmembers = ["*"]\n[workspace.package]\nauthors = ["Ann Example"]\n'
    )
    (source / "sub").mkdir()
    (source / "sub/Cargo.toml").write_text('[package]\nname = "member"\nauthors.workspace = true\n')
    from ferrule.crates.authors import authors

    assert authors(source, "sub") == ["Ann Example"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("crate serde", "no tab"),
        ("crates\tserde", "the kind is 'crates', not crate, repository or author"),
        ("author\t  ", "no value after author"),
        ("crate\tnot a name", "not a crate's name"),
        ("repository\tforge.org/owner", "not a repository's address"),
    ],
)
def test_a_wrong_line_of_the_list_ends_the_run_with_file_and_line(tmp_path, line, problem):
    path = wishes(tmp_path, f"crate\tfine\n{line}\n")
    with pytest.raises(SystemExit, match=f"opt_out.tsv:2: {problem}"):
        stage(scrub, tmp_path, pool(tmp_path), *config(scrub={"opt_out": str(path)}))
    assert not (tmp_path / "scrub.parquet").exists()


def test_a_list_that_is_not_there_ends_the_run(tmp_path):
    with pytest.raises(SystemExit, match=r"no_such\.tsv"):
        stage(scrub, tmp_path, pool(tmp_path), *config(scrub={"opt_out": str(tmp_path / "no_such.tsv")}))


def test_authors_need_to_know_where_the_crates_are(tmp_path):
    with pytest.raises(SystemExit, match="--crates-dir"):
        stage(
            scrub,
            tmp_path,
            pool(tmp_path),
            *config(scrub={"opt_out": str(wishes(tmp_path, "author\tSomebody\n"))}),
        )


def test_an_empty_list_drops_nothing(tmp_path):
    assert not opt_out.read(wishes(tmp_path, "# nobody\n"))
    assert opt_out.owners(repository_key("https://forge.org/a/b")) == ["a", "forge.org/a"]


@pytest.mark.parametrize(
    "piece", ["secret", "://a:b@", "a@b.", "+1-234-", "1.1.1.", "eyJ", "sk-", "password=", "2a02:"]
)
@pytest.mark.parametrize("module", [secrets, pii])
def test_no_text_takes_long(module, piece):
    begin = time.process_time()
    module.find(piece * (20_000 // len(piece)))
    assert time.process_time() - begin < 2


def test_a_quick_look_misses_nothing():
    for module, rows in ((secrets, planted(3)), (pii, people(5))):
        lines = [line for _, code, _ in rows for line in code.split("\n")]
        for line, worth in zip(lines, worth_a_look(module, lines), strict=True):
            assert worth or not module.find(line), line


@pytest.mark.parametrize(
    "place",
    [
        '("X-Api-Key", "{}")',
        'env::var("API_TOKEN").unwrap_or("{}".to_string())',
        'const SECRET_KEY: &[u8; 36] = b"{}";',
        'let signing_key = hex!("{}");',
        '"{{\\"password\\":\\"{}\\"}}"',
        'if password == "{}" {{',
        'assert_eq!("{}", user.password);',
        'let secret =\n    "{}";',
        "/// curl https://api.host.io/v1?api_key={}",
        "-----BEGIN PGP PRIVATE" + " KEY BLOCK-----\nVersion: GnuPG v1\n\n{}\n",
        "PuTTY-User" + "-Key-File-2: ssh-rsa\nPrivate-Lines: 14\n{}\n",
    ],
)
def test_other_places_for_a_secret(place):
    assert not missed(secrets, [("", place.format(DRAWN), DRAWN)])
