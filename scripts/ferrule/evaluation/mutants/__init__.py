"""Semantic mutants of a problem's reference: they compile, and are wrong."""
