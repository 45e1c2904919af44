"""A client for OpenAI-compatible servers: requests, retries, several requests at once."""
