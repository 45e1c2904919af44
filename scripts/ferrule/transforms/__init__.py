"""Altering functions: mutations that break them, rewrites that keep what they do."""
