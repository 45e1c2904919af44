"""Comparison of models on the same problems, and rankings."""
