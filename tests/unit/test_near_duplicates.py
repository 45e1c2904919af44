import numpy as np
import pytest
from dataset_samples import sample, stage, write_pool
from planted import KINDS, copy, plain_forms, plain_jaccard, renamed
from steps import config

from curation import drop_near_duplicates
from ferrule.core.files import read_rows, sha256_file
from ferrule.core.schemas import DROPPED, SAMPLES, choose
from ferrule.dataset.minhash import FOUND, NUMBERS, bands_for, shingles, signatures
from ferrule.dataset.near_duplicates import FEWEST
from ferrule.rust.code_tokens import tokens
from ferrule.rust.encoded_tokens import Encoded

THRESHOLDS = {"text": 0.7, "locals": 0.85, "nameless": 0.95}

MEDIAN = """pub fn median(values: &mut Vec<f64>) -> Option<f64> {
    // An empty list has none.
    if values.is_empty() {
        return None;
    }
    values.sort_by(|a, b| a.total_cmp(b));
    let middle = values.len() / 2;
    let upper = values[middle];
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = values[middle - 1];
    log::trace!("between {lower} and {upper}"); /* the mean of both */
    Some((lower + upper) / 2.0)
}"""
WORDS = """fn count_words(text: &str, longest: usize) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in text.split_whitespace() {
        let plain = word.trim_matches(|c: char| !c.is_alphanumeric());
        if plain.len() > longest {
            continue;
        }
        let entry = counts.entry(plain.to_lowercase()).or_insert(0);
        *entry += 1;
    }
    counts.retain(|_, count| *count > 1);
    counts
}"""


def fates(tmp_path, rows, *options):
    """Id: what became of the row."""
    pool = write_pool(tmp_path / "pool.parquet", rows)
    counts = stage(
        drop_near_duplicates, tmp_path, pool, "--clusters", tmp_path / "clusters.parquet", *options
    )
    found = dict.fromkeys(row["_id"] for row in read_rows(tmp_path / "drop_near_duplicates.parquet", SAMPLES))
    for row in read_rows(tmp_path / "drop_near_duplicates.dropped.parquet", DROPPED):
        assert row["stage"] == "near_duplicates"
        found[row["id"]] = (row["reason"], row["detail"])
    assert len(found) == len(rows) == sum(counts["in"].values())
    return found


def item(id, code, number=0, **columns):
    return sample(id=id, gen=code, prompt=f"Write {id}", file=f"src/{number}.rs") | columns


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", [MEDIAN, WORDS], ids=["median", "words"])
def test_every_kind_of_copy_falls_for_the_documented_original(tmp_path, kind, code):
    other = WORDS if code == MEDIAN else MEDIAN
    rows = [
        item("copy", copy(kind, code, other), 0, _documented=False),
        item("real", code, 1),
        item("other", other, 2),
    ]
    reason = "renamed_copy" if kind == "renamed" else "near_copy"
    assert fates(tmp_path, rows) == {"copy": (reason, "real"), "real": None, "other": None}


def test_all_names_renamed_is_found_in_a_function_of_some_length(tmp_path):
    rows = [item("a", MEDIAN, 0), item("b", renamed(MEDIAN, everything=True), 1, _documented=False)]
    assert fates(tmp_path, rows)["b"] == ("renamed_copy", "a")
    assert fates(tmp_path, rows, *config(near_duplicates={"nameless": None}))["b"] is None


def test_short_functions_of_one_shape_are_no_copies(tmp_path):
    shape = "pub fn {0}(&self) -> &{1} {{\n    &self.{0}\n}}"
    texts = [shape.format("name", "str"), shape.format("source", "Path"), shape.format("parent", "Node")]
    texts += [
        "fn from(error: io::Error) -> Self {\n    Self::Io(error)\n}",
        "fn from(error: fmt::Error) -> Self {\n    Self::Format(error)\n}",
    ]
    rows = [item(f"row{number}", text, number) for number, text in enumerate(texts)]
    assert set(fates(tmp_path, rows).values()) == {None}


def test_an_item_falls_with_all_its_rows_and_names_the_row_of_the_same_task(tmp_path):
    head, middle, tail = WORDS.partition("*entry += 1;")
    rows = [
        item("a1", WORDS, 0),
        item("a2", "Counts words.", 0, _task_type="explanations"),
        item("b1", middle, 1, _prefix=head, _suffix=tail, _task_type="fill_in_middle", _documented=False),
        item("b2", "Counts them.", 1, _task_type="explanations", _documented=False),
        item("c", "Counts words, too.", 2, _task_type="explanations"),
    ]
    found = fates(tmp_path, rows)
    assert found == {"a1": None, "a2": None, "b1": ("near_copy", "a1"), "b2": ("near_copy", "a2"), "c": None}
    clusters = read_rows(tmp_path / "clusters.parquet", drop_near_duplicates.CLUSTERS)
    assert [(row["cluster"], row["stays"], row["file"], row["similarity"]) for row in clusters] == [
        ("a1", True, "src/0.rs", 1.0),
        ("a1", False, "src/1.rs", 1.0),
    ]


def test_rows_of_unknown_origin_are_items_of_their_own(tmp_path):
    nowhere = dict(_source_crate="", _source_file="", _start=None, _end=None, _version="")
    rows = [item("a", WORDS) | nowhere, item("b", copy("bare", WORDS)) | nowhere, item("c", MEDIAN) | nowhere]
    found = fates(tmp_path, rows)
    assert found["c"] is None and [found["a"], found["b"]].count(None) == 1


def generated(number: int) -> str:
    """A function of some statements; those of near numbers have most of them in common."""
    lines = [
        f"let value_{step} = self.table_{choose(1, number // 3, step) % 9}.get({step} + {choose(2, step, number) % 3})"
        f".map(|found| found.part_{choose(3, number // 6, step) % 40}())?;"
        for step in range(3 + number % 5)
    ]
    return (
        f"fn made_{number // 2}(&self, key: u{8 << number % 3}) -> Option<u8> {{\n"
        + "\n".join(lines)
        + "\nNone\n}"
    )


@pytest.fixture(scope="module")
def many():
    rows = [item(f"{number:04}", generated(number), number, prompt="Write") for number in range(150)]
    rows += [
        item(
            f"copy{number}",
            copy(KINDS[number % 4], generated(number)),
            number + 200,
            prompt="Write",
            _documented=False,
        )
        for number in range(0, 150, 7)
    ]
    return rows


def brute_force(rows):
    """By all pairs of rows, best first: the least Jaccard of all forms decides, worked out with sets."""
    forms = {row["_id"]: plain_forms(row["gen"]) for row in rows}
    longest = {row["_id"]: len(tokens(row["gen"])) for row in rows}
    kept, fallen = [], {}
    for row in sorted(
        rows, key=lambda row: (not row["_documented"], -len(row["prompt"]), row["_source_file"])
    ):
        id = row["_id"]
        near = {
            form: max(
                (
                    plain_jaccard(forms[id][form], forms[other][form])
                    for other in kept
                    if min(longest[id], longest[other]) >= FEWEST[form]
                ),
                default=0.0,
            )
            for form in THRESHOLDS
        }
        hits = [form for form, least in THRESHOLDS.items() if near[form] >= least]
        if hits:
            fallen[id] = "near_copy" if hits[0] == "text" else "renamed_copy"
        else:
            kept.append(id)
    return fallen


def test_the_same_fall_as_by_comparing_all_pairs(tmp_path, many):
    found = {id: fate[0] for id, fate in fates(tmp_path, many).items() if fate}
    expected = brute_force(many)
    assert 30 < len(expected) < len(many) - 30 and set(expected.values()) == {"near_copy", "renamed_copy"}
    # MinHash may miss a pair right at the threshold.
    assert len(found.items() ^ expected.items()) <= 0.02 * len(many)


def test_nothing_falls_below_the_jaccard(tmp_path, many):
    found = fates(tmp_path, many)
    forms = {row["_id"]: plain_forms(row["gen"]) for row in many}
    by_place = {(row["_source_file"], row["_start"]): row["_id"] for row in many}
    checked = 0
    for row in read_rows(tmp_path / "clusters.parquet", drop_near_duplicates.CLUSTERS):
        if not row["stays"]:
            fallen, form = by_place[row["file"], row["start"]], row["form"]
            similarity = plain_jaccard(forms[fallen][form], forms[row["cluster"]][form])
            assert found[fallen][1] == row["cluster"] and found[row["cluster"]] is None
            assert similarity >= THRESHOLDS[form] and abs(similarity - row["similarity"]) < 1e-4
            checked += 1
    assert checked == len(many) - list(found.values()).count(None) > 30


def test_the_order_of_the_rows_makes_no_difference(tmp_path, many):
    mixed = sorted(many, key=lambda row: choose(9, row["_id"]))
    (tmp_path / "mixed").mkdir()
    assert fates(tmp_path, many) == fates(tmp_path / "mixed", mixed)
    assert sha256_file(tmp_path / "clusters.parquet") == sha256_file(tmp_path / "mixed/clusters.parquet")


def test_what_stays_has_no_copies_left(tmp_path, many):
    fates(tmp_path, many)
    again = fates(tmp_path, read_rows(tmp_path / "drop_near_duplicates.parquet"))
    assert set(again.values()) == {None}


def test_tokens_know_comments_strings_and_layout():
    code = (
        'let s = r#"a "//" b"#; /* x /* y */ z */ call(b\'\\n\', "/*", \'a\', &\'a T, 1.5, 0..n,\n); // end'
    )
    assert tokens(code) == [
        "let",
        "s",
        "=",
        'r#"a "//" b"#',
        ";",
        "call",
        "(",
        "b'\\n'",
        ",",
        '"/*"',
        ",",
        "'a'",
        ",",
        "&",
        "'a",
        "T",
        ",",
        "1.5",
        ",",
        "0",
        "..",
        "n",
        ")",
        ";",
    ]


def test_local_names_are_those_that_mean_nothing_outside():
    code = "fn find<'a>(list: &'a [Item], key: u8) -> Option<&'a Item> { let at = scan(list)?; find(list.at, wide::key) }"
    texts = ["x.y", code, ":: z"]
    encoded = Encoded(map(tokens, texts))
    local = encoded.local_names()
    words = [encoded.words[number] for number in encoded.numbers[local]]
    assert words == ["x", "find", "'a", "list", "'a", "key", "'a", "at", "list", "find", "list"]


def test_bands_find_a_pair_at_the_threshold_and_signatures_tell_the_jaccard():
    for threshold in (0.3, 0.5, 0.7, 0.85, 0.95):
        bands, rows = bands_for(threshold)
        assert bands * rows <= NUMBERS and 1 - (1 - threshold**rows) ** bands >= FOUND
    hashes = np.array([choose(0, n) for n in range(3000)], np.uint64)
    for shared in (200, 500, 900):  # two sets of 1,000, so many of them in both
        flat = np.concatenate([hashes[:1000], hashes[1000 - shared : 2000 - shared]])
        one, other = signatures(flat, np.array([0, 1000, 2000]))
        assert abs(np.mean(one == other) - shared / (2000 - shared)) < 0.13


def test_no_shingle_goes_over_the_end_of_a_text():
    flat, bounds = shingles(np.array([1, 2, 3, 9, 9, 1, 2, 3], np.uint64), np.array([0, 3, 4, 4, 8]), size=3)
    assert bounds.tolist() == [0, 1, 1, 1, 3] and len(flat) == 3
    assert flat[0] == flat[2] != flat[1]
