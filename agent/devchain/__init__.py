"""A local development chain with real contracts, for demos and tests; never mistaken for mainnet."""
