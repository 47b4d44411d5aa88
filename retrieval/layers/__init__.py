"""Layers: which pixels show a trait and what they show, recovered from flat pictures or known exactly."""

from retrieval.layers.book import Layer, LayerBook, load

__all__ = ["Layer", "LayerBook", "load"]
