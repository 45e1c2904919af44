"""Which examples of a crate's documentation compile and run: all of them in one integration test.

    passing = ExampleTests(behaviour, {"id": "use demo::f;\\nassert_eq!(f(), 1);"}).run()

rustdoc links a program for each example, about a second of CPU time. One file with a module per example takes a second for all
of them. Modules that errors point at are taken out, and the file is built again.
"""

from __future__ import annotations

from ferrule.compiler.baseline_tests import ALONE, NoVerdict
from ferrule.compiler.cargo_check import CrateDoesNotCompile
from ferrule.compiler.crate_tests import SessionEnded
from ferrule.compiler.test_coverage import Behaviour
from ferrule.compiler.test_runs import Run
from ferrule.rust.doc_examples import as_module

NAME = "ferrule_examples"
FILE = f"tests/{NAME}.rs"
ROUNDS = 5  # builds at most
LIMIT = 1.0  # CPU seconds of one example


class ExampleTests:
    """The examples of one crate by id, each with its hidden lines; in the sandbox of its tests."""

    def __init__(self, behaviour: Behaviour, examples: dict[str, str]) -> None:
        self.behaviour, self.examples = behaviour, examples
        self.modules = {f"example_{number}": id for number, id in enumerate(sorted(examples))}

    def run(self) -> set[str]:
        """The ids of the examples that pass; none if they cannot be built together or a limit is hit."""
        built = self.behaviour.built
        if not self.examples or not built.has_lib:
            return set()
        path = built.folder / built.package / FILE
        path.parent.mkdir(exist_ok=True)
        path.parent.chmod(0o755)
        path.write_bytes(b"")
        path.chmod(0o644)
        built.originals.pop(FILE, None)
        try:
            return self._passing() if self._build() else set()
        except (NoVerdict, SessionEnded, CrateDoesNotCompile) as error:
            print(f"examples are not run: {error}")
            return set()

    def _build(self) -> bool:
        built = self.behaviour.built
        manifest = built.original("Cargo.toml")
        # With the switches of the last build cargo need not compile the library again. None of them is set.
        switches = self.behaviour.switches if built.has_built_library else None
        target = f'\n[[test]]\nname = "{NAME}"\npath = "{FILE}"\n'.encode()
        for _ in range(ROUNDS):
            places, text = [], ""
            for name, id in self.modules.items():
                module = as_module(name, self.examples[id])
                places.append((len(text.encode()), len((text + module).encode()), name))
                text += module
            edits = switches.edits() if switches else {}
            edits["Cargo.toml"] = [(len(manifest), len(manifest), target)]
            edits[FILE] = [(0, 0, text.encode())]
            built.write(edits)
            unstable = switches is not None and switches.uses_const
            errors = built.build(max(self.behaviour.runs.left(), 1), [f"--test {NAME}"], unstable)
            if not errors:
                return bool(self.modules)
            blamed = {
                name
                for _, error in errors
                for file, at, _ in error.places
                if file == FILE
                for start, end, name in places
                if start <= at < end
            }
            if not blamed:
                return False
            self.modules = {name: id for name, id in self.modules.items() if name not in blamed}
            if not self.modules:
                return False
        return False

    def _passing(self) -> set[str]:
        programs = [
            program for program in self.behaviour.built.programs if program.target == f"--test {NAME}"
        ]
        if not programs:
            return set()
        runs = [Run(programs[0], (f"{name}::run",), seed=ALONE, limit=LIMIT) for name in self.modules]
        results = self.behaviour.runs.run(runs)
        return {id for id, result in zip(self.modules.values(), results, strict=True) if result.ended == "ok"}
