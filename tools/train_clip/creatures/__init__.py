"""Invented picture collections: a creature each, drawn layer by layer, every layer a trait with words."""
