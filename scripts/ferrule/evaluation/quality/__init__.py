"""The quality of answers: clippy, idioms, documentation, shape."""
