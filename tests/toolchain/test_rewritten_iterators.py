"""Every form of a loop compiles and does what the loop does."""

from pathlib import Path

from rewrite_examples import entries_of, rounds

from ferrule.sandbox import session as sandbox
from ferrule.transforms.rewrites import formats, spelt_signatures
from ferrule.transforms.rewrites.loops import collecting, counters, for_loops, iterators, searches

DATA = Path(__file__).parents[1] / "data"
MODULES = (collecting, counters, iterators, for_loops, searches)


def test_every_form_does_what_the_function_does(tmp_path):
    """Every form of every function of tests/data/loops.rs, compiled and run with its assertions."""
    wanted = entries_of(*MODULES, formats, spelt_signatures)
    texts, used = rounds(wanted, (DATA / "loops.rs").read_bytes())
    assert used == wanted
    source = b"#![allow(warnings)]\n"
    for at, text in enumerate([(DATA / "loops.rs").read_bytes(), *texts]):
        source += b"mod round_%d {\n%s}\n" % (at, text)
    calls = b"".join(b"    round_%d::check();\n" % at for at in range(len(texts) + 1))
    (tmp_path / "main.rs").write_bytes(source + b"fn main() {\n" + calls + b"}\n")
    tmp_path.chmod(0o755)
    with sandbox.Session(tmp_path) as session:
        compiled = session.run(["rustc", "--edition", "2021", "main.rs", "-o", "/tmp/main"])
        assert compiled.status == "ok", compiled.stderr.decode()
        ran = session.run(["/tmp/main"])
    assert ran.status == "ok", ran.stderr.decode()
