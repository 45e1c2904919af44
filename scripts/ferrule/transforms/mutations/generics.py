"""Type parameters, their arguments, and what rustc cannot infer."""

import re

from ferrule.transforms.mutations.mutation_operator import cut, in_head, insert, misspelt, operator, over, put


@operator("E0282", "E0283", "E0284")
def drop_turbofish(site):
    """Left the type of a call to be guessed."""
    for node in site.nodes("generic_function"):
        yield cut(node.child_by_field_name("function").end_byte, node.end_byte)
    for node in site.nodes("generic_type_with_turbofish"):
        yield cut(node.child_by_field_name("type").end_byte, node.end_byte)


@operator("E0282", "E0283")
def drop_annotation(site):
    """Left the type of a variable to be guessed."""
    for node in site.nodes("let_declaration"):
        kind = node.child_by_field_name("type")
        if kind is not None:
            yield cut(node.child_by_field_name("pattern").end_byte, kind.end_byte)


@operator("E0282", "E0283", "E0277")
def collect_too_early(site):
    """Collected without saying into what."""
    for node in site.nodes("for_expression"):
        value = node.child_by_field_name("value")
        if (
            value.type == "call_expression"
            and site.method(value)
            and site.text(site.method(value)[1])
            in (b"rev", b"enumerate", b"iter", b"map", b"filter", b"zip", b"skip", b"chars")
        ):
            yield insert(value.end_byte, b".collect()")


@operator("E0107", signature=True)
def drop_type_arguments(site):
    """Named a generic type without its arguments in the signature."""
    for node in site.nodes("generic_type"):
        if node.start_byte < site.body.start_byte and node.parent.type != "trait_bounds":
            if site.text(node.child_by_field_name("type")) not in (b"Self",):
                yield cut(node.child_by_field_name("type").end_byte, node.end_byte)


@operator("E0107", "E0747")
def extra_type_argument(site):
    """Gave a type one argument too many."""
    for node in site.nodes("generic_type"):
        arguments = node.child_by_field_name("type_arguments").named_children
        name = site.text(node.child_by_field_name("type")).split(b"::")[-1]
        if name in (b"Option", b"Arc", b"Rc", b"Cow", b"Range", b"PhantomData") and len(arguments) == 1:
            yield in_head(site, insert(arguments[0].end_byte, b", " + site.text(arguments[0])))


@operator("E0107")
def wrong_turbofish_count(site):
    """Gave a function the wrong number of type arguments."""
    for node in site.nodes("generic_function"):
        arguments = node.child_by_field_name("type_arguments")
        if arguments.named_child_count == 1:
            yield insert(arguments.named_children[0].end_byte, b", _")
        elif arguments.named_child_count > 1:
            for start, end in list(site.items(arguments))[-1:]:
                yield cut(start, end)


def bounds_of(site):
    """(bounds node, start to cut from) for the parameters and the where clause of the function."""
    for node in site.nodes("trait_bounds"):
        if node.start_byte < site.body.start_byte and node.parent.type in (
            "type_parameter",
            "where_predicate",
        ):
            yield node


@operator("E0277", "E0599", "E0369", "E0382", signature=True)
def drop_bound(site):
    """Forgot the bound that the body needs."""
    for node in bounds_of(site):
        if node.parent.type == "type_parameter":
            yield cut(node.start_byte, node.end_byte)
        parts = [n for n in node.named_children if n.type not in ("line_comment", "block_comment")]
        if len(parts) > 1:
            yield cut(parts[-2].end_byte, parts[-1].end_byte)
            yield cut(parts[0].start_byte, parts[1].start_byte)


@operator("E0277", "E0599", "E0369", signature=True)
def drop_where(site):
    """Forgot the where clause."""
    for node in site.nodes("where_clause"):
        if node.start_byte < site.body.start_byte:
            if node.named_child_count == 1:
                yield cut(node.start_byte, node.end_byte)
            else:
                for start, end in site.items(node):
                    yield cut(start, end)


@operator("E0425", "E0412", "E0433", signature=True)
def drop_type_parameters(site):
    """Used type parameters that were never declared."""
    if site.generics is not None:
        yield cut(site.generics.start_byte, site.generics.end_byte)


@operator("E0425", "E0412", "E0261", signature=True)
def drop_type_parameter(site):
    """Used a type parameter that was never declared."""
    if site.generics is not None and site.generics.named_child_count > 1:
        for start, end in site.items(site.generics):
            yield cut(start, end)


@operator("E0403", "E0401", signature=True)
def parameter_of_impl_again(site):
    """Declared on the method the type parameter that the impl already has."""
    match = re.match(r"(?:unsafe )?(?:impl|trait \w+|pub trait \w+)\s*<([^<>]*)>", site.header)
    if match and site.generics is None:
        names = [p.split(":")[0].strip() for p in match[1].split(",")]
        head = site.text(site.parameters) + site.text(site.returns)
        # People declare again what they need, not what only the impl needs.
        used = {site.text(n) for n in site.nodes("type_identifier")}
        plain = [n for n in names if re.fullmatch(r"[A-Z]\w*", n) and n.encode() in used]
        if plain and re.search(rb"\b" + plain[0].encode() + rb"\b", head):
            yield insert(site.parameters.start_byte, b"<" + plain[0].encode() + b">")


@operator("E0405", signature=True, phase="paths")
def misspell_trait(site):
    """Wrote a trait's name from memory in a bound."""
    for node in bounds_of(site):
        for child in node.named_children:
            name = child.child_by_field_name("type") if child.type == "generic_type" else child
            if name is not None and name.type == "type_identifier":
                guess = misspelt(site.text(name), site)
                if guess:
                    yield put(name, guess)
    for node in site.nodes("abstract_type", "dynamic_type"):
        trait = node.child_by_field_name("trait")
        name = (
            trait.child_by_field_name("type") if trait is not None and trait.type == "generic_type" else trait
        )
        if name is not None and name.type == "type_identifier":
            guess = misspelt(site.text(name), site)
            if guess:
                yield put(name, guess)


@operator("E0404", signature=True, phase="paths")
def type_for_trait(site):
    """Used a type as a bound."""
    for node in bounds_of(site):
        for child in node.named_children:
            if child.type == "generic_type" and site.text(child.child_by_field_name("type")) in (
                b"Into",
                b"AsRef",
                b"From",
                b"Borrow",
                b"TryInto",
            ):
                inner = child.child_by_field_name("type_arguments").named_children[0]
                if inner.type in ("type_identifier", "primitive_type") and len(site.text(inner)) > 1:
                    yield put(child, site.text(inner))
    for node in site.nodes("abstract_type"):
        trait = node.child_by_field_name("trait")
        if (
            trait is not None
            and trait.type == "generic_type"
            and site.text(trait.child_by_field_name("type")) in (b"Into", b"AsRef")
        ):
            inner = trait.child_by_field_name("type_arguments").named_children[0]
            if inner.type in ("type_identifier", "primitive_type"):
                yield put(trait, site.text(inner))


@operator("E0121", signature=True)
def placeholder_in_signature(site):
    """Left a type of the signature to be guessed."""
    # Not the result's: rustc would infer it from the body, and with it what other functions are.
    for parameter in site.typed_parameters:
        kind = parameter.child_by_field_name("type")
        if kind.type == "generic_type":
            arguments = kind.child_by_field_name("type_arguments").named_children
            if arguments and arguments[-1].type != "lifetime":
                yield put(arguments[-1], b"_")
        elif kind.type == "reference_type":
            yield put(kind.child_by_field_name("type"), b"_")
        else:
            yield put(kind, b"_")


@operator("E0220", "E0576", signature=True)
def misspell_associated_type(site):
    """Named an associated type that the trait does not have."""
    for node in site.nodes("scoped_type_identifier"):
        name = node.child_by_field_name("name")
        if site.text(node.child_by_field_name("path"))[:1].isupper() or site.text(node).startswith(b"<"):
            guess = misspelt(site.text(name), site)
            if guess:
                yield put(name, guess)
    for node in site.nodes("type_binding"):
        name = node.child_by_field_name("name")
        guess = misspelt(site.text(name), site)
        if guess:
            yield put(name, guess)


@operator("E0223", "E0425", signature=True)
def ambiguous_associated_type(site):
    """Named an associated type by its trait instead of by the type that has it."""
    for node in site.nodes("scoped_type_identifier"):
        path = node.child_by_field_name("path")
        if (path is not None and path.type == "identifier") or (
            path is not None and path.type == "type_identifier"
        ):
            base = site.text(path)
            for bounds in site.nodes("trait_bounds"):
                if site.text(bounds.parent).startswith(base + b":"):
                    trait = next((c for c in bounds.named_children if c.type == "type_identifier"), None)
                    if trait is not None:
                        yield put(path, site.text(trait))


@operator("E0412", "E0425", "E0220", signature=True)
def drop_associated_path(site):
    """Used an associated type without `Self::`."""
    for node in site.nodes("scoped_type_identifier"):
        path = node.child_by_field_name("path")
        if (
            path is not None
            and site.text(path) in (b"Self", b"T", b"I", b"G")
            and node.start_byte < site.body.start_byte
        ):
            yield cut(node.start_byte, node.child_by_field_name("name").start_byte)


@operator("E0403", signature=True)
def type_parameter_twice(site):
    """Gave two type parameters one name."""
    if site.generics is not None:
        found = [
            n.child_by_field_name("name") for n in site.generics.named_children if n.type == "type_parameter"
        ]
        if len(found) > 1:
            yield put(found[1], site.text(found[0]))


@operator("E0415", signature=True)
def parameter_twice(site):
    """Gave two parameters one name."""
    names = [p.child_by_field_name("pattern") for p in site.typed_parameters]
    names = [n for n in names if n is not None and n.type == "identifier"]
    if len(names) > 1:
        yield put(names[1], site.text(names[0]))


@operator("E0747", signature=True)
def lifetime_after_type(site):
    """Gave a type's arguments before its lifetime."""
    for node in site.nodes("type_arguments", "type_parameters"):
        parts = node.named_children
        if (
            len(parts) == 2
            and parts[0].type.startswith("lifetime")
            and not parts[1].type.startswith("lifetime")
        ):
            text = site.text(parts[1]) + b", " + site.text(parts[0])
            yield over(parts[0].start_byte, parts[1].end_byte, text)
