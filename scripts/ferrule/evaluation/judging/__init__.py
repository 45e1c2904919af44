"""Compiling answers in batches and running each of them separately."""
