"""The exam of a problem set: what it must show before a model is measured with it."""
