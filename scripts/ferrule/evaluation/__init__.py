"""Measuring models: problems, answers, judging, metrics, comparison."""
