"""Tuning: rows chosen, tokenised and packed, an adapter trained on them, and merged."""
