//! Nothing of its own: what it depends on is what is built.
