"""Questions and answers about git repositories: from a list of repositories to conversations and exports."""
