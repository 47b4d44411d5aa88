"""CryptoPunks: older than ERC-721, without token URIs; pictures and attributes are in another contract."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ingest.chain import abi
from ingest.chain.calls import Contracts
from ingest.chain.contract import MAX_URI
from magpie.domain import MAINNET, Collection

PUNKS = 10_000
CRYPTOPUNKS_CONTRACT = "0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"
DATA_CONTRACT = "0x16f5a35647d6f03d5d3da7b35409d65ba03af3b2"
IDENTITY = (MAINNET, CRYPTOPUNKS_CONTRACT)
DATA_NAME = "CryptoPunksData"
"""Under this name a development chain has its stand-in for the data contract."""

_TONES = {"1": "Dark", "2": "Medium", "3": "Light", "4": "Albino"}


class Punk(NamedTuple):
    """One punk as the data contract tells it, "" for what it does not. ``picture`` is a ``data:`` URI."""

    number: int
    picture: str
    attributes: str


def is_cryptopunks(collection: Collection) -> bool:
    """Whether this is the one contract of that kind."""
    return (collection.chain, collection.contract) == IDENTITY


def read_punks(contracts: Contracts, address: str, numbers: Sequence[int]) -> Iterator[Punk]:
    """The punks in order, from the data contract at ``address``."""
    calls = (
        abi.call(address, selector, number)
        for number in numbers
        for selector in (abi.PUNK_IMAGE, abi.PUNK_ATTRIBUTES)
    )
    answers = contracts.each(calls)
    for number in numbers:
        picture, attributes = (
            (abi.as_text(answer, MAX_URI) or "") if isinstance(answer, bytes) else ""
            for answer in (next(answers), next(answers))
        )
        yield Punk(number, picture, attributes)


def metadata(punk: Punk) -> dict[str, Any] | None:
    """``"Male 2, Earring, Blue Beanie"`` in the shape in which collections publish attributes."""
    head, *accessories = (part.strip() for part in punk.attributes.split(","))
    if not head:
        return None
    gender, _, tone = head.partition(" ")
    human = tone in _TONES
    traits = [
        ("Type", "Human" if human else head),
        ("Gender", gender if human else "Male"),
        *([("Skin Tone", _TONES[tone])] if human else []),
        *(("Accessory", each) for each in accessories),
    ]
    return {
        "name": f"CryptoPunk #{punk.number}",
        "attributes": [{"trait_type": type_, "value": value} for type_, value in traits],
    }
