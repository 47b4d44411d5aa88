"""One size of the search benchmark, measured in the process that runs this: see `bench.search`."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, TypeVar

import numpy as np

from bench.search_home import KINDS, Source, sources
from bench.search_questions import CONDITIONS, REPEATS, SHARES, Asked, K, brute, questions, recall
from bench.search_rivals import PlainChroma, ensemble
from magpie.catalog import Catalog
from magpie.domain import TokenRef
from magpie.errors import InputError
from magpie.progress import unseen
from magpie.query import Filter, Query
from magpie.settings import Settings
from retrieval import backends
from retrieval import gallery as gallery_module
from retrieval.gallery import Gallery
from retrieval.ports import IndexKind, Vectors
from retrieval.question import listed
from retrieval.search import Searcher, open_searcher
from retrieval.stores.memory import MemoryStore

T = TypeVar("T")


class Timed:
    """Wall and CPU milliseconds of calls."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def __call__(self, call: Callable[[], T]) -> T:
        start, cpu = perf_counter(), process_time()
        found = call()
        self.wall.append((perf_counter() - start) * 1000)
        self.cpu.append((process_time() - cpu) * 1000)
        return found

    def figures(self) -> dict[str, float]:
        p50, p95 = np.percentile(self.wall, [50, 95])
        return {"p50": float(p50), "p95": float(p95), "cpu": float(np.mean(self.cpu))}


def measure(settings: Settings, source: Settings, tokens: int, graph: bool, rivals: bool) -> dict[str, Any]:
    """All figures of one home. Without a ``graph``, all search is exact."""
    around = sources(source)
    start = perf_counter()
    searcher = open_searcher(settings)
    if not graph:
        _scan_only(searcher)
    opened = perf_counter()
    searcher.search(Query(text="a zombie with a blue beanie"))
    first = {"open": opened - start, "search": perf_counter() - opened}
    with searcher:
        asked = questions(searcher, tokens)
        plain = PlainChroma(settings.home / "plain") if rivals else None
        if plain:
            plain.fill(around, tokens, unseen)
        found: dict[str, Any] = {
            "first": first,
            "filtered": _filtered(searcher, settings, around, tokens, asked, plain),
            "words": _words(searcher, asked),
            "plain": _unfiltered(searcher, asked),
            "picture": _pictures(searcher, source, asked),
            "memory": _memory(),
            "graph": _graph(settings, around, tokens, asked) if graph else {},
        }
        if rivals and tokens <= 10_000:
            found["ensemble"] = _ensemble(searcher, settings, around, tokens, asked)
    return found | {"load": os.getloadavg()[0], "cores": len(os.sched_getaffinity(0))}


def _scan_only(searcher: Searcher) -> None:
    """Let the two galleries be those of the columns alone."""
    columns = searcher.columns
    if columns is None:
        raise InputError("the home has no columns: delete it, and let this benchmark make it again")
    gallery_module.SCAN = sys.maxsize
    searcher.pictures, searcher.captions = (Gallery(MemoryStore(), columns.matrices[kind]) for kind in KINDS)


def _filtered(
    searcher: Searcher,
    settings: Settings,
    around: Sequence[Source],
    tokens: int,
    asked: Sequence[Asked],
    plain: PlainChroma | None,
) -> dict[str, Any]:
    allowed = {one.filter: searcher.catalog.select(one.filter) for one in asked if one.share < 1}
    queries = _queries(settings, asked)
    truth = {kind: brute(around, tokens, kind, asked, queries[kind], allowed) for kind in KINDS}
    found: dict[str, Any] = {}
    for share in SHARES:
        fused, image, where = Timed(), Timed(), Timed()
        recalls: dict[str, list[float]] = {name: [] for name in ("image", "caption", "bm25", "where")}
        for at, one in enumerate(asked):
            if one.share != share:
                continue
            query = Query(text=one.words, filter=one.filter, understand=False)
            fused(lambda q=query: searcher.search(q))
            ranked = searcher.rankings(query)
            for kind in KINDS:
                recalls[kind].append(recall(ranked.get(kind, []), truth[kind][at]))
            words = searcher.catalog.bm25(one.words, K, one.filter)
            recalls["bm25"].append(float(ranked.get("bm25", []) == words))
            look = queries["image"][at]
            image(lambda q=one.filter, v=look: _by_looks(searcher, v, q))
            if plain:
                refs = where(lambda q=one.filter, v=look: plain.nearest(v, q, K))
                recalls["where"].append(recall([(ref, 0.0) for ref in refs], truth["image"][at]))
        held = [len(allowed[one.filter]) for one in asked if one.share == share and share < 1]
        found[str(share)] = fused.figures() | {
            "searches": len(fused.wall),
            "allowed": float(np.mean(held)) / tokens if held else 1.0,
            **{kind: float(np.mean(recalls[kind])) for kind in ("image", "caption", "bm25")},
            "image_ms": image.figures()["p50"],
        }
        if plain:
            p50 = where.figures()["p50"]
            found[str(share)]["where"] = {
                "ms": p50,
                "recall": float(np.mean(recalls["where"])),
                "times": p50 / image.figures()["p50"],
            }
    return found


def _by_looks(searcher: Searcher, look: Vectors, asked: Filter) -> list[tuple[TokenRef, float]]:
    """Conditions and image vectors alone, which is what ``where`` is asked for."""
    if asked.is_empty:
        return searcher.pictures.nearest(look, K)
    return searcher.pictures.exact(look, searcher.select(asked), K)


def _queries(settings: Settings, asked: Sequence[Asked]) -> dict[IndexKind, Vectors]:
    image, caption = backends.image_encoder(settings), backends.text_encoder(settings)
    words = [one.words for one in asked]
    return {
        "image": np.concatenate([image.encode_texts([listed(said)]) for said in words]),
        "caption": np.concatenate([caption.encode([said], kind="query") for said in words]),
    }


def _words(searcher: Searcher, asked: Sequence[Asked]) -> dict[str, Any]:
    timed = Timed()
    for one in asked:
        timed(lambda said=one.words: searcher.search(Query(text=said)))
    return timed.figures() | {"what": "words alone, read as conditions where they name traits"}


def _unfiltered(searcher: Searcher, asked: Sequence[Asked]) -> dict[str, Any]:
    timed = Timed()
    for one in asked[: CONDITIONS * REPEATS]:
        timed(lambda said=one.words: searcher.search(Query(text=said, understand=False)))
    return timed.figures() | {"what": "words alone, not read as conditions, among all tokens"}


def _pictures(searcher: Searcher, source: Settings, asked: Sequence[Asked]) -> dict[str, Any]:
    files = sorted(source.dataset_dir.rglob("*.png"))
    timed = Timed()
    for at, one in enumerate([one for one in asked if one.share == 0.01][:3]):
        picture = files[at * 97 % len(files)]
        query = Query(text=one.words, image=picture, filter=one.filter, understand=False)
        timed(lambda q=query: searcher.search(q))
    return timed.figures() | {"what": "words and a picture, in all its views, under filters of 1%"}


def _memory() -> dict[str, float]:
    """MiB resident: of this process's own, and of files that it has mapped."""
    lines = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line
    )
    return {
        "anonymous": int(lines["RssAnon"].split()[0]) / 1024,
        "mapped": int(lines["RssFile"].split()[0]) / 1024,
    }


def _graph(
    settings: Settings, around: Sequence[Source], tokens: int, asked: Sequence[Asked]
) -> dict[str, Any]:
    """The store's own approximate search, by words, among all."""
    unfiltered = [one for one in asked if one.share == 1]
    queries = _queries(settings, unfiltered)
    encoders = {"image": backends.image_encoder(settings), "caption": backends.text_encoder(settings)}
    found = {}
    for kind in KINDS:
        store, timed, recalls = backends.open_store(settings, kind, encoders[kind]), Timed(), []
        truth = brute(around, tokens, kind, unfiltered, queries[kind], {})
        store.search(queries[kind][0], K)
        for at, query in enumerate(queries[kind]):
            rows = timed(lambda s=store, q=query: s.search(q, K))
            recalls.append(recall([(TokenRef.parse(row), score) for row, score in rows], truth[at]))
        found[kind] = {"recall": float(np.mean(recalls)), "ms": timed.figures()["p50"]}
    return found


def _ensemble(
    searcher: Searcher, settings: Settings, around: Sequence[Source], tokens: int, asked: Sequence[Asked]
) -> dict[str, Any] | str:
    """Ours and LangChain's, by words alone: time, and how many of the first ten have all the asked traits."""
    encoder = backends.text_encoder(settings)
    try:
        ask = ensemble(
            settings.home / "plain", around, tokens, lambda texts: encoder.encode(texts, kind="query"), K
        )
    except ImportError as error:
        return f"not measured, {error.name} is not installed"
    ours, theirs = Timed(), Timed()
    right: dict[str, list[float]] = {"ours": [], "unread": [], "theirs": []}
    for one in asked:
        found = ours(lambda q=one.words: searcher.search(Query(text=q)))
        unread = searcher.search(Query(text=one.words, understand=False))
        rivals = theirs(lambda q=one.words: ask(q))
        for name, refs in (
            ("ours", [hit.ref for hit in found.hits or found.closest]),
            ("unread", [hit.ref for hit in unread.hits]),
            ("theirs", rivals),
        ):
            right[name].append(_shown(searcher.catalog, refs, one.words))
    ms = {name: timed.figures()["p50"] for name, timed in (("ours", ours), ("theirs", theirs))}
    return {
        "ms": ms,
        "times": ms["theirs"] / ms["ours"],
        "words shown by the first ten": {name: float(np.mean(each)) for name, each in right.items()},
    }


def _shown(catalog: Catalog, refs: Sequence[TokenRef], words: str) -> float:
    """Which share of the asked words the traits of the found tokens have, on average."""
    wanted = set(words.lower().split())
    tokens = catalog.tokens(refs).values()
    each = [
        len(wanted & set(" ".join(trait.value for trait in token.traits).lower().split())) / len(wanted)
        for token in tokens
    ]
    return float(np.mean(each)) if each else 0.0
