"""What the Snakefile needs: configuration, runs, the display."""
