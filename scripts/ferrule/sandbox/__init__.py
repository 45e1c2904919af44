"""Running foreign code: no network, no home, limits on everything."""
