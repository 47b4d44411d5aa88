"""Reading contracts through a node: one pinned block, everything that comes back bounded and checked."""
