"""What tests of rewrites share: examples `before => after`, and whole files with the forms put in."""

import re

from ferrule.rust import syntax
from ferrule.rust.function_tree import parse_site
from ferrule.transforms.rewrites import rewrite_catalogue
from ferrule.transforms.rewrites.rewrite_catalogue import REWRITES


def tokens(text: str) -> list[str]:
    """The text without what rustfmt would settle: blanks, and commas and semicolons that it adds or drops."""
    return re.findall(r'"(?:\\.|[^"\\])*"|\w+|[^\w\s]', text)


def forms_of(entries, code: str, header: str = "") -> list:
    site = parse_site(code, "S" if header else "", header, ())
    assert site is not None, code
    return [form for form in rewrite_catalogue.forms(site) if form.rewrite in entries]


def entries_of(*modules) -> set[str]:
    """Names of the catalogue's entries that stand in these modules."""
    names = {module.__name__ for module in modules}
    return {name for name, entry in REWRITES.items() if entry.function.__module__ in names}


def check_example(entries, name: str, header: str, before: str, after: str) -> None:
    """`after` is what `name` makes of `before`, or `nothing` where it must not touch it."""
    made = [form for form in forms_of(entries, before, header) if form.rewrite == name]
    if after == "nothing":
        assert not made, made[0].text.decode()
        return
    assert made, "no form"
    assert not syntax.parse(b"impl X {" + made[0].text + b"}").has_error
    assert tokens(made[0].text.decode()) == tokens(after)


def read_examples(text: str) -> list[tuple[str, str, str, str]]:
    """Lines `name | header | before => after`."""
    found = []
    for line in text.strip().splitlines():
        name, header, rest = (
            (part.strip() for part in line.split(" | ", 2))
            if line.count(" | ") > 1
            else (line.split(" | ")[0].strip(), "", line.split(" | ", 1)[1])
        )
        before, after = rest.split(" ==> ")
        found.append((name, header, before.strip(), after.strip()))
    return found


def rounds(entries, source: bytes) -> tuple[list[bytes], set[str]]:
    """The file again and again, each time with the next form of every function; and the rewrites used."""
    functions = [n for n in syntax.parse(source).named_children if n.type == "function_item"]
    places, used = [], set()
    for node in functions:
        made = forms_of(entries, node.text.decode()) if not node.text.startswith(b"pub") else []
        used |= {form.rewrite for form in made}
        places.append((node, [form.text for form in made]))
    texts = []
    for at in range(max(len(made) for _, made in places)):
        parts, last = [], 0
        for node, made in places:
            if at < len(made):
                parts += [source[last : node.start_byte], made[at]]
                last = node.end_byte
        texts.append(b"".join([*parts, source[last:]]))
    return texts, used
