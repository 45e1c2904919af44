"""What a person or a monitoring system reads about a run: the page, its charts, the metrics."""
