"""Rewrites: idiomatic Rust written out the long way, one entry per idiom."""
