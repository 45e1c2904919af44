"""Mutations: how people break Rust functions, one operator per mistake."""
