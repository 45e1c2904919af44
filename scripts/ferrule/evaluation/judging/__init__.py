"""Compiling answers in batches and running each by itself."""
