"""How long work reports how far it is, whoever shows it."""

from typing import Protocol


class Tick(Protocol):
    """Report progress: ``done`` of ``total`` units of the named ``stage``; ``total`` None if unknown."""

    def __call__(self, stage: str, done: int, total: int | None) -> None: ...


def unseen(stage: str, done: int, total: int | None) -> None:
    """A `Tick` for when nobody is looking."""
