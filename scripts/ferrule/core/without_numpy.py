"""For scripts that have no use for numpy: import this before pyarrow, and each start takes 0.1 s of CPU less.

    import ferrule.core.without_numpy  # noqa: F401

pyarrow imports numpy where it finds it, only to convert arrays from and to it, and does without where it finds none.
In such a process pyarrow knows no numpy arrays, so this is for programs of our own and never for a module that others
import. pyproject.toml has ruff sort it before the packages of others; tests/unit/test_without_numpy.py names the scripts.
"""

import sys

if "numpy" not in sys.modules and "pyarrow" not in sys.modules:
    sys.modules["numpy"] = None  # type: ignore[assignment]  # as Python spells "cannot be imported"
    import pyarrow  # noqa: F401

    del sys.modules["numpy"]
