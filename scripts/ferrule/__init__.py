"""What the scripts share: fetching safely, judging, making tasks. Knows nothing of Snakemake."""
