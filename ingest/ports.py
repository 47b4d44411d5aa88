"""What ingest reads from: a source yields raw tokens of one collection. No format is known here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
    raises `SourceError`; None if there is no image. ``caption`` and ``prompt`` are texts that are published.
    """

    token_id: int
    metadata: Any = None
    read_image: Callable[[], bytes] | None = None
    image_name: str = ""
    caption: str = ""
    prompt: str = ""
    problems: tuple[Problem, ...] = ()


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
        """What was left out before any token was read."""

    def items(self) -> Iterator[RawToken]:
        """The tokens, each id once, in the same order every time."""
