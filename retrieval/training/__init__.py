"""Training our own small CLIP on what is ingested: corpus -> batches -> towers -> trainer -> weights."""
