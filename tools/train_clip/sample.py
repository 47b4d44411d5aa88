"""The collections that Magpie brings itself: the tokens that are for training, as its dataset shows them."""

import io
from collections.abc import Iterator
from functools import partial

import numpy as np
from PIL import Image

from ingest import svg
from ingest.captions import template_caption
from ingest.ports import RawToken, Source
from ingest.sources.sample import sample_sources
from ingest.traits import parse
from magpie.splits import split_of
from retrieval.training.pixels import fit
from tools.train_clip.pack import SIZE, Pack, Pixels, make
from tools.train_clip.packages import Packages, Plan

_DRAWN = 2 * SIZE  # vectors are drawn so wide and shrunk, as the dataset's pictures are


def packs(_packages: Packages) -> Iterator[Plan]:
    """A pack a collection."""
    for source in sample_sources(full=True):
        yield Plan(source.collection.name, partial(_pack, source))


def _pack(source: Source) -> Pack:
    """The words are the published ones: traits in their order, and the template caption of them."""
    collection = source.collection
    kept = [raw for raw in source.items() if split_of(collection.ref(raw.token_id)) == "train"]
    traits = [parse(raw.metadata).traits for raw in kept]
    return make(
        collection.name,
        collection.subject,
        [[(trait.type, trait.value) for trait in held] for held in traits],
        np.stack([_picture(raw) for raw in kept]),
        captions=[template_caption(collection.subject, held) for held in traits],
        licence=collection.licence,
    )


def _picture(raw: RawToken) -> Pixels:
    assert raw.read_image is not None  # noqa: S101 (a tool, not the product)
    source = raw.read_image()
    if not source.startswith(b"\x89PNG"):
        source = svg.render(source, _DRAWN)
    with Image.open(io.BytesIO(source)) as image:
        return np.asarray(fit(image, SIZE))
