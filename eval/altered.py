"""Asking with altered pictures: their vectors in every view, and the second look at what those find."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.alterations import alter
from eval.protocol import Case, Gallery, Scope, Task
from eval.report import Plan
from eval.signals import Progress
from magpie.catalog import Catalog
from magpie.domain import TokenRef
from magpie.errors import InputError
from magpie.layout import picture_file
from magpie.settings import Settings
from retrieval import backends
from retrieval.copies.verdict import Recogniser
from retrieval.overlay import second_look
from retrieval.pictures import open_picture, processors
from retrieval.ports import ImageEncoder, Vectors
from retrieval.views import MOST, views

if TYPE_CHECKING:
    from PIL.Image import Image

_TOKENS = 8  # the views of whose altered pictures are held at a time
_HELD = 512  # pictures of the gallery that are kept for the next look


def altered_vectors(
    settings: Settings, gallery: Gallery, cases: Sequence[Case], plan: Plan, *, tick: Progress
) -> Vectors:
    """(q, v, d), a row a case: its token's picture, altered as its kind says, in the views of a search.

    A picture with fewer than ``v`` views has its first several times. With ``plan.views`` off, ``v`` is 1.
    Raises `InputError` for a picture that was indexed and cannot be read any more.
    """
    encoder: ImageEncoder = backends.image_encoder(settings)
    encoder.load()
    most = MOST if plan.views else 1
    by_token = [list(group) for _, group in groupby(cases, key=lambda case: case.ref)]

    def prepared(group: Sequence[Case]) -> list[list[Any]]:
        picture = _opened(settings.dataset_dir, gallery.item(group[0]).image)
        altered = (alter(picture, case.kind, f"{plan.seed}:{case.ref}") for case in group)
        return [[encoder.prepare(view) for view in views(one)[:most]] for one in altered]

    parts: list[Vectors] = []
    with ThreadPoolExecutor(processors()) as threads:  # Pillow lets go of the interpreter while it works
        for start in range(0, len(by_token), _TOKENS):
            seen = [one for many in threads.map(prepared, by_token[start : start + _TOKENS]) for one in many]
            rows = iter(encoder.encode_prepared([view for one in seen for view in one]))
            for one in seen:
                own = [next(rows) for _ in one]
                parts.append(np.stack(own + own[:1] * (most - len(own))))
            tick(len(parts), len(cases))
    return np.stack(parts)


class SecondLook:
    """Ranks what altered pictures found anew, as a search does: what they are recognised as comes first, then
    pictures are laid over one another.
    """

    def __init__(self, settings: Settings, catalog: Catalog, task: Task, plan: Plan) -> None:
        self._recogniser = Recogniser(settings, catalog)
        self._dataset, self._gallery, self._seed = settings.dataset_dir, task.gallery, plan.seed
        self._cases = {case.id: case for case in task.cases}
        self._images = {item.ref: item.image for item in task.gallery.items}
        self._whole = lru_cache(_HELD)(lambda ref: _opened(self._dataset, self._images[ref]))
        self._known: dict[str, Sequence[TokenRef]] = {}
        self._seen: dict[tuple[str, tuple[int, ...]], np.ndarray] = {}  # both scopes often list the same

    def rank(
        self, ranked: Mapping[str, np.ndarray], scope: Scope, *, tick: Progress
    ) -> dict[str, np.ndarray]:
        """``ranked``, the gallery columns that each case found, best first, in their new order."""
        found = {}
        with ThreadPoolExecutor(processors()) as threads:
            looks = threads.map(partial(self._again, scope), ranked.keys(), ranked.values())
            for case, columns in zip(ranked, looks, strict=True):
                found[case] = columns
                tick(len(found), len(ranked))
        return found

    def _again(self, scope: Scope, case: str, columns: np.ndarray) -> np.ndarray:
        asked, refs = self._cases[case], self._gallery.refs
        picture = self._altered(asked)
        if case not in self._known:
            self._known[case] = self._recogniser.recognise(picture).tokens
        known = [self._gallery.column.get(ref, -1) for ref in self._known[case]]
        first = [column for column in known if column in self._gallery.columns(asked, scope)]
        columns = np.array(first + [column for column in columns.tolist() if column not in first], np.intp)
        key = case, tuple(columns.tolist())
        if key not in self._seen:
            ranking = second_look(picture, [(refs[column], 0.0) for column in columns], self._whole)
            self._seen[key] = np.array([self._gallery.column[ref] for ref, _ in ranking], np.intp)
        return self._seen[key]

    def _altered(self, asked: Case) -> "Image":
        original = _opened(self._dataset, self._gallery.item(asked).image)
        return alter(original, asked.kind, f"{self._seed}:{asked.ref}")


def _opened(dataset: Path, image: str) -> "Image":
    path = picture_file(dataset, image)
    try:
        if path is None:
            raise OSError("it lies outside the dataset")
        return open_picture(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{image} was indexed and cannot be read ({error}); ingest it again") from error
