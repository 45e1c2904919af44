"""The exam of a problem set: checks that it must pass before a model is measured with it."""
