"""Checks that what the tests reach in an answer, besides its entry function, has the types that the problem asks for.

Tests of an `impl` block call methods whose signatures the answer writes, and use types that it chooses. A result of
the answer's own type could claim to be equal to everything. An inherent method could shadow a trait method of the same
name (`berth.to_string()`). So the clean module contains functions that only compile if

- each method that the tests call returns exactly the type that it returns in the reference
- each associated type is the one of the reference (except `IntoIter`: any iterator is fine)
- each further function that the tests need returns what it returns in the reference
- no type of the prompt has an inherent method where the tests mean a trait method

All of this follows from the problem. If the problem has no reference, methods and associated types are not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.evaluation.judging.problem_tests import items, text_of
from ferrule.evaluation.problems.problem import Problem
from ferrule.rust import syntax
from ferrule.rust.nodes import child_of

ITERATOR = (
    "next size_hint count last nth step_by chain zip map for_each filter filter_map enumerate peekable skip_while"
    " take_while map_while skip take scan flat_map flatten fuse inspect by_ref collect partition try_fold try_for_each"
    " fold reduce all any find find_map position rposition max min max_by_key max_by min_by_key min_by rev unzip copied"
    " cloned cycle sum product cmp partial_cmp eq ne lt le gt ge is_sorted is_sorted_by is_sorted_by_key into_iter"
    " next_back nth_back rfold rfind len"
)
# Methods of traits of std that are always in scope, by the trait that a type implements.
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
    """The functions that only compile if the types are right, as text of the clean module."""
    prompt = list(items(syntax.parse(f"{problem.prompt}\n}}".encode())))
    source = (problem.prompt + (problem.reference or "\n}")).encode()
    all_items = list(items(syntax.parse(source)))
    if len(all_items) < len(prompt):
        return ""
    pinned = _Pins(source, all_items, len(prompt) - 1, set(CALLED.findall(problem.tests)))
    checks = [pinned.methods_of_traits()]
    if problem.reference:
        checks += pinned.of_functions(set(problem.names))
        if problem.kind == "impl":
            checks += pinned.of_the_entry()
    return "\n".join(checks)


class _Pins:
    """The items of prompt and reference, of which number `entry` is the entry item, and the names that tests call."""

    def __init__(self, source: bytes, all_items: list[tuple[list[Node], Node]], entry: int, called: set[str]):
        self.source, self.called = source, called
        self.context, self.entry = all_items[:entry], all_items[entry][1]
        self.impls = [item for _, item in all_items if item.type == "impl_item"]
        # Names that only the reference has: those that its `use` lines and items bring into scope.
        self.after = after = [item for _, item in all_items[entry + 1 :]]
        imports = (item for item in after if item.type == "use_declaration")
        self.unknown = {self.field(item, "name") for item in after}
        self.unknown |= {word for item in imports for word in WORD.findall(self.text(item))}
        self.unknown -= {word for _, item in self.context for word in WORD.findall(self.text(item))}

    def text(self, node: Node | None) -> str:
        return text_of(self.source, node).decode() if node else ""

    def field(self, node: Node, name: str) -> str:
        return self.text(node.child_by_field_name(name))

    def where(self, node: Node) -> str:
        return self.text(next((child for child in node.children if child.type == "where_clause"), None))

    def known(self, text: str) -> bool:
        """Whether a type's text means the same in the clean module."""
        return not self.unknown & set(WORD.findall(text)) and not re.search(r"\b(?:super|crate|self::)", text)

    # The entry item

    def of_the_entry(self) -> Iterator[str]:
        """The checks of the entry impl: of its associated types if it is a trait's, else of its methods."""
        body = self.entry.child_by_field_name("body")
        if self.entry.type != "impl_item" or body is None:
            return
        if self.entry.child_by_field_name("trait"):
            yield from filter(None, map(self.associated, body.named_children))
            return
        methods = "\n".join(filter(None, map(self.method, body.named_children)))
        if methods:
            yield f"{self.text(self.entry).split('{')[0]} {{\n{methods}\n}}"

    def of_functions(self, names: set[str]) -> Iterator[str]:
        """The checks of functions behind the entry item that the tests need."""
        for item in self.after:
            if item.type == "function_item" and self.field(item, "name") in names:
                yield self.function(item, "super::")

    def method(self, node: Node) -> str:
        """The check of a method that the tests call; "" for any other item."""
        if node.type != "function_item" or self.field(node, "name") not in self.called:
            return ""
        return self.function(node, "Self::")

    def function(self, node: Node, place: str) -> str:
        """A function with the reference's signature that calls the answer's. The Option prevents coercions."""
        name = self.field(node, "name")
        modifiers = self.text(next((c for c in node.children if c.type == "function_modifiers"), None))
        generics, where = self.field(node, "type_parameters"), self.where(node)
        result = self.field(node, "return_type") or "()"
        parameters: list[str] = []
        arguments: list[str] = []
        for child in child_of(node, "parameters").named_children:
            if child.type == "self_parameter" or self.field(child, "pattern") in ("self", "mut self"):
                parameters.append(self.text(child))
                arguments.append("self")
            elif child.type == "parameter":
                arguments.append(f"__a{len(arguments)}")
                parameters.append(f"{arguments[-1]}: {self.field(child, 'type')}")
        declared = ", ".join(parameters)
        if "async" in modifiers or not self.known(f"{generics} {declared} {result} {where}"):
            return ""
        # Called as the tests call it, so that `self` instead of `&self` makes no difference.
        prefix, arguments = ("self.", arguments[1:]) if arguments[:1] == ["self"] else (place, arguments)
        call = f"{prefix}{name}({', '.join(arguments)})"
        call = f"unsafe {{ {call} }}" if "unsafe" in modifiers else call
        return (
            f"fn __pinned_{name}{generics}({declared}) -> {OPTION}<{result}> {where}"
            f" {{ let __value = {call}; let __held = {SOME}(__value); __held }}"
        )

    def associated(self, node: Node) -> str:
        """A function that only compiles if the answer's associated type is the reference's."""
        name = self.field(node, "name")
        expected = self.field(node, "type")
        if node.type != "type_item" or name == "IntoIter" or not self.known(expected):
            return ""
        trait, implementor = self.field(self.entry, "trait"), self.field(self.entry, "type")
        if "'_" in trait + implementor:
            return ""
        expected = re.sub(r"\bSelf\s*::", f"<{implementor} as {trait}>::", expected)
        expected = re.sub(r"\bSelf\b", implementor, expected)
        generics = self.field(self.entry, "type_parameters").removeprefix("<") or ">"
        return (
            f"fn __pinned_{name}<'__v, {generics}(__value: &'__v <{implementor} as {trait}>::{name})"
            f" -> {OPTION}<&'__v {expected}>"
            f" {self.where(self.entry)} {{ let __held = {SOME}(__value); __held }}"
        )

    # Methods of traits

    def methods_of_traits(self) -> str:
        """Checks that no type of the prompt has an inherent method where the tests call a trait method.

        In `<Type>::name` an inherent function comes first, then the one of the only trait in scope. That trait's
        function returns a type that no other function can return. Types with bounds in their declaration are left
        out: the bounds need traits in scope.
        """
        checks = []
        for attributes, item in self.context:
            if item.type not in ("struct_item", "enum_item", "union_item"):
                continue
            type_name, generics = self.field(item, "name"), self.field(item, "type_parameters")
            if self.where(item) or ":" in re.sub(r"\bconst\s+\w+\s*:", "", generics):
                continue
            names = self.called & self.of_traits(type_name, attributes) - self.own_methods(type_name)
            checks += [self.check(item, type_name, name, f"__{type_name}_{name}") for name in sorted(names)]
        return "\n".join(checks)

    def check(self, item: Node, type_name: str, name: str, module: str) -> str:
        """The check of one method `name` of a type."""
        generics = item.child_by_field_name("type_parameters")
        nodes = generics.named_children if generics else []
        names = ", ".join(self.field(node, "name") or self.text(node) for node in nodes)
        full_type = f"{type_name}<{names}>" if names else type_name
        return (
            f"mod {module} {{ #![no_implicit_prelude] use super::{type_name}; struct Mark;"
            f" trait Other {{ fn {name}(&self) -> Mark {{ Mark }} }} impl<X: ?::std::marker::Sized> Other for X {{}}"
            f" fn check{self.text(generics)}(value: &{full_type}) -> Mark {{ <{full_type}>::{name}(value) }} }}"
        )

    def of_traits(self, type_name: str, attributes: list[Node]) -> set[str]:
        """The methods that a type has from traits."""
        traits = {word for each in attributes for word in WORD.findall(self.text(each))}
        for item in self.impls:
            trait = item.child_by_field_name("trait")
            if trait and self.last_name(child_of(item, "type")) == type_name:
                traits.add(self.last_name(trait))
        if "Deref" in traits:
            return self.called
        names = {name for trait in traits for name in OF_TRAIT.get(trait, "").split()}
        for _, item in self.context:
            if item.type == "trait_item" and self.field(item, "name") in traits:
                names |= self.functions(item)
        return names

    def own_methods(self, type_name: str) -> set[str]:
        """The inherent methods of a type."""
        inherent = [item for item in self.impls if not item.child_by_field_name("trait")]
        blocks = [item for item in inherent if self.last_name(child_of(item, "type")) == type_name]
        return {name for item in blocks for name in self.functions(item)}

    def functions(self, item: Node) -> set[str]:
        """The names of the functions in an impl block or trait."""
        members = child_of(item, "body").named_children
        return {self.field(node, "name") for node in members if node.type.startswith("function_")}

    def last_name(self, node: Node) -> str:
        """`Name` of `path::Name<...>`."""
        return WORD.findall(re.sub(r"<[\s\S]*", "", self.text(node)) or "_")[-1]
