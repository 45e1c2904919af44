"""Two models on the same problems."""
