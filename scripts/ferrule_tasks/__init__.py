"""The taskset of ferrule.rewards.verifiers under a name of one word, which verifiers asks of a plugin: `vf-validate ferrule-tasks`."""

from ferrule.rewards.verifiers import FerruleTaskset

__all__ = ["FerruleTaskset"]
