"""Asking rustc about a crate's functions, and running the crate's own tests."""
