"""Who owns a token, asked of a node at one pinned block, and answered with a receipt."""
