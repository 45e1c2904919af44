"""Every form of a derive compiles and does what the derive does."""

from pathlib import Path

from ferrule.rust import syntax
from ferrule.sandbox import session as sandbox
from ferrule.transforms.rewrites.derives.derives import ADVICE, derive_forms

TYPES = Path(__file__).parents[1] / "data" / "derives.rs"


def test_every_form_does_what_the_derive_does(tmp_path):
    source = TYPES.read_bytes()
    places = types_of(source)
    modules, used = [source], set()
    for start, end in places:
        for form in derive_forms(source[start:end]):
            used.add(form.rewrite)
            modules.append(source[:start] + form.text + source[end:])
    assert used == set(ADVICE)
    text = b"#![allow(warnings)]\n" + b"".join(b"mod m%d {\n%s}\n" % pair for pair in enumerate(modules))
    checks = b"".join(b"    assert_eq!(m0::said(), m%d::said());\n" % at for at in range(1, len(modules)))
    (tmp_path / "main.rs").write_bytes(text + b"fn main() {\n" + checks + b"}\n")
    tmp_path.chmod(0o755)
    with sandbox.Session(tmp_path) as session:
        compiled = session.run(["rustc", "--edition", "2021", "main.rs", "-o", "/tmp/main"])
        assert compiled.status == "ok", compiled.stderr.decode()
        ran = session.run(["/tmp/main"])
    assert ran.status == "ok", ran.stderr.decode()


def types_of(source: bytes) -> list[tuple[int, int]]:
    """Where each type of the file stands, docs and attributes included."""
    found, start = [], None
    for node in syntax.parse(source).named_children:
        if node.type in ("attribute_item", "line_comment"):
            start = node.start_byte if start is None else start
        else:
            if node.type in ("struct_item", "enum_item"):
                found.append((start, node.end_byte))
            start = None
    return found
