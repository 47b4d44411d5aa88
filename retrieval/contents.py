"""What each index holds of a token: the entry that stands for it, and what its encoder reads."""

import hashlib
from typing import NamedTuple

from magpie import text
from magpie.domain import Token
from retrieval.ports import Entry


class Content(NamedTuple):
    """``source`` is a picture's path below the dataset folder, or a caption."""

    entry: Entry
    source: str


def picture(token: Token) -> Content | None:
    """None if the token has no picture."""
    if not token.image:
        return None
    return Content(Entry(str(token.ref), token.collection, token.image_sha256 or token.image), token.image)


def caption(token: Token) -> Content | None:
    """None if the token has no caption with a word in it."""
    if not text.words(token.caption):
        return None
    digest = hashlib.sha256(token.caption.encode()).hexdigest()
    return Content(Entry(str(token.ref), token.collection, digest), token.caption)
