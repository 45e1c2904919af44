"""Rewrites of Option and Result."""
