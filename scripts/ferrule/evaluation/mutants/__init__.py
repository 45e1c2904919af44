"""Semantic mutants of a problem's reference: wrong programs that compile."""
