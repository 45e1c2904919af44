"""Samples of models: the requests, the engines, the journal."""
