"""Transformations of functions: mutations that break them, and rewrites that keep their behaviour."""
