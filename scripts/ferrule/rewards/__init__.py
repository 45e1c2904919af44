"""Rewards for trainers: a grader with warm builds behind it, and thin clients for TRL, verl, verifiers and NeMo Gym."""
