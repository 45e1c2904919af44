"""Fine-tuning: choosing rows, tokenising and packing them, training an adapter, merging it."""
