"""Whether the index is whole, and how much of what is nearest its approximate search finds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from magpie.catalog import Catalog
from magpie.domain import Token, TokenRef
from magpie.errors import InputError
from magpie.layout import picture_file
from magpie.progress import Tick
from magpie.settings import Settings
from retrieval import backends, contents, manifest
from retrieval.columns.opened import Columns
from retrieval.gallery import SCAN
from retrieval.manifest import Expected, IndexRecord
from retrieval.pictures import open_picture
from retrieval.ports import DimensionError, Entry, ImageEncoder, IndexKind, TextEncoder, Vectors, VectorStore
from retrieval.recall import found_shares

QUERIES = 200
LEAST = 0.99  # recall@10 below this is a problem
NOISE = 0.1  # its length beside a vector's own 1
_MEND, _ANEW = "magpie index", "magpie index --rebuild"


class Recall(NamedTuple):
    """Mean shares of the nearest 1 and 10 that search finds.

    ``of`` says what was asked: "vectors", tokens' own with noise upon them, or "words", two traits of a token
    encoded as a question is.
    """

    of: str
    queries: int
    at_1: float
    at_10: float


class Problem(NamedTuple):
    """What is wrong, and the command that mends it."""

    what: str
    fix: str


@dataclass(frozen=True)
class IndexCheck:
    """One index beside the catalogue; tokens are CAIP-19, in order.

    ``missing`` have content and no row, ``outdated`` a row of older content, ``surplus`` a row and no
    content. ``unreadable`` have no row because their picture cannot be read.
    """

    encoder: str
    rows: int
    missing: tuple[str, ...]
    outdated: tuple[str, ...]
    surplus: tuple[str, ...]
    unreadable: tuple[str, ...]
    recall: tuple[Recall, ...]


@dataclass(frozen=True)
class Soundness:
    """Sound if there are no ``problems``.

    ``scans`` says that a search compares every vector, so that what the store's own search misses is found.
    """

    image: IndexCheck
    caption: IndexCheck
    scans: bool
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Index:
    """One index as it is, and what it should be. ``asked`` are words as vectors."""

    kind: IndexKind
    store: VectorStore
    record: IndexRecord
    wanted: Mapping[str, contents.Content]
    asked: Vectors


def check(settings: Settings, *, tick: Tick, queries: int = QUERIES, seed: int = 0) -> Soundness:
    """Compare both indices with the catalogue, and ask each ``queries`` of every sort of `Recall`.

    Equal seeds ask the same. Ticks count rows. Raises `InputError` if nothing is ingested,
    `IndexMismatchError` if the index is absent, unfinished or of other encoders.
    """
    if queries < 1:
        raise InputError(f"{queries} queries measure nothing; ask at least 1")
    image, caption = backends.image_encoder(settings), backends.text_encoder(settings)
    with Catalog(settings.catalog_path) as catalog:
        kept = manifest.read(settings)
        expected = Expected(kept.dataset if kept else "", image.id, caption.id)
        built = manifest.require_match(settings, expected)
        stale = built.dataset != catalog.dataset_hash()
        columns = Columns.open(settings, catalog)
        scans = columns is not None and all(len(held) <= SCAN for held in columns.matrices.values())
        pictures, captions = _wanted(catalog)
        rng = np.random.default_rng(seed)
        words = _questions(catalog, sorted(pictures.keys() | captions.keys()), queries, rng)
    looks = _Index("image", _open(settings, image, "image"), built.image, pictures, image.encode_texts(words))
    meanings = _Index(
        "caption",
        _open(settings, caption, "caption"),
        built.caption,
        captions,
        caption.encode(words, kind="query"),
    )
    checks, problems = [], []
    if stale:
        problems.append(Problem("the dataset has changed since it was indexed", _MEND))
    for index in (looks, meanings):
        checks.append(_check(index, settings, queries, rng, tick))
        problems += _problems(index, checks[-1], scans)
    return Soundness(checks[0], checks[1], scans, tuple(problems))


def _open(settings: Settings, encoder: ImageEncoder | TextEncoder, kind: IndexKind) -> VectorStore:
    return backends.open_store(settings, kind, encoder)


def _wanted(catalog: Catalog) -> tuple[dict[str, contents.Content], dict[str, contents.Content]]:
    """What the image and the caption index should hold, by CAIP-19."""
    pictures: dict[str, contents.Content] = {}
    captions: dict[str, contents.Content] = {}
    for token in catalog.iter_tokens():
        for held, content in ((pictures, contents.picture(token)), (captions, contents.caption(token))):
            if content:
                held[content.entry.id] = content
    return pictures, captions


def _questions(catalog: Catalog, ids: Sequence[str], queries: int, rng: np.random.Generator) -> list[str]:
    chosen = [TokenRef.parse(ids[at]) for at in _sample(len(ids), queries, rng)]
    return [_question(token, rng) for token in catalog.tokens(chosen).values()]


def _question(token: Token, rng: np.random.Generator) -> str:
    """At most two of its traits in plain words; its name, if it has none."""
    some = [token.traits[at] for at in _sample(len(token.traits), 2, rng)]
    return " and ".join(f"{trait.value} {trait.type}".strip() for trait in some) or token.name


def _sample(count: int, most: int, rng: np.random.Generator) -> list[int]:
    """At most ``most`` of the numbers below ``count``, each once."""
    return [int(at) for at in rng.choice(count, size=min(most, count), replace=False)] if count else []


def _check(
    index: _Index, settings: Settings, queries: int, rng: np.random.Generator, tick: Tick
) -> IndexCheck:
    held = {entry.id: entry for entry in index.store.entries()}
    absent = sorted(index.wanted.keys() - held.keys())
    unreadable = [row for row in absent if index.kind == "image" and not _opens(settings, index.wanted[row])]
    return IndexCheck(
        encoder=index.record.encoder,
        rows=len(held),
        missing=tuple(sorted(set(absent) - set(unreadable))),
        outdated=tuple(sorted(_outdated(index, held))),
        surplus=tuple(sorted(held.keys() - index.wanted.keys())),
        unreadable=tuple(unreadable),
        recall=tuple(_recall(index, sorted(held), queries, rng, tick)),
    )


def _outdated(index: _Index, held: Mapping[str, Entry]) -> Iterator[str]:
    return (row for row in held if row in index.wanted and held[row] != index.wanted[row].entry)


def _opens(settings: Settings, content: contents.Content) -> bool:
    file = picture_file(settings.dataset_dir, content.source)
    try:
        return file is not None and bool(open_picture(file))
    except (OSError, ValueError):
        return False


def _recall(
    index: _Index, ids: Sequence[str], queries: int, rng: np.random.Generator, tick: Tick
) -> Iterator[Recall]:
    if not ids:
        return
    chosen = index.store.vectors([ids[at] for at in _sample(len(ids), queries, rng)])
    own = np.array(list(chosen.values()), np.float32)
    if own.shape[-1] != index.asked.shape[-1]:
        raise DimensionError(index.asked.shape, f"vectors of {own.shape[-1]} dimensions")
    noise = rng.normal(size=own.shape) * NOISE / np.sqrt(own.shape[-1])
    sorts = {"vectors": _unit((own + noise).astype(np.float32)), "words": _unit(index.asked)}
    shares = found_shares(
        index.store, ids, np.concatenate(list(sorts.values())), stage=f"check {index.kind}s", tick=tick
    )
    ends = np.cumsum([len(asked) for asked in sorts.values()])
    for (of, asked), part in zip(sorts.items(), np.split(shares, ends[:-1]), strict=True):
        if len(asked):
            at_1, at_10 = part.mean(axis=0).tolist()
            yield Recall(of, len(asked), at_1, at_10)


def _unit(vectors: Vectors) -> Vectors:
    """Unit rows; those that say nothing are left out."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    kept: Vectors = (vectors / np.where(norms > 0, norms, 1)).astype(np.float32)[norms[:, 0] > 0]
    return kept


def _problems(index: _Index, found: IndexCheck, scans: bool) -> Iterator[Problem]:
    name = f"the {index.kind} index"
    for tokens, what in (
        (found.missing, "lacks {count} of the tokens, such as {first}"),
        (found.outdated, "holds {count} rows of older content, such as {first}"),
        (found.surplus, "holds {count} rows of what is not ingested, such as {first}"),
    ):
        if tokens:
            yield Problem(f"{name} {what.format(count=f'{len(tokens):,}', first=tokens[0])}", _MEND)
    if found.rows != index.record.rows:
        yield Problem(f"{name} holds {found.rows:,} rows, and its manifest says {index.record.rows:,}", _MEND)
    for recall in found.recall:
        if recall.at_10 < LEAST and not scans:
            yield Problem(
                f"search finds {recall.at_10:.4f} of the 10 nearest in {name} (asked by {recall.of}), "
                f"less than {LEAST}; searches with a condition or a collection are exact",
                _MEND if found.rows <= SCAN else _ANEW,
            )
