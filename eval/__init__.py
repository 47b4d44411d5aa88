"""Measured claims: retrieval protocol, metrics with intervals, TREC files."""
