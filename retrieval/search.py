"""Query to hits: hard conditions first, then four signals fused by rank."""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from magpie.catalog import Catalog
from magpie.domain import TokenRef
from magpie.errors import InputError
from magpie.layout import picture_file
from magpie.query import Filter, Hit, Query, SearchResult, Signal
from magpie.settings import Settings
from retrieval import backends, evidence, manifest, overlay
from retrieval.columns.opened import Columns
from retrieval.columns.roster import held
from retrieval.copies.verdict import Recogniser, Verdict
from retrieval.demands import Demand, checked, combined, demands, near_misses, reason
from retrieval.fusion import WEIGHTS, fuse
from retrieval.gallery import Gallery
from retrieval.grouping import grouped
from retrieval.looks import Looks, looks
from retrieval.manifest import Expected
from retrieval.phrases import Reading
from retrieval.pictures import open_picture, upright
from retrieval.ports import ImageEncoder, IndexKind, TextEncoder, Vectors
from retrieval.reader import WORDS, Reader

if TYPE_CHECKING:
    from PIL.Image import Image

DEPTH = 200  # a signal's list is at least this long before fusion
_GROUPED = 3  # this many times as many hits are looked at for those that are one answer


class _Asked(NamedTuple):
    """A query made ready. ``words`` is what the ranking signals read; ``allowed`` None means every token."""

    query: Query
    reading: Reading
    demanded: list[Demand]
    filter: Filter
    words: str
    allowed: Sequence[TokenRef] | None
    gallery: frozenset[TokenRef] | None


class Searcher:
    """An open index. Use as a context manager; threads may share it. Models load at first need."""

    def __init__(
        self, catalog: Catalog, settings: Settings, image: ImageEncoder, caption: TextEncoder
    ) -> None:
        """Owns ``catalog``."""
        self.catalog = catalog
        self._settings, self._image_encoder, self._text_encoder = settings, image, caption
        self._reader = Reader(catalog, caption, settings.home / WORDS)
        self.columns = Columns.open(settings, catalog)

    def close(self) -> None:
        self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.catalog.__exit__(kind, error, trace)

    @cached_property
    def pictures(self) -> Gallery:
        """The image index."""
        return self._gallery("image", self._image_encoder)

    @cached_property
    def captions(self) -> Gallery:
        """The caption index."""
        return self._gallery("caption", self._text_encoder)

    def _gallery(self, kind: IndexKind, encoder: ImageEncoder | TextEncoder) -> Gallery:
        store = backends.open_store(self._settings, kind, encoder)
        manifest.require_rows(self._settings, kind, len(store))
        return Gallery(store, self.columns.matrices[kind] if self.columns else None)

    @property
    def _current(self) -> Columns | None:
        """The columns, if they are of the catalogue as it is now."""
        held = self.columns
        return held if held and held.version == self.catalog.version() else None

    def select(self, condition: Filter) -> Sequence[TokenRef]:
        """As `Catalog.select`; references are made of those that are looked at."""
        columns = self._current
        return columns.traits.select(condition) if columns else self.catalog.select(condition)

    def search(self, query: Query, *, gallery: Sequence[TokenRef] | None = None) -> SearchResult:
        """The best ``query.k`` tokens that meet every condition; only those of ``gallery``, if it is given.

        Equal tokens are one hit (`grouped`), but for those of a gallery, which are ranked one by one. Raises
        `InputError` for a name that is not here or a picture that cannot be read.
        """
        asked = self._prepare(query, gallery)
        understood, unread = asked.reading.matches, asked.reading.unread
        if asked.allowed is not None and not asked.allowed:
            return self._no_match(asked)
        if not asked.words and not query.is_shown:
            return SearchResult(hits=self._listed(asked), understood=understood, unread=unread)
        rankings = self._rank(asked, max(DEPTH, query.k), self._looks(asked))
        hits = tuple(fuse(rankings, WEIGHTS, _GROUPED * query.k))
        if gallery is None:
            hits = grouped(hits, self.catalog.tokens([hit.ref for hit in hits]), query.k)
        hits = hits[: query.k]
        doubt = evidence.doubt(query, asked.reading, rankings, self.catalog, asked.filter)
        if doubt:
            closest = tuple(hit.model_copy(update={"lacks": doubt.lacks}) for hit in hits if doubt.lacks)
            return SearchResult(
                hits=(), closest=closest, reason=doubt.reason, unread=unread, understood=understood
            )
        return SearchResult(hits=hits, understood=understood, unread=unread)

    def rankings(
        self, query: Query, *, gallery: Sequence[TokenRef] | None = None
    ) -> dict[Signal, list[tuple[TokenRef, float]]]:
        """Each signal's own ranking, best first, at most ``query.k`` long.

        Exact if there is a filter or a ``gallery``.
        """
        asked = self._prepare(query, gallery)
        return self._rank(asked, query.k, self._looks(asked))

    @cached_property
    def _recogniser(self) -> Recogniser:
        return Recogniser(self._settings, self.catalog)

    def recognise(self, image: Path) -> Verdict:
        """Whether a picture is a known token, or nearly one. Raises as `search`."""
        return self._recogniser.recognise(upright(image))

    def similar(self, ref: TokenRef, k: int, *, gallery: Sequence[TokenRef] | None = None) -> list[Hit]:
        """The ``k`` tokens that look most like this one, itself left out; exact among those of a ``gallery``.

        Raises `InputError` if it has no indexed picture.
        """
        nearest = _nearest(self.pictures, self._look(ref), gallery, k + 1)
        return fuse({"image": [pair for pair in nearest if pair[0] != ref]}, WEIGHTS, k)

    def _look(self, ref: TokenRef) -> Vectors:
        vector = self.pictures.vector(ref)
        if vector is None:
            raise InputError(f"{ref} has no indexed picture; name a token that `magpie search` finds")
        return vector

    def collection_centroids(self) -> dict[str, Vectors]:
        """The mean caption vector of each collection that has captions: (d,), unit length."""
        means = {name: vectors.mean(0) for name, vectors in self.captions.by_collection().items()}
        return {name: mean / max(float(np.linalg.norm(mean)), 1e-12) for name, mean in means.items()}

    def embed_caption(self, texts: Sequence[str]) -> Vectors:
        """(n, d) of what people say, comparable with `collection_centroids`."""
        return self._text_encoder.encode(texts, kind="query")

    def read(self, text: str, collections: Sequence[str] = ()) -> Reading:
        """``text`` as conditions on the given collections; if none is given, on those it names, or all."""
        return self._reader.read(text, collections)

    def _prepare(self, query: Query, gallery: Sequence[TokenRef] | None) -> _Asked:
        asked = checked(query.filter, self.catalog)
        reading = Reading((), query.text, ())
        if query.understand and query.text:
            reading = self.read(query.text, asked.collections)
        demanded = demands(asked, reading.matches)
        whole = combined(asked.collections or reading.named, demanded)
        allowed = None if whole.is_empty else self.select(whole)
        among = frozenset(gallery) if gallery is not None else None
        if among is not None:
            met = None if allowed is None else held(allowed)
            allowed = [ref for ref in gallery or () if met is None or ref in met]
        return _Asked(query, reading, demanded, whole, reading.wanted.strip(), allowed, among)

    def _rank(self, asked: _Asked, depth: int, seen: Looks) -> dict[Signal, list[tuple[TokenRef, float]]]:
        rankings: dict[Signal, list[tuple[TokenRef, float]]] = {}
        if seen.vectors is not None:
            most = max(depth, overlay.MOST)
            rankings["image"] = _nearest(self.pictures, seen.vectors, asked.allowed, most)
            if seen.picture is not None and not (asked.words or asked.query.like or asked.query.unlike):
                known = self._known(seen.picture, asked.allowed)
                rankings["image"] = self._second_look(
                    seen.picture, overlay.known_first(rankings["image"], known)
                )
            rankings["image"] = rankings["image"][:depth]
        if asked.words:
            meaning = self._text_encoder.encode([asked.words], kind="query")[0]
            if meaning.any():
                rankings["caption"] = _nearest(self.captions, meaning, asked.allowed, depth)
            rankings["bm25"] = self._bm25(asked, depth)
        if asked.demanded:
            # They meet the conditions alike, those without a picture or caption too.
            found = dict.fromkeys(ref for ranking in rankings.values() for ref, _ in ranking)
            found |= dict.fromkeys((asked.allowed or [])[:depth])
            rankings["traits"] = [(ref, 1.0) for ref in found]
        examples = {*asked.query.like, *asked.query.unlike}
        others = {
            signal: [pair for pair in ranking if pair[0] not in examples]
            for signal, ranking in rankings.items()
        }
        return {signal: ranking for signal, ranking in others.items() if ranking}

    def _known(self, picture: "Image", allowed: Sequence[TokenRef] | None) -> list[TokenRef]:
        """Of what token the picture is a copy, as far as it is allowed: vectors lose most cut-outs."""
        tokens = self._recogniser.recognise(picture).tokens
        return [ref for ref in tokens if allowed is None or ref in allowed]

    def _second_look(self, picture: "Image", ranking: overlay.Ranking) -> overlay.Ranking:
        tokens = self.catalog.tokens([ref for ref, _ in ranking[: overlay.MOST]])

        def opened(ref: TokenRef) -> "Image | None":
            """As it is now; None if there is none that can be read."""
            file = picture_file(self._settings.dataset_dir, tokens[ref].image) if ref in tokens else None
            try:
                return open_picture(file) if file else None
            except (OSError, ValueError):
                return None

        return overlay.second_look(picture, ranking, opened)

    def _looks(self, asked: _Asked) -> Looks:
        return looks(asked.query, asked.words, self._image_encoder, self._look)

    def _bm25(self, asked: _Asked, depth: int) -> list[tuple[TokenRef, float]]:
        columns = self._current
        found = columns.bm25(asked.words, depth, asked.allowed) if columns else None
        if found is not None:
            return found
        if asked.gallery is None:
            return self.catalog.bm25(asked.words, depth, asked.filter)
        # The catalogue cannot search among given tokens, so it ranks all and the others are dropped.
        everything = sum(count.tokens for count in self.catalog.counts().values())
        ranked = self.catalog.bm25(asked.words, everything, asked.filter)
        return [pair for pair in ranked if pair[0] in asked.gallery][:depth]

    def _listed(self, asked: _Asked) -> tuple[Hit, ...]:
        """The first ``k`` by collection and id; a listing has no better and worse."""
        refs = (self.select(Filter()) if asked.allowed is None else asked.allowed)[: asked.query.k]
        if not asked.demanded:
            return tuple(Hit(ref=ref, score=0.0) for ref in refs)
        alike = {hit.ref: hit for hit in fuse({"traits": [(ref, 1.0) for ref in refs]}, WEIGHTS, len(refs))}
        return tuple(alike[ref] for ref in refs)

    def _no_match(self, asked: _Asked) -> SearchResult:
        collections = asked.filter.collections
        if not asked.demanded:
            where = " or ".join(collections) or "the gallery"
            return SearchResult(hits=(), reason=f"there is no token in {where}")
        met = [held(self.select(one.filter(collections))) for one in asked.demanded]
        closest: dict[TokenRef, Hit] = {}
        looks = self._looks(asked)
        for near in near_misses(asked.demanded, collections):
            allowed = self.select(near)
            if asked.gallery is not None:
                allowed = [ref for ref in allowed if ref in asked.gallery]
            ranked = self._rank(asked._replace(allowed=allowed, filter=near), DEPTH + len(closest), looks)
            lacks = {
                ref: tuple(d.label for d, refs in zip(asked.demanded, met, strict=True) if ref not in refs)
                for ref, _ in ranked.get("traits", ())
            }
            ranked["traits"] = [(ref, 1 - len(absent) / len(met)) for ref, absent in lacks.items()]
            for hit in fuse(ranked, WEIGHTS, asked.query.k + len(closest)):
                if len(closest) < asked.query.k:
                    closest.setdefault(hit.ref, hit.model_copy(update={"lacks": lacks[hit.ref]}))
            if len(closest) >= asked.query.k:
                break
        return SearchResult(
            hits=(),
            understood=asked.reading.matches,
            unread=asked.reading.unread,
            closest=tuple(closest.values()),
            reason=reason(asked.demanded, self.select, collections),
        )


def open_searcher(settings: Settings) -> Searcher:
    """Open catalogue and index. Loads no weights.

    Raises `InputError` if nothing is ingested, `IndexMismatchError` if the index is absent, stale or of other
    encoders.
    """
    image, caption = backends.image_encoder(settings), backends.text_encoder(settings)
    with ExitStack() as stack:
        catalog = stack.enter_context(Catalog(settings.catalog_path))
        manifest.require_match(settings, Expected(catalog.dataset_hash(), image.id, caption.id))
        stack.pop_all()
    return Searcher(catalog, settings, image, caption)


def _nearest(
    gallery: Gallery, query: Vectors, allowed: Sequence[TokenRef] | None, depth: int
) -> list[tuple[TokenRef, float]]:
    return gallery.nearest(query, depth) if allowed is None else gallery.exact(query, allowed, depth)
