"""What a crate may be called, and how a version is written."""

import re

# Cargo's rule for a package name. A first letter keeps it from looking like an option or a path.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")

# An exact version, as semver.org gives it: no `^1`, no `1.2`, no leading zeros.
NUMBER = r"(?:0|[1-9][0-9]*)"
LABEL = rf"(?:{NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
VERSION = re.compile(
    rf"{NUMBER}\.{NUMBER}\.{NUMBER}(?:-{LABEL}(?:\.{LABEL})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
