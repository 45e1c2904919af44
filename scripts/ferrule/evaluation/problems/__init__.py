"""Problem sets: one type for every format."""
