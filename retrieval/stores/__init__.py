"""One vector store a module. Chosen by `retrieval.backends` only."""
