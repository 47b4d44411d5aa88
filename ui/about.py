"""What is indexed and what answers, in words, for the page's frame. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from magpie.catalog_rows import CollectionCount
from magpie.domain import GENERATED, Collection
from magpie.served import served_model
from magpie.settings import Settings
from magpie.urls import host_of
from ui.escaping import plain
from ui.view import counted, origin


@dataclass(frozen=True)
class Shelf:
    """One line of what is indexed."""

    name: str
    tokens: int
    note: str = ""


def shelves(collections: Iterable[Collection], counts: Mapping[str, CollectionCount]) -> list[Shelf]:
    """What is indexed, the real collections first, then by name."""
    ordered = sorted(collections, key=lambda c: (c.is_generated, c.name.casefold()))
    return [Shelf(c.name, counts[c.name].tokens if c.name in counts else 0, origin(c)) for c in ordered]


def total(shown: Sequence[Shelf]) -> str:
    """How much is indexed, in words."""
    return f"{counted(sum(s.tokens for s in shown), 'token')} in {counted(len(shown), 'collection')}"


def grouped(shown: Iterable[Shelf]) -> dict[str, list[Shelf]]:
    """The shelves by what must be said of them, in the order given; an empty note needs no words."""
    groups: dict[str, list[Shelf]] = {}
    for shelf in shown:
        groups.setdefault(shelf.note, []).append(shelf)
    return groups


def group_label(note: str, shown: Sequence[Shelf]) -> str:
    """The line that a folded group shows, as Markdown."""
    if note == GENERATED:
        return f":material/science: {counted(len(shown), note)}"
    return counted(len(shown), "collection") + (f", {note}" if note else "")


def shelf_line(shelf: Shelf) -> str:
    """One collection as a line of Markdown."""
    return f"{plain(shelf.name, 60)} :gray[{shelf.tokens:,}]"


def model_rows(settings: Settings, *, adapted: bool = False) -> list[tuple[str, str]]:
    """Which models answer, in words; ``adapted`` if the home's own model stands in for the image encoder."""
    served = served_model(settings.llm)
    llm = "none: answers from templates" if settings.llm == "none" else Path(settings.llm).name
    return [
        ("answers", str(served or llm)),
        ("pictures", _model(settings.image_encoder) + (", adapted" if adapted else "")),
        ("captions", _model(settings.text_encoder)),
    ]


def _model(spec: str) -> str:
    return spec.partition(":")[2] or spec


def node_line(settings: Settings) -> str:
    """Whether ownership can be checked, and where; hosts only, for a node's URL may hold a key."""
    if settings.dev_chain_url:
        return "a local development chain, not Ethereum mainnet"
    hosts = [host_of(str(url)) for urls in settings.nodes.values() for url in urls]
    return ", ".join(hosts) or "no node: ownership stays unverified"
