"""Near-duplicates of a collection's tokens in other collections, and equal pictures inside it.

Sketches choose what is laid over one another: whole pictures, however turned, that are alike in colours or in
edges; cut-outs are not looked for. What was found of each token is kept, so a run that was stopped continues.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing

import numpy as np

from magpie.domain import Model, TokenRef
from magpie.progress import Tick
from magpie.settings import Settings
from retrieval.copies.candidates import TURNS, Candidate, Pose, Probe, distances, turned
from retrieval.copies.finder import best
from retrieval.copies.sketches import COLOURS, GRID, VERSION, Floats
from retrieval.copies.verdict import Recogniser, Verdict

_BATCH = 16  # tokens whose findings are written together
_EACH = 2  # tokens of the other collections that are laid under each, by colours and by edges
_ALIKE = 45.0**2  # mean squared levels up to which colours may be those of a copy
_DRAWN_ALIKE = 40.0**2  # the same of edges


class Pair(Model):
    """``token`` of the collection, and what ``verdict`` says of its picture among the other collections."""

    token: TokenRef
    verdict: Verdict


class Duplicates(Model):
    """``across``: near-duplicates in other collections. ``within``: groups of tokens with one picture."""

    across: tuple[Pair, ...]
    within: tuple[tuple[TokenRef, ...], ...]


def duplicates(settings: Settings, recogniser: Recogniser, collection: str, *, tick: Tick) -> Duplicates:
    """Of every token of ``collection`` the nearest duplicate elsewhere, by token. Ticks count tokens."""
    book = recogniser.book
    span = book.spans.get(collection, range(0))
    inside = [[row for row in rows if row in span] for rows in book.twins.values()]
    groups = tuple(tuple(map(book.ref, rows)) for rows in inside if len(rows) > 1)
    path = settings.home / "copies.sqlite"
    stamp = f"{VERSION}:{recogniser.dataset}"
    with closing(sqlite3.connect(path, timeout=30)) as db:
        db.execute("CREATE TABLE IF NOT EXISTS found (ref TEXT PRIMARY KEY, stamp TEXT, verdict TEXT)")
        db.execute("DELETE FROM found WHERE stamp <> ?", (stamp,))
        held = dict(db.execute("SELECT ref, verdict FROM found"))
        due = [row for row in span if book.refs[row] not in held]
        known = {row: held[book.refs[row]] for row in span if book.refs[row] in held}
        found = {row: Verdict.model_validate_json(said) for row, said in known.items()}
        for start in range(0, len(due), _BATCH):
            tick("compare pictures", len(span) - len(due) + start, len(span))
            batch = due[start : start + _BATCH]
            new = {row: _elsewhere(recogniser, row, span) for row in batch}
            with db:
                rows = [(book.refs[row], stamp, verdict.model_dump_json()) for row, verdict in new.items()]
                db.executemany("INSERT OR REPLACE INTO found VALUES (?, ?, ?)", rows)
            found |= new
        tick("compare pictures", len(span), len(span))
    across = [Pair(token=book.ref(row), verdict=found[row]) for row in span if found[row].tokens]
    return Duplicates(across=tuple(across), within=groups)


def _elsewhere(recogniser: Recogniser, row: int, span: range) -> Verdict:
    """What a token's picture is among the other collections."""
    book = recogniser.book
    equal = [other for other in book.twins[book.digests[row]] if other not in span]
    if equal:
        return Verdict(
            tokens=tuple(book.ref(other) for other in equal), disguise="exact", misfit=0.0, score=1.0
        )
    candidates = list(_alike(recogniser, row, span))
    picture = recogniser.opened(row) if candidates else None
    if picture is None:
        return Verdict()
    twins = set(book.twins[book.digests[row]])
    kin = [other for other in span if other not in twins]
    one = best(recogniser.finder.considered(picture, among=candidates, kin=kin))
    if one is None:
        return Verdict()
    said = recogniser.said(picture, one)
    own = frozenset(book.ref(other) for other in span)
    return said.model_copy(update={"tokens": tuple(ref for ref in said.tokens if ref not in own)})


def _alike(recogniser: Recogniser, row: int, span: range) -> Iterator[Candidate]:
    """The nearest sketches of other collections, as far as they are near."""
    book = recogniser.book
    for probes, most in zip(_probes(book.sketches[row]), (_ALIKE, _DRAWN_ALIKE), strict=True):
        apart = book.pooled.least(probes)
        apart[span.start : span.stop] = np.inf
        rows = np.argpartition(apart, min(_EACH * 4, len(apart) - 1))[: _EACH * 4]
        exact = distances(book.sketches[rows], probes)
        exact[np.isinf(apart[rows])] = np.inf
        turn = exact.argmin(axis=1)
        for at in np.argsort(exact.min(axis=1), kind="stable")[:_EACH].tolist():
            if exact[at, turn[at]] <= most:
                yield Candidate(int(rows[at]), probes[int(turn[at])].pose)


def _probes(sketch: np.ndarray) -> Sequence[list[Probe]]:
    """By colours in all turns, and by edges as they are, from a sketch alone."""
    cells: Floats = sketch[:COLOURS].reshape(GRID, GRID, 3).astype(np.float32)
    whole = np.ones(COLOURS, np.float32)
    colours = [Probe(Pose(0, turn), turned(cells, turn).ravel(), whole) for turn in range(TURNS)]
    edges = sketch[COLOURS:].astype(np.float32)
    return colours, [Probe(Pose(0), edges, np.ones_like(edges))]
