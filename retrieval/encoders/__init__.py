"""One encoder library a module. Chosen by `retrieval.backends` only."""
