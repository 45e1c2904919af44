"""Two small problems with references and tests, for the exam of problem sets."""

from __future__ import annotations

from ferrule.evaluation.problems.problem import Problem

TESTS = """use super::*;
#[test]
fn one() { assert_eq!(larger(2, 3), 4); }

/// Zero is not special.
#[test]
fn two() { assert_eq!(larger(0, 0), 1); }
"""
LARGER = Problem(
    "math/larger",
    "fn larger(a: u32, b: u32) -> u32 {",
    "larger",
    TESTS,
    " if a > b { a + 1 } else { b + 1 }\n}\n",
)
IMPL = Problem(
    "traits/down",
    "struct Down(u32);\nimpl Iterator for Down {",
    "impl Iterator for Down",
    "use super::*;\n#[test]\nfn ends() { assert_eq!(Down(0).next(), None); }\n",
    " type Item = u32;\n fn next(&mut self) -> Option<u32> { step(&mut self.0) }\n}\n"
    "fn step(n: &mut u32) -> Option<u32> { *n = n.checked_sub(1)?; Some(*n) }\n",
    kind="impl",
)
