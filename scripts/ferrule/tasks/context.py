"""What a person must see to write a function: imports in use, the types, signatures and constants it needs.

A `Crate` indexes the chunks of one crate by name; `Crate.context(function)` collects the
definitions that the function's own text mentions (first round) and the types that those are made
of (second round, as far as the room goes). Nothing is guessed: a name is resolved only where the
crate defines it once, in the same file, or where an import of the file says which one is meant.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ferrule.core.schemas import choose
from ferrule.rust.lexer import NOT_CODE
from ferrule.rust.signatures import (
    MAX_DEFINITION_LINES,
    WORD,
    definition,
    explained,
    flush,
    head,
    impl_head,
    in_trait,
    indented,
    signature,
    trait_items,
    use_leaves,
)
from ferrule.tasks.call_targets import Targets

TYPES = ("struct", "enum", "union", "trait", "type")
VALUES = ("const", "static", "function")
METHOD_CALL = re.compile(r"(\bself(?:\.\w+)*|\b\w+|[\])?])\s*\.\s*(\w+)\s*(?:::<[^(]*>)?\(")
PATH_CALL = re.compile(r"\b([A-Z]\w*)\s*(?:::\s*<[^()]*>)?\s*::\s*(\w+)")
MACRO_CALL = re.compile(r"\b(\w+)!\s*[(\[{]")
FIELD = re.compile(r"(?<=[\w)\]?])\s*\.\s*([A-Za-z_]\w*)\b(?!\s*(?:\(|::|!))")
TYPE_NAME = re.compile(r"(?<![:\w.'$])([A-Z]\w*[a-z]\w*)\b")
CONSTANT = re.compile(r"\b([A-Z]\w*)\s*::\s*([A-Z][A-Z0-9_]*)\b(?!\s*(?:::|\())")
ITERATOR = re.compile(r"\bIterator for (\w+)")
GENERIC = re.compile(r"[<,]\s*(?:const\s+)?([A-Z]\w*)\s*(?=[:,=>])")
# What needs no import: the prelude of the 2021 edition.
PRELUDE = frozenset(
    "AsMut AsRef Box Clone Copy Default DoubleEndedIterator Drop Eq Err ExactSizeIterator Extend Fn FnMut FnOnce"
    " From FromIterator Into IntoIterator Iterator None Ok Option Ord PartialEq PartialOrd Result Self Send Sized"
    " Some String Sync ToOwned ToString TryFrom TryInto Unpin Vec Debug Hash".split()
)
DECLARED = re.compile(r"(?<![:\w])(\w+)\s*:(?!:)")
RANGE = re.compile(r"\bRange\b")
RANGE_FIELDS = frozenset(("start", "end"))
DATA = ("struct", "enum", "union", "type")

MORE_METHODS = 3  # of the type, that the answer does not call

STD_METHODS = frozenset(Path(__file__).with_name("std_methods.txt").read_text(encoding="utf-8").split())


@dataclass
class Context:
    """Rust text for a prompt: `imports`, free `items`, `siblings` of the same impl.

    `missing` names what the function uses and the context could not show.
    """

    imports: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    siblings: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)  # ids of the chunks

    @property
    def size(self) -> int:
        return sum(map(len, (*self.imports, *self.items, *self.siblings)))

    def before(self) -> str:
        """Imports and items as one text, a blank line between items."""
        parts = (["\n".join(self.imports)] if self.imports else []) + self.items
        return "\n\n".join(parts)


class Crate:
    """The chunks of one crate (rows of `ferrule.core.schemas.CHUNKS`), indexed by what they define.

    `modules` are the names of its top-level modules: some have no chunks, because their file was left out.
    """

    def __init__(self, rows: list[dict], modules: Iterable[str] = ()):
        self.modules = frozenset(modules)
        self.by_name: dict[str, list[dict]] = defaultdict(list)
        self.methods: dict[str, list[dict]] = defaultdict(list)
        self.macros: dict[str, dict] = {}
        self.by_header: dict[tuple[str, str], list[dict]] = defaultdict(list)
        self.associated: dict[tuple[str, str], list[dict]] = defaultdict(list)
        self.constants: dict[tuple[str, str], list[dict]] = defaultdict(list)  # by type and name
        self.imports: dict[tuple[str, str], list[dict]] = defaultdict(list)
        for row in rows:
            if row["test"] or row["nested"]:
                continue
            kind = row["kind"]
            if kind == "method":
                self.methods[row["name"]].append(row)
                self.by_header[row["file"], row["header"]].append(row)
            elif kind == "macro":
                self.macros.setdefault(row["name"], row)
            elif kind == "associated":
                self.associated[row["file"], row["header"]].append(row)
                self.constants[row["owner"], row["name"]].append(row)
            elif kind == "import":
                self.imports[row["file"], row["path"]].append(row)
            elif kind in TYPES or kind in VALUES:
                self.by_name[row["name"]].append(row)

    @cached_property
    def roots(self) -> set[str]:
        """Top-level module names: `use graph::Graph` in an old edition is the crate's own."""
        paths = (row["path"].split("::")[0] for rows in self.by_name.values() for row in rows)
        return {"crate", "self", "super"} | {path for path in paths if path}

    def context(self, row: dict, room: int) -> Context:
        """The context of a function, a method or a whole block in at most about `room` characters.

        A block (`ferrule.tasks.blocks`) says which chunks stand `inside` it, for these are not shown again, and what types it
        `defines`. Definitions keep their comments, which say what the types do not, as long as there is room.
        """
        told = self._context(row, room, comments=True)
        return told if told.size <= room else self._context(row, room, comments=False)

    def _context(self, row: dict, room: int, comments: bool) -> Context:
        context = Context()
        self.comments = comments
        code = NOT_CODE.sub(" ", row["code"])
        used = set(WORD.findall(code)) | set(WORD.findall(row["header"]))
        imported = self._imports(row, used, context)
        inside: frozenset[str] = row.get("inside", frozenset())
        shown = context.shown = {row["id"], *inside}
        called = self._called(row)
        types: list[dict] = []
        # Those of a trait come with the trait, below.
        around = row["header"] and not in_trait(row)
        for item in self.associated.get((row["file"], row["header"]), ()) if around else ():
            if item["id"] not in inside and re.search(rf"\bSelf::{item['name']}\b", code):
                context.siblings.append(flush(item, comments))
        if row["owner"] and not in_trait(row):
            self._show_type(row["owner"], row, imported, context, shown, types, code)
        for name in sorted(used & self.by_name.keys()):
            if name in (row["owner"], row["name"]) and (in_trait(row) or name not in _free_calls(code)):
                continue
            if called is not None and self._other_function(name, row, imported, called):
                continue
            self._show_type(name, row, imported, context, shown, types, code)
        for found in called or ():
            own_trait = in_trait(row) and found["name"] == row["owner"]  # which is shown around it
            if found["kind"] in ("function", "trait") and found["id"] not in shown and not own_trait:
                shown.add(found["id"])
                types.append(found)
                context.items.append(definition(found, code, comments))
        if in_trait(row) and (trait := self.resolve(row["owner"], row, imported, ("trait",))):
            # The trait is shown once, around its method: with what it declares and the method uses.
            own = {m["name"] for m in self.methods_of(row)}
            context.siblings += [text for name, text in trait_items(trait, code) if name not in own]
        methods = (
            self._methods_by_name(row, code, shown, types)
            if called is None
            else [found for found in called if found["kind"] == "method" and found["id"] not in shown]
        )
        self._show_methods(row, methods, context, shown, types)
        self._show_constants(row, code, context, shown, imported)
        self._show_iterators(code, types, context)
        for name in sorted(set(MACRO_CALL.findall(code)) & self.macros.keys()):
            macro = self.macros[name]
            if macro["id"] in inside:
                continue
            if macro["code"].count("\n") < MAX_DEFINITION_LINES:
                context.items.append(flush(macro))
            else:
                context.missing.append(f"{name}!")
        # Second round, where fields are in use that nothing shown has: what the shown items are made of.
        for _ in range(2):
            if not unseen_fields(row, code, context):
                break
            so_far = NOT_CODE.sub(" ", "\n".join((*context.items, *context.siblings)))
            for name in sorted(set(WORD.findall(so_far)) & self.by_name.keys()):
                if context.size < room:
                    self._show_type(
                        name, types[0] if types else row, imported, context, shown, types, code, only=DATA
                    )
        self._note_unseen(row, code, context)
        return context

    def context_of_type(self, row: dict) -> Context:
        """Only what says whose method this is: the definition of its type."""
        context = Context()
        self.comments = True
        if row["owner"] and not in_trait(row):
            self._show_type(
                row["owner"], row, self._imports(row, set(), Context()), context, set(), [], row["code"]
            )
        return context

    def methods_of(self, row: dict) -> list[dict]:
        """The methods with a body in the same impl or trait as `row`."""
        return self.by_header[row["file"], row["header"]]

    def _note_unseen(self, row: dict, code: str, context: Context) -> None:
        """Put into `missing` the fields and methods in use that nothing shown declares.

        Methods of other crates and of the standard library are taken for known: by the list of
        names, or because the file imports from elsewhere than the standard library.
        """
        context.missing += [f".{name}" for name in unseen_fields(row, code, context)]
        seen = words_shown(row, code, context)
        body = body_of(row, code)
        context.missing += unknown_types(row, code, context)
        if row.get("calls") is not None:
            context.missing += self._unshown(row, context)
            return
        foreign = any(not path.startswith(("use std", "use core", "use alloc")) for path in context.imports)
        for _, name in METHOD_CALL.findall(body):
            if name not in seen and name not in STD_METHODS and (name in self.methods or not foreign):
                context.missing.append(f".{name}()")

    # --- names ------------------------------------------------------------------------------------

    def resolve(self, name: str, row: dict, imported: dict[str, str], kinds=TYPES + VALUES) -> dict | None:
        """The one definition that `name` can mean in `row`'s file, or None."""
        found = [c for c in self.by_name.get(name, ()) if c["kind"] in kinds]
        if len(found) > 1:
            near = [c for c in found if c["file"] == row["file"] and c["path"] == row["path"]]
            near = near or [c for c in found if c["file"] == row["file"]]
            if not near and name in imported:
                module = "::".join(absolute(imported[name], row["path"])[:-1])
                near = [c for c in found if c["path"] == module]
                # Re-exported: the definition stands further down.
                near = near or [c for c in found if c["path"].startswith(f"{module}::" if module else "")]
            # The same type for several configurations: the first will do.
            same = len({(c["file"], c["path"], c["kind"]) for c in near}) == 1
            found = near[:1] if same else near
        return found[0] if len(found) == 1 else None

    def _show_type(self, name, row, imported, context, shown, types, code, only=TYPES + VALUES) -> None:
        if name in imported and imported[name].split("::")[0] not in self.roots:
            return  # from another crate: its import line says so
        found = self.resolve(name, row, imported, only)
        if found is None or found["id"] in shown:
            return
        if found["kind"] == "function" and not calls(name, code):
            return  # a field, a variable or a primitive type of that name
        shown.add(found["id"])
        types.append(found)
        text, module = definition(found, code, self.comments), found["path"].split("::")[-1]
        if module and found["path"] != row["path"] and re.search(rf"\b{module}\s*::\s*{name}\b", code):
            text = f"mod {module} {{\n{indented(text)}\n}}"  # it is called by its module's name
        context.items.append(text)

    # --- functions and methods --------------------------------------------------------------------

    @cached_property
    def targets(self) -> Targets:
        return Targets(self.by_name, self.methods, self.modules)

    def _called(self, row: dict) -> list[dict] | None:
        """The crate's own functions, methods and traits that an item calls; None if the compiler did not say."""
        if row.get("calls") is None:
            return None
        found: dict[str, dict] = {}
        for call in row["calls"]:
            _, target = self.targets.find(call)
            if (
                target is not None
                and target["kind"] == "trait"
                and in_trait(row)
                and target["name"] == row["owner"]
            ):
                # A method of its own trait: one that the trait itself writes is shown beside it.
                own = [one for one in self.methods_of(row) if one["name"] == call["name"]]
                target = own[0] if own else target
            if target is not None:
                found[target["id"]] = target
        return sorted(found.values(), key=lambda one: (one["file"], one["start"]))

    def _other_function(self, name: str, row: dict, imported: dict[str, str], called: list[dict]) -> bool:
        """Whether a name would be taken for a function that the item does not call."""
        found = self.resolve(name, row, imported)
        return bool(
            found and found["kind"] == "function" and found["id"] not in {one["id"] for one in called}
        )

    def _unshown(self, row: dict, context: Context) -> list[str]:
        """The crate's own functions that the item calls and the context could not show."""
        missing = []
        inside = row.get("inside", ())
        # Functions inside of it; and variants and tuple structs, whose types are looked for by name.
        nested = set(re.findall(r"\bfn\s+(\w+)", row["code"]))
        for call in row["calls"]:
            if call["name"] in nested or call["name"][:1].isupper():
                continue
            own, target = self.targets.find(call)
            known = target is not None and (target["id"] in context.shown or target["id"] in inside)
            # A method of a trait that is shown around it, or of the item's own trait.
            mine = target is not None and target["kind"] == "trait" and target["name"] == row["owner"]
            if own and not known and not mine:
                missing.append(f".{call['name']}()")
        return list(dict.fromkeys(missing))

    def _show_iterators(self, code: str, types: list[dict], context: Context) -> None:
        """That a type of the crate is an iterator, and over what, where the code loops over one."""
        names = {one["name"] for one in types if re.search(rf"\bin {one['name']}\b", code)}
        for (_, header), rows in self.associated.items():
            found = ITERATOR.search(header)
            if found and found[1] in names:
                item = next((flush(one) for one in rows if one["name"] == "Item"), "")
                if item:
                    context.items.append(f"{impl_head(header)}{{\n{indented(item)}\n    // ...\n}}")

    def _show_constants(
        self, row: dict, code: str, context: Context, shown: set[str], imported: dict[str, str]
    ) -> None:
        """Associated constants of the crate's types that the code names: `Vec2::ZERO`."""
        for owner, name in sorted(set(CONSTANT.findall(code))):
            owner = row["owner"] if owner == "Self" else owner
            if owner in imported:
                if imported[owner].split("::")[0] not in self.roots:
                    continue
                alias, owner = owner, imported[owner].split("::")[-1]
                if alias != owner:
                    context.imports.append(f"use {imported[alias]} as {alias};")
            found = [one for one in self.constants.get((owner, name), ()) if one["id"] not in shown]
            if not found and owner in self.by_name and name not in words_shown(row, code, context):
                context.missing.append(f"{owner}::{name}")
            if not found or found[0]["header"] == row["header"]:
                continue  # one of its own impl is shown in it
            shown.add(found[0]["id"])
            text = definition(found[0] | {"kind": "const"}, code, self.comments)
            context.items.append(f"{impl_head(found[0]['header'])}{{\n{indented(text)}\n}}")

    def _methods_by_name(self, row, code, shown, types) -> list[dict]:
        """The crate's own methods that the code seems to call, as far as names tell."""
        calls: set[tuple[str, str]] = set()  # (owner, name); owner "" for any, "?" for any but its own
        for receiver, name in METHOD_CALL.findall(code):
            calls.add((row["owner"] if receiver == "self" else "?" if "." in receiver else "", name))
        for owner, name in PATH_CALL.findall(code):
            calls.add((row["owner"] if owner == "Self" else owner, name))
        owners = {t["name"] for t in types} | {row["owner"]}
        chosen: dict[str, dict] = {}
        for owner, name in sorted(calls):
            named, inside = self.methods.get(name, ()), row.get("inside", ())
            if any(m["id"] in inside and (owner in ("", "?", m["owner"])) for m in named):
                continue  # most likely the block's own
            found = [m for m in named if m["id"] not in shown and m["id"] not in chosen]
            if row.get("outside"):  # code of a user of the crate
                found = [m for m in found if m["visibility"] == "pub" or " for " in m["header"]]
            if owner not in ("", "?"):
                found = [m for m in found if m["owner"] == owner]
            elif name in STD_METHODS:
                # Most likely the standard library's, unless a type that plays a part here has it.
                likely = owners - {row["owner"]} if owner == "?" else owners
                found = [m for m in found if m["owner"] in likely and " for " not in m["header"]]
            else:
                found = [m for m in found if m["owner"] in owners] or found
            inherent = [m for m in found if " for " not in m["header"]] or found
            if not inherent or (owner in ("", "?") and len({m["owner"] for m in inherent}) > 2):
                continue
            chosen[inherent[0]["id"]] = inherent[0]
        return list(chosen.values())

    def _show_methods(self, row, methods: list[dict], context: Context, shown: set[str], types) -> None:
        """Signatures of methods, in the order of the file, and with them some that the item does not call.

        A list of exactly what the answer calls would give it away.
        """
        more = self._more_methods(row, methods, shown) if methods else []
        called = {method["id"] for method in methods}
        others: dict[tuple[str, str], list[str]] = defaultdict(
            list
        )  # by the module to be named, and the header
        for method in sorted([*methods, *more], key=lambda m: (m["file"], m["start"])):
            shown.add(method["id"])
            if in_trait(method) and any(t["kind"] == "trait" and t["name"] == method["owner"] for t in types):
                continue  # the trait's own text has its signature
            text = explained(method) if method["id"] in called else signature(method)
            if method["owner"] == row["owner"] and method["header"] == row["header"]:
                context.siblings.append(text)
            else:
                others[self._module_to_name(method, row), method["header"]].append(text)
        for (module, header), signatures in others.items():
            inner = "\n".join(indented(text) for text in signatures)
            text = f"{impl_head(header)}{{\n{inner}\n}}"
            context.items.append(f"mod {module} {{\n{indented(text)}\n}}" if module else text)

    def _module_to_name(self, method: dict, row: dict) -> str:
        """The module of a method whose type is not the only one of its name, where `row` is elsewhere."""
        places = {one["path"] for one in self.by_name.get(method["owner"], ()) if one["kind"] in TYPES}
        return method["path"].split("::")[-1] if len(places) > 1 and method["path"] != row["path"] else ""

    def _more_methods(self, row: dict, methods: list[dict], shown: set[str]) -> list[dict]:
        """Some further methods beside those that are called: what a caller of the same types sees."""
        headers = {
            (method["file"], method["header"]) for method in methods if " for " not in method["header"]
        }
        called = {method["id"] for method in methods}
        near = [
            one
            for key in sorted(headers)
            for one in self.by_header[key]
            if one["id"] not in called and one["id"] not in shown and one["visibility"] and not one["test"]
        ]
        near.sort(key=lambda one: choose(0, row["id"], one["id"], "more methods"))
        return near[:MORE_METHODS]

    def _imports(self, row, used: set[str], context: Context) -> dict[str, str]:
        """Put the imports in use into `context`; returns every imported name with its path."""
        names: dict[str, str] = {}
        brought: set[str] = set()  # names that a shown import has
        for statement in self.imports.get((row["file"], row["path"]), ()):
            kept = []
            for path, name in use_leaves(statement["code"]):
                names[name] = path
                outside = path.split("::")[0].removeprefix("::") not in self.roots
                if name in brought:
                    continue  # the same under another configuration
                prelude = name == "*" and "prelude" in path and "cfg" not in statement["attributes"]
                if outside and (name in used or prelude):
                    brought |= {name} - {"*", "_"}
                    kept.append(path if path.split("::")[-1] == name else f"{path} as {name}")
            context.imports.extend(f"use {path};" for path in kept)
        context.imports = sorted(set(context.imports))
        return names


def absolute(path: str, here: str) -> list[str]:
    """The segments of an import's path from the crate's root, as seen from module `here`."""
    parts, module = path.split("::"), here.split("::") if here else []
    if parts[0] == "crate":
        return parts[1:]
    if parts[0] in ("self", "super"):
        while parts and parts[0] in ("self", "super"):
            if parts.pop(0) == "super":
                module = module[:-1]
        return module + parts
    return parts


def calls(name: str, code: str) -> bool:
    """Whether `name` is a function in `code`: called, or passed on and not a variable."""
    if re.search(rf"(?<![.\w]){name}\s*(?:::\s*<[^;{{}}]*?>)?\s*\(", code):
        return True
    bound = re.search(rf"\blet\s+(?:mut\s+)?{name}\b|[(,|]\s*(?:mut\s+|&\s*)?{name}\s*[:|]", code)
    return not bound and bool(re.search(rf"[(,]\s*(?:\w+::)*{name}\s*[,)]", code))


def _free_calls(code: str) -> set[str]:
    """Names called as plain functions: `name(`, not `.name(` and not `::name(`."""
    return set(re.findall(r"(?<![.:\w])(\w+)\s*\(", code)) - set(re.findall(r"\bfn\s+(\w+)", code))


def given(row: dict, code: str) -> str:
    """What the prompt shows of the item itself: a function's signature, a block cut to its signatures."""
    return NOT_CODE.sub(" ", row["given"]) if "given" in row else code[: len(head(row))]


def body_of(row: dict, code: str) -> str:
    """What the prompt does not show of a function; of a block all of it."""
    return code[len(head(row)) :] if row["body"] >= 0 and "given" not in row else code


def unknown_types(row: dict, code: str, context: Context) -> list[str]:
    """Types and traits in use that are neither shown, nor imported, nor in every program's scope."""
    generics = set(GENERIC.findall(f"{row['header']} {given(row, code)}"))
    local = set(re.findall(r"\b(?:struct|enum|type|trait|use)\s+(\w+)", code))
    texts = (*context.imports, *context.items, *context.siblings, *row.get("defines", ()))
    shown = set(WORD.findall("\n".join(texts)))
    return sorted(set(TYPE_NAME.findall(code)) - shown - generics - local - PRELUDE - {row["owner"]})


def words_shown(row: dict, code: str, context: Context) -> set[str]:
    """Every word that a reader of the prompt sees of the context and of the signature."""
    shown = (*context.items, *context.siblings, row["header"], given(row, code))
    return set(WORD.findall("\n".join(shown)))


def unseen_fields(row: dict, code: str, context: Context) -> list[str]:
    """Fields that the body uses and that nothing shown declares or uses; a method of that name does not count."""
    shown = "\n".join((*context.items, *context.siblings, *row.get("defines", ()), given(row, code)))
    known = {"await", *DECLARED.findall(shown), *FIELD.findall(shown)}
    if RANGE.search("\n".join((*context.imports, shown, code))):
        known |= RANGE_FIELDS
    return sorted(set(FIELD.findall(body_of(row, code))) - known)
