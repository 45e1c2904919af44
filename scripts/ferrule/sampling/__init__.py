"""Generating samples with models: the requests, the engines, the journal."""
