"""From the text that a model wrote to the code that is judged."""
