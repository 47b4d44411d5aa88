"""What is said of a picture: it is a known token, nearly one and in which disguise, or none that is known."""

from hashlib import sha256
from math import exp
from typing import TYPE_CHECKING, Literal

from magpie.catalog import Catalog
from magpie.domain import Model, TokenRef
from magpie.layout import picture_file
from magpie.settings import Settings
from retrieval.copies import sketchbook
from retrieval.copies.candidates import WHOLE
from retrieval.copies.finder import Finder, Found, frozen
from retrieval.copies.sketchbook import Sketchbook
from retrieval.pictures import open_picture

if TYPE_CHECKING:
    from PIL.Image import Image

Disguise = Literal[
    "exact",
    "flip or rotate",
    "resize, zoom or crop",
    "border",
    "text, logo or emoji",
    "background swap",
    "colour swap or saturation",
    "pixelation",
]


class Verdict(Model):
    """``tokens`` are all that have the one picture that was recognised, none if no known one was.

    ``disguise`` says what was done to it. ``misfit`` is what that leaves unexplained, as a share of what is
    allowed, in [0, 1]; ``score`` falls with it, in [0, 1].
    """

    tokens: tuple[TokenRef, ...] = ()
    disguise: Disguise | None = None
    misfit: float | None = None
    score: float = 0.0


class Recogniser:
    """An open sketchbook with the pictures that it is of."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        """Raises `IndexMismatchError` if the pictures were not sketched as they are now."""
        self.dataset = catalog.dataset_hash()
        self.book: Sketchbook = sketchbook.load(settings, self.dataset)
        self._pictures = settings.dataset_dir
        self.finder = Finder(self.book, self.opened)
        self._last: tuple[bytes, Verdict] | None = None

    def opened(self, row: int) -> "Image | None":
        """As it is now; None if it cannot be read."""
        file = picture_file(self._pictures, self.book.images[row])
        try:
            return open_picture(file) if file else None
        except (OSError, ValueError):
            return None

    def recognise(self, picture: "Image") -> Verdict:
        """What is known of ``picture``, of any mode and size. The last picture's is remembered."""
        name = sha256(f"{picture.mode} {picture.size}".encode() + picture.tobytes()).digest()
        last = self._last
        if last is None or last[0] != name:
            found = self.finder.find(picture)
            last = self._last = name, Verdict() if found is None else self.said(picture, found)
        return last[1]

    def said(self, picture: "Image", found: Found) -> Verdict:
        """``found`` of ``picture`` in words: every token with that very picture is named."""
        rows = self.book.twins[self.book.digests[found.row]]
        token = self.opened(found.row)
        size = picture.size if token is None else token.size
        limits = frozen()
        return Verdict(
            tokens=tuple(self.book.ref(row) for row in rows),
            disguise=disguise(found, resized=picture.size != size),
            misfit=found.ratio,
            score=1 / (1 + exp(limits.slope * found.ratio - limits.level)),
        )


def disguise(found: Found, *, resized: bool) -> Disguise:
    """What was done to the token's picture; ``resized`` says whether the sizes differ."""
    match found.explanation.means:
        case "coarse":
            return "pixelation"
        case "recoloured":
            return "colour swap or saturation"
        case "background":
            return "background swap"
        case "written":
            return "text, logo or emoji"
    if found.pose.look:
        return "border"
    if found.pose.turn:
        return "flip or rotate"
    return "resize, zoom or crop" if resized or found.pose.place != WHOLE else "exact"
