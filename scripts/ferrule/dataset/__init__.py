"""Curating rows: duplicates, benchmarks, secrets, quotas, the split."""
