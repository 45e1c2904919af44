"""Rewrites between iterator chains and loops."""
