"""Writes the columns of a home whose index is whole, from its catalogue and its vector stores."""

from collections.abc import Iterator, Mapping

import numpy as np

from magpie.catalog import Catalog
from magpie.catalog_columns import CatalogColumns
from magpie.errors import IndexMismatchError
from magpie.progress import Tick
from magpie.settings import Settings
from retrieval.columns import folder
from retrieval.columns.folder import FORMAT, HomeRecord, Record, Writer
from retrieval.columns.roster import Numbers
from retrieval.columns.words import occurrences
from retrieval.manifest import IndexRecord, Manifest
from retrieval.ports import IndexKind, VectorStore

_BATCH = 10_000  # vectors in memory at a time
_STAGE = "write columns"
_LARGEST = np.iinfo(np.int64).max


def build(
    settings: Settings,
    catalog: Catalog,
    manifest: Manifest,
    stores: Mapping[IndexKind, VectorStore],
    *,
    tick: Tick,
) -> None:
    """Write the columns, unless they are there; nothing happens where the catalogue's changes go unrecorded.

    Ticks count tokens.
    """
    version = catalog.version()
    known = folder.read(settings, manifest, version)
    if version is None or (known and folder.arrays(settings, known) is not None):
        return
    folder.clear(settings)
    writer = Writer(settings)
    columns = catalog.columns
    with columns.unchanging() as at_once:
        tokens = columns.tokens()
        total = len(tokens.ids)
        number_of = np.full(int(tokens.rows.max(initial=-1)) + 1, -1, np.int32)
        number_of[tokens.rows] = np.arange(total, dtype=np.int32)
        tick(_STAGE, 0, total)
        _put_traits(writer, columns, number_of, total)
        _put_words(writer, columns, number_of, total)
    ids = list(map(int, tokens.ids))
    writer.put("ids", np.array([min(one, int(_LARGEST)) for one in ids], np.int64))
    refs = [f"{home.chain}/erc721:{home.contract}/" for home in tokens.homes for _ in range(home.tokens)]
    names = [prefix + token_id for prefix, token_id in zip(refs, tokens.ids, strict=True)]
    for done, (kind, store) in enumerate(stores.items()):
        for share in _put_vectors(writer, kind, store, names, getattr(manifest, kind)):
            tick(_STAGE, int(total * (done + share) / len(stores)), total)
    tick(_STAGE, total, total)
    writer.finish(
        Record(
            format=FORMAT,
            folder=writer.name,
            catalog=at_once or version,
            manifest=manifest,
            homes=tuple(HomeRecord(**home._asdict()) for home in tokens.homes),
            large={at: str(one) for at, one in enumerate(ids) if one >= _LARGEST},
            shapes=writer.shapes,
        )
    )


def _put_traits(writer: Writer, columns: CatalogColumns, number_of: Numbers, total: int) -> None:
    parts = [(part[:, 0].astype(np.int32), number_of[part[:, 1]]) for part in columns.traits()]
    values = np.concatenate([part[0] for part in parts]) if parts else np.zeros(0, np.int32)
    held = np.concatenate([part[1] for part in parts]) if parts else np.zeros(0, np.int32)
    last = int(values.max(initial=-1))
    writer.put("trait-starts", np.searchsorted(values, np.arange(last + 2)))
    writer.put("trait-tokens", held)
    ranks = np.zeros((2, total), np.int32)
    for part in columns.ranks():
        ranks[:, number_of[part[:, 0]]] = part[:, 1:].T
    writer.put("ranks", ranks)


def _put_words(writer: Writer, columns: CatalogColumns, number_of: Numbers, total: int) -> None:
    letters: list[bytes] = []
    starts, tokens, times = [np.zeros(1, np.int64)], [], []
    lengths = np.zeros(total, np.int64)
    for part in columns.postings():
        letters += [word.encode() for word in part.words]
        numbers = number_of[part.rows]
        lengths += np.bincount(numbers, minlength=total)
        own, held, often = occurrences(part.counts, numbers)
        starts.append(starts[-1][-1] + own[1:])
        tokens.append(held)
        times.append(often.astype(np.int32))
    writer.put("word-letters", np.frombuffer(b"".join(letters), np.uint8))
    writer.put("word-ends", np.cumsum([0, *map(len, letters)]))
    writer.put("word-starts", np.concatenate(starts))
    writer.put("word-tokens", np.concatenate(tokens) if tokens else np.zeros(0, np.int32))
    writer.put("word-times", np.concatenate(times) if times else np.zeros(0, np.int32))
    writer.put("lengths", lengths)


def _put_vectors(
    writer: Writer, kind: IndexKind, store: VectorStore, names: list[str], built: IndexRecord
) -> Iterator[float]:
    """Keep all vectors of ``store`` by the number of their token; yields the share of tokens done."""
    numbers: list[int] = []
    shape = (built.rows, built.dim)
    matrix = writer.empty(f"{kind}-vectors", shape, np.float32) if built.rows else None
    for start in range(0, len(names), _BATCH):
        some = names[start : start + _BATCH]
        held = store.vectors(some)
        if len(numbers) + len(held) > built.rows:
            break
        if held and matrix is not None:
            matrix[len(numbers) : len(numbers) + len(held)] = np.stack(list(held.values()))
        numbers += [start + at for at, name in enumerate(some) if name in held]
        yield start / len(names)
    if len(numbers) != built.rows:
        raise IndexMismatchError(f"the {kind} index changed while it was read: run `magpie index` again")
    if matrix is None:
        writer.put(f"{kind}-vectors", np.zeros(shape, np.float32))
    else:
        matrix.flush()
    writer.put(f"{kind}-tokens", np.array(numbers, np.int32))
