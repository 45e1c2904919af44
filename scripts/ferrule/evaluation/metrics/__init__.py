"""Metrics of one model on one problem set, with intervals."""
