"""The core: the product's nouns, errors, settings, catalogue and model catalogue. No heavy library."""
