"""The committed CryptoPunks: a sprite sheet and a table of traits (see ``ingest/art/NOTICE``)."""

import gzip
import io
import json
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ingest.ports import FROM_FILES, NOTHING_KNOWN, Known, Problem, RawToken
from magpie.domain import MAINNET, Collection
from magpie.optional import require

if TYPE_CHECKING:
    from PIL import Image

PUNKS, SIDE, ROW = 10_000, 24, 100
COLLECTION = Collection(
    name="CRYPTOPUNKS",
    chain=MAINNET,
    contract="0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb",
    subject="punk",
    description=(
        "10,000 pixel-art portraits from 2017, 24 pixels square: humans, zombies, apes and aliens with hats,"
        " hair, glasses, beards and jewellery. One of the first collections on Ethereum."
    ),
    url="https://cryptopunks.app",
    licence="art: the CryptoPunks licence terms; sheet and table: MIT and BSD packages (ingest/art/NOTICE)",
    source="committed sprite sheet",
    supply=PUNKS,
)
RARE_TYPES = frozenset({"Zombie", "Ape", "Alien"})
RARE_ACCESSORIES = frozenset({"Beanie", "Choker", "Pilot Helmet", "Tiara", "Orange Side"})


class PunkSource:
    """CryptoPunks 0 to 9,999, or of those every tenth and all of the rare ones (1,343)."""

    collection = COLLECTION
    problems: tuple[Problem, ...] = ()
    provenance = FROM_FILES

    def __init__(self, *, full: bool) -> None:
        self._table: list[list[str]] = json.loads(gzip.decompress(_art("punks.json.gz")))
        self._numbers = [n for n, row in enumerate(self._table) if full or n % 10 == 0 or is_rare(row)]
        self.complete = full
        self.total = len(self._numbers)

    def items(self, known: Known = NOTHING_KNOWN) -> Iterator[RawToken]:
        """The punks in order of their number, each with its published traits."""
        sheet = require("PIL.Image", extra="ingest").open(io.BytesIO(_art("punks.png")))
        for number in self._numbers:
            yield RawToken(
                number,
                metadata(number, self._table[number]),
                partial(sprite, sheet, number),
                f"punk {number}",
            )


def is_rare(row: Sequence[str]) -> bool:
    """Whether a punk is in every sample: the types and accessories that fewer than a hundred punks have."""
    kind, _, _, *accessories = row
    return kind in RARE_TYPES or not RARE_ACCESSORIES.isdisjoint(accessories)


def metadata(number: int, row: Sequence[str]) -> dict[str, Any]:
    """One row of the table as published metadata."""
    kind, gender, tone, *accessories = row
    traits = [
        ("Type", kind),
        ("Gender", gender),
        ("Skin Tone", tone),
        *(("Accessory", a) for a in accessories),
    ]
    return {
        "name": f"CryptoPunk #{number}",
        "attributes": [{"trait_type": type_, "value": value} for type_, value in traits if value],
    }


def sprite(sheet: "Image.Image", number: int) -> bytes:
    """One punk cut from the sheet, as PNG bytes."""
    left, top = number % ROW * SIDE, number // ROW * SIDE
    out = io.BytesIO()
    sheet.crop((left, top, left + SIDE, top + SIDE)).save(out, "PNG", compress_level=1)
    return out.getvalue()


def _art(name: str) -> bytes:
    return files("ingest").joinpath("art", name).read_bytes()
