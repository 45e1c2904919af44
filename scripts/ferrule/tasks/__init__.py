"""From chunks to sample rows, one module per kind of task."""
