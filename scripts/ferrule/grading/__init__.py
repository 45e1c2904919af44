"""Answers graded inside their own crate: tasks with proof, and the tests of the crate as judge."""
