"""A collection made for training: small pictures with exact words, kept as two files in a folder."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from magpie.domain import LOCAL_FILES, Collection, Token, Trait, local_contract
from magpie.files import write_atomic

SIZE = 64
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Pack:
    """``pixels`` is (n, 64, 64, 4) RGBA, row i the picture of ``tokens[i]``."""

    collection: Collection
    tokens: tuple[Token, ...]
    pixels: Pixels


def make(
    name: str,
    subject: str,
    rows: Sequence[Sequence[tuple[str, str]]],
    pixels: Pixels,
    *,
    captions: Sequence[str] | None = None,
    licence: str = "",
) -> Pack:
    """A pack of ``rows`` of (trait type, value). ``captions`` take the place of the template, where given."""
    contract = local_contract(name)
    collection = Collection(
        name=name,
        chain=LOCAL_FILES,
        contract=contract,
        subject=subject,
        licence=licence,
        source="training art",
    )
    tokens = tuple(
        Token(
            ref=collection.ref(number),
            collection=name,
            name=f"{name} #{number}",
            traits=tuple(Trait(type=kind, value=value) for kind, value in row),
            caption=captions[number] if captions else "",
        )
        for number, row in enumerate(rows)
    )
    assert pixels.shape == (len(tokens), SIZE, SIZE, 4), pixels.shape  # noqa: S101 (a tool, not the product)
    return Pack(collection, tokens, pixels)


def save(pack: Pack, folder: Path) -> None:
    """Write ``folder/NAME.json`` and ``folder/NAME.npy``; the first is written last, and says it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{pack.collection.name}.npy", pack.pixels)
    record = {
        "collection": pack.collection.model_dump(),
        "tokens": [
            {"traits": [(t.type, t.value) for t in token.traits], "caption": token.caption}
            for token in pack.tokens
        ],
    }
    write_atomic(folder / f"{pack.collection.name}.json", json.dumps(record).encode())


def read(folder: Path) -> Iterable[Pack]:
    """Every whole pack of ``folder``, by name. Pictures stay on disk until they are used."""
    for path in sorted(folder.glob("*.json")):
        record = json.loads(path.read_text("utf-8"))
        collection = Collection(**record["collection"])
        pixels: Pixels = np.load(path.with_suffix(".npy"), mmap_mode="r")
        rows = [tuple((kind, value) for kind, value in token["traits"]) for token in record["tokens"]]
        captions = [token["caption"] for token in record["tokens"]]
        yield make(
            collection.name, collection.subject, rows, pixels, captions=captions, licence=collection.licence
        )
