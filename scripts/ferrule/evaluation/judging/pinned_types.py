"""What tests reach in an answer beside its entry function has the types that the problem asks for.

Tests of an `impl` block call methods whose signatures the answer writes, and read types that it chooses. A result
of a type of its own could claim to be equal to everything; a method of its own could stand before a trait's of the
same name (`berth.to_string()`). So the clean module holds functions that only compile if

- a method that tests call returns the very type that the reference's returns
- an associated type is the reference's (not `IntoIter`: any iterator will do)
- no type of the prompt has a method of its own where tests mean a trait's

All of it follows from the problem. Where that has no reference, methods are not held to anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.evaluation.judging.problem_tests import items, text_of
from ferrule.evaluation.problems.problem import Problem
from ferrule.rust import syntax

ITERATOR = (
    "next size_hint count last nth step_by chain zip map for_each filter filter_map enumerate peekable skip_while"
    " take_while map_while skip take scan flat_map flatten fuse inspect by_ref collect partition try_fold try_for_each"
    " fold reduce all any find find_map position rposition max min max_by_key max_by min_by_key min_by rev unzip copied"
    " cloned cycle sum product cmp partial_cmp eq ne lt le gt ge is_sorted is_sorted_by is_sorted_by_key into_iter"
    " next_back nth_back rfold rfind len"
)
# Methods of std's traits that are in every scope, by the trait that a type has.
OF_TRAIT = {
    "Iterator": ITERATOR,
    "DoubleEndedIterator": ITERATOR,
    "IntoIterator": "into_iter",
    "FromIterator": "from_iter",
    "Extend": "extend",
    "Sum": "sum",
    "Product": "product",
    "Display": "to_string fmt",
    "Debug": "fmt",
    "Error": "source description to_string",
    "Clone": "clone clone_from to_owned",
    "PartialEq": "eq ne",
    "PartialOrd": "partial_cmp lt le gt ge",
    "Ord": "cmp max min clamp",
    "Default": "default",
    "Hash": "hash",
    "From": "from",
    "TryFrom": "try_from",
    "FromStr": "from_str",
    "AsRef": "as_ref",
    "Borrow": "borrow to_owned",
}
CALLED = re.compile(r"(?:\.|::)\s*(?:r#)?([A-Za-z_]\w*)")
WORD = re.compile(r"\w+")
SOME = "::std::option::Option::Some"
OPTION = "::std::option::Option"


def pins(problem: Problem) -> str:
    """The functions, as text of the clean module."""
    prompt = list(items(syntax.parse(f"{problem.prompt}\n}}".encode())))
    source = (problem.prompt + (problem.reference or "\n}")).encode()
    every = list(items(syntax.parse(source)))
    if len(every) < len(prompt):
        return ""
    pinned = _Pins(source, every, len(prompt) - 1, set(CALLED.findall(problem.tests)))
    if problem.kind == "impl" and problem.reference:
        return "\n".join([pinned.methods_of_traits(), *pinned.of_the_entry()])
    return pinned.methods_of_traits()


class _Pins:
    """`every` item of prompt and reference, of which number `entry` is the entry item; names that tests call."""

    def __init__(self, source: bytes, every: list[tuple[list[Node], Node]], entry: int, called: set[str]):
        self.source, self.called = source, called
        self.context, self.entry = every[:entry], every[entry][1]
        self.impls = [item for _, item in every if item.type == "impl_item"]
        # Names that only the reference has: those that its `use` lines and items bring.
        behind = [item for _, item in every[entry + 1 :]]
        brought = (i for i in behind if i.type == "use_declaration")
        self.unknown = {self.field(item, "name") for item in behind}
        self.unknown |= {word for item in brought for word in WORD.findall(self.text(item))}
        self.unknown -= {word for _, item in self.context for word in WORD.findall(self.text(item))}

    def text(self, node: Node | None) -> str:
        return text_of(self.source, node).decode() if node else ""

    def field(self, node: Node, name: str) -> str:
        return self.text(node.child_by_field_name(name))

    def where(self, node: Node) -> str:
        return self.text(next((child for child in node.children if child.type == "where_clause"), None))

    def known(self, text: str) -> bool:
        return not self.unknown & set(WORD.findall(text)) and not re.search(r"\b(?:super|crate|self::)", text)

    # What the entry item says

    def of_the_entry(self) -> Iterator[str]:
        body = self.entry.child_by_field_name("body")
        if self.entry.type != "impl_item" or body is None:
            return
        if self.entry.child_by_field_name("trait"):
            yield from filter(None, map(self.associated, body.named_children))
            return
        methods = "\n".join(filter(None, map(self.method, body.named_children)))
        if methods:
            yield f"{self.text(self.entry).split('{')[0]} {{\n{methods}\n}}"

    def method(self, node: Node) -> str:
        """A method with the reference's signature that calls the answer's, its result in an Option: no coercions."""
        name = self.field(node, "name")
        if node.type != "function_item" or name not in self.called:
            return ""
        modifiers = self.text(next((c for c in node.children if c.type == "function_modifiers"), None))
        generics, where = self.field(node, "type_parameters"), self.where(node)
        result = self.field(node, "return_type") or "()"
        parameters, arguments = [], []
        for child in node.child_by_field_name("parameters").named_children:
            if child.type == "self_parameter" or self.field(child, "pattern") in ("self", "mut self"):
                parameters.append(self.text(child))
                arguments.append("self")
            elif child.type == "parameter":
                arguments.append(f"__a{len(arguments)}")
                parameters.append(f"{arguments[-1]}: {self.field(child, 'type')}")
        taken = ", ".join(parameters)
        if "async" in modifiers or not self.known(f"{generics} {taken} {result} {where}"):
            return ""
        # Called as tests call it, so that `self` in the place of `&self` makes no difference.
        of, arguments = ("self.", arguments[1:]) if arguments[:1] == ["self"] else ("Self::", arguments)
        call = f"{of}{name}({', '.join(arguments)})"
        call = f"unsafe {{ {call} }}" if "unsafe" in modifiers else call
        return (
            f"fn __pinned_{name}{generics}({taken}) -> {OPTION}<{result}> {where}"
            f" {{ let __value = {call}; let __held = {SOME}(__value); __held }}"
        )

    def associated(self, node: Node) -> str:
        name = self.field(node, "name")
        wanted = self.field(node, "type")
        if node.type != "type_item" or name == "IntoIter" or not self.known(wanted):
            return ""
        trait, of = self.field(self.entry, "trait"), self.field(self.entry, "type")
        if "'_" in trait + of:
            return ""
        wanted = re.sub(r"\bSelf\s*::", f"<{of} as {trait}>::", wanted)
        wanted = re.sub(r"\bSelf\b", of, wanted)
        generics = self.field(self.entry, "type_parameters").removeprefix("<") or ">"
        return (
            f"fn __pinned_{name}<'__v, {generics}(__value: &'__v <{of} as {trait}>::{name}) -> {OPTION}<&'__v {wanted}>"
            f" {self.where(self.entry)} {{ let __held = {SOME}(__value); __held }}"
        )

    # What comes from traits

    def methods_of_traits(self) -> str:
        """That types of the prompt have no methods of their own before those of traits that tests call.

        In `<Type>::name` a function of the type's own comes first, then that of the only trait in scope, which gives
        what no other function can give. A type with bounds of its own is left out: they need traits in scope.
        """
        checks = []
        for attributes, item in self.context:
            if item.type not in ("struct_item", "enum_item", "union_item"):
                continue
            type_, generics = self.field(item, "name"), self.field(item, "type_parameters")
            if self.where(item) or ":" in re.sub(r"\bconst\s+\w+\s*:", "", generics):
                continue
            names = self.called & self.of_traits(type_, attributes) - self.own_methods(type_)
            checks += [self.check(item, type_, name, f"__{type_}_{name}") for name in sorted(names)]
        return "\n".join(checks)

    def check(self, item: Node, type_: str, name: str, module: str) -> str:
        generics = item.child_by_field_name("type_parameters")
        nodes = generics.named_children if generics else []
        names = ", ".join(self.field(node, "name") or self.text(node) for node in nodes)
        of = f"{type_}<{names}>" if names else type_
        return (
            f"mod {module} {{ #![no_implicit_prelude] use super::{type_}; struct Mark;"
            f" trait Other {{ fn {name}(&self) -> Mark {{ Mark }} }} impl<X: ?::std::marker::Sized> Other for X {{}}"
            f" fn check{self.text(generics)}(value: &{of}) -> Mark {{ <{of}>::{name}(value) }} }}"
        )

    def of_traits(self, type_: str, attributes: list[Node]) -> set[str]:
        """The methods that a type has from traits."""
        traits = {word for each in attributes for word in WORD.findall(self.text(each))}
        for item in self.impls:
            trait, of = item.child_by_field_name("trait"), item.child_by_field_name("type")
            if trait and self.last_name(of) == type_:
                traits.add(self.last_name(trait))
        if "Deref" in traits:
            return self.called
        names = {name for trait in traits for name in OF_TRAIT.get(trait, "").split()}
        for _, item in self.context:
            if item.type == "trait_item" and self.field(item, "name") in traits:
                names |= self.functions(item)
        return names

    def own_methods(self, type_: str) -> set[str]:
        inherent = [item for item in self.impls if not item.child_by_field_name("trait")]
        of_it = [item for item in inherent if self.last_name(item.child_by_field_name("type")) == type_]
        return {name for item in of_it for name in self.functions(item)}

    def functions(self, item: Node) -> set[str]:
        body = item.child_by_field_name("body")
        return {self.field(node, "name") for node in body.named_children if node.type.startswith("function_")}

    def last_name(self, node: Node) -> str:
        """`Name` of `path::Name<...>`."""
        return WORD.findall(re.sub(r"<[\s\S]*", "", self.text(node)) or "_")[-1]
