"""Derives written out by hand."""
