"""The configuration: its models, what is wrong with one, and the files that are made of the models."""

from ferrule.workflow.configuration.checking import check

__all__ = ["check"]
