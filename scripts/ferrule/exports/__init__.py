"""Executable tasks in the formats that others load: Harbor folders, SWE-smith's columns, rows for TRL, verl and NeMo Gym."""
