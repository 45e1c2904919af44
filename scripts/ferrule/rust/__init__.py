"""Reading Rust text: syntax trees, tokens, items, `use` declarations, documentation."""
