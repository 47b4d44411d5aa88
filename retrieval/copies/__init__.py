"""Is this picture a copy of a known token: candidates by sketch, laid over one another, explained by an alteration."""
