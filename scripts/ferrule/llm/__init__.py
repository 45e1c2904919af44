"""Asking servers with an OpenAI-compatible address: requests, retries, several at once."""
