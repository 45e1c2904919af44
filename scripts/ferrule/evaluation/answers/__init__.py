"""From what a model wrote to the code that is judged."""
