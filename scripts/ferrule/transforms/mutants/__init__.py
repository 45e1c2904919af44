"""Semantic mutants of code: wrong programs that compile."""
