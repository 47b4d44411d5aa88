"""What pictures are compared with: words, a picture in its views, liked and disliked examples."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from magpie.domain import TokenRef
from magpie.query import Query
from retrieval.pictures import upright
from retrieval.ports import ImageEncoder, Vectors
from retrieval.question import listed
from retrieval.views import views

if TYPE_CHECKING:
    from PIL.Image import Image

_AWAY = 0.5  # of what is disliked, beside 1 of what is asked for (Rocchio, 1971)


class Looks(NamedTuple):
    """(d,), or (v, d) of the ``picture`` in its views; ``vectors`` None if nothing is said about looks."""

    vectors: Vectors | None
    picture: "Image | None"


def looks(query: Query, words: str, encoder: ImageEncoder, vector: Callable[[TokenRef], Vectors]) -> Looks:
    """Of ``words``, the picture and the examples of ``query``, each weighing the same; each view by itself.

    ``vector`` gives an example's own, raising for one without. Raises `InputError` for a picture that cannot
    be read.
    """
    picture = None if query.image is None else upright(query.image)
    parts: list[Vectors] = []
    if words:
        parts.append(encoder.encode_texts([listed(words)])[0])
    if picture is not None:
        parts.append(encoder.encode_images(views(picture)))
    if query.like:
        parts.append(_mean(query.like, vector))
    if query.unlike:
        parts.append(-_AWAY * _mean(query.unlike, vector))
    if not parts:
        return Looks(None, None)
    whole = np.asarray(sum(parts), np.float32)
    norms: Vectors = np.linalg.norm(whole, axis=-1, keepdims=True)
    unit: Vectors = np.divide(whole, norms, out=np.zeros_like(whole), where=norms > 0)
    return Looks(unit if norms.any() else None, picture)


def _mean(examples: Sequence[TokenRef], vector: Callable[[TokenRef], Vectors]) -> Vectors:
    return np.asarray(np.mean([vector(ref) for ref in examples], axis=0), np.float32)
