"""What ingest reads from: a source yields raw tokens of one collection. No format is known here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from magpie.domain import Collection, Model


class Problem(Model):
    """Something that was left out: where it is (a path as a person would find it) and why, one line each."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(frozen=True)
class RawToken:
    """One token as its source publishes it.

    ``metadata`` is parsed JSON of any shape, None if there is none. ``read_image`` gives the file's bytes, or
    raises `SourceError`; None if there is no image, or if it is the one the dataset holds already.
    ``caption`` and ``prompt`` are texts that are published.

    ``origin`` names this version of the token where it was fetched from ("" for files): as long as it is the
    same, nothing needs to be fetched again. It is "" too while something of the token is missing that another
    run may get. ``verified`` says whether every byte was checked against a hash that its link names; None if
    no link does.
    """

    token_id: int
    metadata: Any = None
    read_image: Callable[[], bytes] | None = None
    image_name: str = ""
    caption: str = ""
    prompt: str = ""
    problems: tuple[Problem, ...] = ()
    origin: str = ""
    verified: bool | None = None


class Known(Protocol):
    """What earlier runs have taken in of a collection."""

    def kept(self, token_id: int, origin: str) -> RawToken | None:
        """The token as the dataset holds it, if it is all there and was made from this very ``origin``."""


class NothingKnown:
    """For whoever wants everything read."""

    def kept(self, token_id: int, origin: str) -> RawToken | None:
        """Never anything."""
        return None


NOTHING_KNOWN = NothingKnown()

FROM_FILES: Mapping[str, Any] = MappingProxyType({})
"""The provenance of files: there is nothing to add to what the collection says of itself."""


class Source(Protocol):
    """One collection from somewhere."""

    @property
    def collection(self) -> Collection:
        """The collection as this source knows it."""

    @property
    def total(self) -> int | None:
        """How many tokens `items` yields, if that is known before."""

    @property
    def complete(self) -> bool:
        """Whether it holds the whole collection, so that a token it lacks has vanished."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was left out as a whole; may grow while the tokens are read."""

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Where it all came from, for the dashboard; complete when `items` has ended."""

    def items(self, known: Known = NOTHING_KNOWN) -> Iterator[RawToken]:
        """The tokens, each id once, in any order. A source that fetches asks ``known`` first."""
