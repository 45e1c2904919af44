"""The test programs of a crate, built with answers behind switches and a runner of ours in place of libtest's.

    with BuiltTests(source, package, targets, **options) as built:
        programs = CratePrograms(built)
        build = programs.build(functions, forms)         # one build for all forms
        build.binaries["--lib"]                          # the bytes of a program, for an answer room
        build.numbers[form], build.stops[function.id]    # the switches to run it with
        build.errors[form]                               # why a form has no switch

A form that does not compile is taken out, with rustc's first error about it, and the build is repeated. If an error
points at no form, as in some macros, the forms with the words of the error are set aside and tried one by one. If there
are none, the forms are divided, because one of them is to blame. If the compiler crashes or takes too long, forms with
constants, statics or macros are the first that are set aside.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ferrule.compiler.cargo_check import CrateDoesNotCompile, Diagnostic
from ferrule.compiler.crate_tests import BuiltTests, SessionEnded
from ferrule.compiler.function_switches import Form, Piece, Switched, Switches, top_of
from ferrule.compiler.judge import Function
from ferrule.compiler.test_coverage import ROOTS
from ferrule.rust import syntax

RUNNER = Path(__file__).with_name("runner.rs").read_text()
ATTRIBUTES = b"#![cfg_attr(test, feature(custom_test_frameworks, test))]#![cfg_attr(test, test_runner(crate::__runner::run))] "
MODULE = "\n#[cfg(test)]" + RUNNER
QUOTED = re.compile(r"`([A-Za-z_]\w*)`")
ROUNDS = 12  # builds of one set of forms
# A process of the compiler may take this many times as long as the longest build so far, and at least LEAST_SECONDS.
PATIENCE, LEAST_SECONDS = 4, 3
# What the compiler computes itself, and may compute for ever, as patterns: items, not `const fn` or `'static`.
COMPUTED = (r"(?:const|static)\s+(?:mut\s+)?\w+(?=\s*:)", r"const(?=\s*\{)", "macro_rules")


class NotBuilt(Exception):
    """The crate's tests cannot be built even without any form; the message says why."""


@dataclass
class Build:
    """Programs by the argument of `cargo test` that selects them, and the switches in them."""

    binaries: dict[str, bytes] = field(default_factory=dict)
    numbers: dict[Form, int] = field(default_factory=dict)
    stops: dict[str, int] = field(default_factory=dict)  # by function: the switch that removes it
    errors: dict[Form, tuple[str, str]] = field(default_factory=dict)  # error code or reason, and the message


class CratePrograms:
    """Builds of one crate, one after the other in the same sandbox, so that dependencies are compiled once."""

    def __init__(self, built: BuiltTests, wall_seconds: float = 600) -> None:
        self.built, self.wall_seconds = built, wall_seconds
        self.roots = sorted({target["path"] for target in built.targets if ROOTS & set(target["kind"])})
        self.tests = sorted({target["path"] for target in built.targets if target["kind"][0] == "test"})
        self.left_out: dict[str, str] = {}  # targets without which the tests are built, and why
        self.compiled: set[str] = set()  # targets that were built at least once
        self.failure = ""  # why the last build failed, where no form could be blamed
        self.words: list[set[str]] = []  # of each of its errors: what it has to do with
        self.usual = 0.0  # CPU seconds of the longest build that succeeded

    def build(
        self, functions: list[Function], forms: list[Form], targets: list[str] | None = None
    ) -> Iterator[tuple[list[Form], Build]]:
        """Builds of all forms, each with the forms that it has a switch or an error for. Usually it is one.

        `targets` limits what is built to these arguments of `cargo test`. Raises NotBuilt if no form is to blame.
        """
        build = self._attempt(functions, forms, targets)
        if build is None and forms and not self.compiled.issuperset(self._selected(targets)):
            # A target may not compile on its own. Without forms that shows.
            before = len(self.left_out)
            self._attempt(functions, [], targets)
            if len(self.left_out) > before:
                build = self._attempt(functions, forms, targets)
        kept, suspects = list(forms), self._suspects(forms)
        while build is None and 0 < len(suspects) < len(kept):
            kept = [form for form in kept if form not in suspects]
            build = self._attempt(functions, kept, targets)
            suspects = self._suspects(kept)
        if build is not None:
            yield kept, build
            yield from self._examined(functions, [form for form in forms if form not in kept], targets)
        elif len(forms) > 1:
            half = len(forms) // 2
            for part in (forms[:half], forms[half:]):
                yield from self.build(functions, part, targets)
        elif forms:
            failure = self.failure
            if not self.compiled:  # it breaks the crate elsewhere, if the crate is built without it
                list(self.build(functions, [], targets))
            yield forms, Build(errors={forms[0]: with_it(failure)})
        else:
            raise NotBuilt("the tests do not compile")

    def _suspects(self, forms: list[Form]) -> set[Form]:
        """For each error of the last build that points at no form: the forms with the most of its words.

        The words are macros of the crate that the error is in, and names that its message quotes; COMPUTED if it has none.
        """
        found: set[Form] = set()
        for words in self.words:
            patterns = [re.compile(rf"\b{word}\b") for word in words]
            score = {form: sum(bool(word.search(form.text)) for word in patterns) for form in forms}
            most = max(score.values(), default=0)
            found |= {form for form in forms if score[form] == most > 0}
        return found

    def _examined(
        self, functions: list[Function], suspects: list[Form], targets: list[str] | None
    ) -> Iterator[tuple[list[Form], Build]]:
        """Builds of forms that were set aside: each alone in the smallest program, then the innocent ones together."""
        small, innocent = [target for target in self._selected(targets) if target == "--lib"] or targets, []
        for form in suspects:
            build = self._attempt(functions, [form], small)
            if build is None:
                yield [form], Build(errors={form: with_it(self.failure)})
            elif form in build.errors:
                yield [form], build
            else:
                innocent.append(form)
        if innocent:
            yield from self.build(functions, innocent, targets)

    def _attempt(
        self, functions: list[Function], forms: list[Form], targets: list[str] | None
    ) -> Build | None:
        switches = Switches(self.built.original, self.roots, functions, forms, every_form=True)
        switches.additions = list(self._additions())
        build = Build()
        build.errors |= {form: (reason, reason) for form, reason in switches.refused.items()}
        only = self._selected(targets)
        for _ in range(ROUNDS):
            self.built.write(switches.edits())
            try:
                errors = self._built(only, bool(forms))
            except (SessionEnded, CrateDoesNotCompile) as error:
                # The compiler crashed or took too long: which form makes it do so?
                self.failure, self.words = error.reason, [{pattern} for pattern in COMPUTED]
                self._restart()
                if forms:
                    return None
                raise NotBuilt(error.reason) from None
            if not errors:
                self.compiled.update(only)
                return self._finished(build, switches)
            if self._blame(switches, errors, build):
                if forms and build.errors.keys() >= set(forms):
                    return build  # there is nothing to run
                continue
            # A const function may refuse its switch in a way that points elsewhere.
            if any("__switch" in e.rendered or "feature" in e.rendered for _, e in errors):
                if switches.leave_out_const():
                    continue
            if forms:
                self.failure = errors[0][1].rendered.splitlines()[0]
                self.words = [set(self._words_of(error)) for _, error in errors]
                return None
            only = self._without(only, errors)
        return None

    def _built(self, only: list[str], limited: bool) -> list[tuple[str, Diagnostic]]:
        """One build. With `limited` the compiler gets some times what builds have needed so far."""
        session, limits = self.built.session, self.built.session.limits
        if limited and self.usual:
            seconds = int(max(LEAST_SECONDS, PATIENCE * self.usual))
            session.limits = replace(limits, cpu_seconds=min(seconds, limits.cpu_seconds))
        before = session.cpu_seconds()
        try:
            errors = self.built.build(self.wall_seconds, only, True)
        finally:
            session.limits = limits
        if not errors:
            self.usual = max(self.usual, session.cpu_seconds() - before)
        return errors

    def _restart(self) -> None:
        """A new sandbox, if a limit has ended the old one."""
        if self.built.session.ended:
            self.built.restart()

    def _selected(self, targets: list[str] | None) -> list[str]:
        return [target for target in targets or self.built.selected() if target not in self.left_out]

    def _additions(self) -> Iterator[tuple[str, Piece]]:
        """The runner in each root that is built as a program of tests."""
        for root in (*self.roots, *self.tests):
            source = self.built.original(root)
            yield root, Piece(top_of(source), ATTRIBUTES)
            yield root, Piece(len(source), MODULE.encode())

    def _words_of(self, error: Diagnostic) -> Iterator[str]:
        """Names that an error quotes, and macros of the crate that it points into: rustc does not always name the call."""
        yield from QUOTED.findall(error.rendered.partition("\n")[0])
        for file, start, _ in error.places:
            source = (self.built.folder / self.built.package / file).read_bytes()
            stack = [syntax.parse(source)] if b"macro_rules!" in source else []
            while stack:
                node = stack.pop()
                if node.type == "macro_definition":
                    if node.start_byte <= start < node.end_byte and (
                        name := node.child_by_field_name("name")
                    ):
                        yield source[name.start_byte : name.end_byte].decode()
                else:
                    stack.extend(node.named_children)

    def _blame(self, switches: Switches, errors: list[tuple[str, Diagnostic]], build: Build) -> bool:
        """Take out what errors point at; whether there was anything."""
        owners: dict[tuple[Switched, int], Diagnostic] = {}
        for target, error in errors:
            root = next((t["path"] for t in self.built.targets if target == f"--test {t['name']}"), "")
            # A test may include a file of the library, which then looks for the module in the test's root.
            if root and root not in switches.roots and "__switch" in error.rendered:
                switches.roots.append(root)
                return True
            for file, start, _ in error.places:
                if owner := switches.owner_of(file, start):
                    owners.setdefault(owner, error)
                    break
        for (switched, number), error in owners.items():
            if switched.reason or (number and number not in switched.forms):
                continue
            taken = [number] if number else list(switched.forms)
            for form in [switched.forms[each][0] for each in taken]:
                build.errors[form] = (error.code or "", error.rendered)
            switches.take_out(switched, number)
        return bool(owners)

    def _without(self, only: list[str], errors: list[tuple[str, Diagnostic]]) -> list[str]:
        """The targets without those that do not compile on their own."""
        failing = dict(reversed(errors))
        kept = [target for target in only if target not in failing]
        if not kept or len(kept) == len(only):
            raise NotBuilt(f"the tests do not compile: {errors[0][1].rendered.splitlines()[0][:200]}")
        for target in set(only) - set(kept):
            self.left_out[target] = failing[target].rendered.splitlines()[0][:200]
        return kept

    def _finished(self, build: Build, switches: Switches) -> Build:
        for switched in switches.functions:
            if not switched.reason:
                build.stops[switched.function.id] = switched.number
            build.numbers |= {form: number for number, (form, _) in switched.forms.items()}
        for program in self.built.programs:
            with tempfile.TemporaryFile() as file:
                outcome = self.built.session.run(["cat", program.path], stdout=file)
                if outcome.status != "ok":
                    raise NotBuilt(f"{program.target} cannot be read: {outcome.reason}")
                file.seek(0)
                build.binaries[program.target] = file.read()
        return build


def with_it(failure: str) -> tuple[str, str]:
    """The error of a form that makes the crate fail at another place."""
    return "", f"with it the crate does not compile: {failure}"
