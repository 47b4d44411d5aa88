"""Dataset to indices, query to hits: encoders, Chroma, phrases, fusion and search."""
