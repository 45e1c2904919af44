"""Changes through what was not declared mutable."""

from ferrule.transforms.mutations.mutation_operator import cut, in_head, operator, put


@operator("E0384", "E0596", "E0594")
def drop_mut(site):
    """Forgot `mut` on a variable that changes."""
    for node in site.nodes("let_declaration", "mut_pattern", "parameter"):
        for child in node.children:
            if child.type == "mutable_specifier":
                yield cut(child.start_byte, child.end_byte + 1)


@operator("E0308", "E0596")
def shared_borrow(site):
    """Borrowed without `mut` what the callee changes."""
    for node in site.nodes("reference_expression"):
        for child in node.children:
            if child.type == "mutable_specifier":
                yield cut(child.start_byte, child.end_byte + 1)


@operator("E0596", "E0594")
def shared_self(site):
    """Took &self in a method that changes the value."""
    if site.self_parameter is not None:
        for child in site.self_parameter.children:
            if child.type == "mutable_specifier":
                yield in_head(site, cut(child.start_byte, child.end_byte + 1))


@operator("E0596", "E0594", "E0308")
def shared_parameter(site):
    """Declared a parameter as & that the body changes."""
    for parameter in site.typed_parameters:
        kind = parameter.child_by_field_name("type")
        if kind.type == "reference_type":
            for child in kind.children:
                if child.type == "mutable_specifier":
                    yield in_head(site, cut(child.start_byte, child.end_byte + 1))


@operator("E0596")
def iter_for_iter_mut(site):
    """Used the read-only accessor where the mutable one is needed."""
    plain = {
        b"iter_mut": b"iter",
        b"get_mut": b"get",
        b"as_mut": b"as_ref",
        b"borrow_mut": b"borrow",
        b"values_mut": b"values",
        b"last_mut": b"last",
        b"first_mut": b"first",
        b"as_mut_slice": b"as_slice",
        b"as_mut_ptr": b"as_ptr",
        b"chunks_mut": b"chunks",
        b"split_at_mut": b"split_at",
        b"peek_mut": b"peek",
        b"get_unchecked_mut": b"get_unchecked",
    }
    for call, _receiver, name, _ in site.method_calls:
        if name in plain:
            yield put(call.child_by_field_name("function").child_by_field_name("field"), plain[name])


@operator("E0596", "E0507", "E0308")
def borrow_by_value_self(site):
    """Took &self in a method that consumes the value."""
    if site.self_parameter is not None and site.text(site.self_parameter) in (b"self", b"mut self"):
        yield in_head(site, put(site.self_parameter, b"&self"))


@operator("E0381")
def drop_initializer(site):
    """Declared a variable without giving it a first value."""
    for node in site.nodes("let_declaration"):
        value, pattern = node.child_by_field_name("value"), node.child_by_field_name("pattern")
        literal = value is not None and value.type in (
            "integer_literal",
            "boolean_literal",
            "float_literal",
            "string_literal",
        )
        if literal and pattern.type == "identifier":
            yield cut(
                pattern.end_byte
                if node.child_by_field_name("type") is None
                else node.child_by_field_name("type").end_byte,
                value.end_byte,
            )


@operator("E0308", "E0053", signature=True)
def extra_mut_self(site):
    """Took &mut self in a method that the trait declares with &self."""
    if site.in_trait_impl and site.text(site.self_parameter) == b"&self":
        yield put(site.self_parameter, b"&mut self")
