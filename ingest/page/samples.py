"""The tokens of a collection that a page shows: drawn by a seed, the same ones at every run."""

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from pydantic import Field

from ingest.page.distribution import Extent
from ingest.page.pictures import thumbnail
from ingest.page.wording import visible
from magpie import layout
from magpie.catalog import Catalog
from magpie.domain import Model, Token
from magpie.query import Filter

_DRAWN_FOR_ONE = 4  # some have no picture
_ALT_TRAITS = 6
_CAPTIONS = 4
_MAX_CAPTIONS = 64 * 1024


class Sample(Model):
    """One token with its picture as a ``data:`` URI (left out of JSON), "" if it has none that can be shown.

    ``captions``: the template's or the published one, then its paraphrases.
    """

    token_id: str
    name: str
    alt: str
    picture: str = Field(exclude=True, repr=False)
    captions: tuple[str, ...]


class Samples(Model):
    """Tokens that show a picture, and tokens that show their captions; by id."""

    pictured: tuple[Sample, ...] = ()
    captioned: tuple[Sample, ...] = ()


def choose(catalog: Catalog, dataset: Path, collection: str, *, seed: int, extent: Extent) -> Samples:
    """As many samples as ``extent`` says, or fewer where the collection has no more."""
    refs = catalog.select(Filter(collections=(collection,)))
    wanted = max(extent.samples, extent.examples)
    drawn = random.Random(f"{seed} {collection}").sample(refs, min(len(refs), _DRAWN_FOR_ONE * wanted))
    tokens = list(catalog.tokens(drawn).values())
    pictured = list(islice(_pictured(tokens, dataset), extent.samples))
    seen = {sample.token_id for sample in pictured}
    others = (_sample(token, dataset, "") for token in tokens if str(token.ref.token_id) not in seen)
    captioned = islice((s for group in (pictured, others) for s in group if s.captions), extent.examples)
    return Samples(pictured=_by_id(pictured), captioned=_by_id(list(captioned)))


def _pictured(tokens: Sequence[Token], dataset: Path) -> Iterator[Sample]:
    for token in tokens:
        path = layout.picture_file(dataset, token.image)
        if path and (picture := thumbnail(path)):
            yield _sample(token, dataset, picture)


def _sample(token: Token, dataset: Path, picture: str) -> Sample:
    traits = (f"{trait.type} {trait.value}".strip() for trait in token.traits[:_ALT_TRAITS])
    return Sample(
        token_id=str(token.ref.token_id),
        name=visible(token.name, 80),
        alt=visible(", ".join([token.name, *traits]), 300),
        picture=picture,
        captions=_captions(
            dataset / layout.relative_path(token.collection, layout.CAPTIONS, token.ref.token_id)
        ),
    )


def _captions(path: Path) -> tuple[str, ...]:
    try:
        with path.open("rb") as file:
            published = file.read(_MAX_CAPTIONS).decode("utf-8", "replace")
    except OSError:
        return ()
    shown = (visible(line, 600) for line in published.splitlines())
    return tuple(islice((line for line in shown if line), _CAPTIONS))


def _by_id(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    return tuple(sorted(samples, key=lambda sample: int(sample.token_id)))
