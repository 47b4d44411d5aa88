"""One module a command. Each parses, calls one function of another package, and prints."""
