"""Fitting the image encoder to the home's own collections, and keeping the result only if it finds more."""
