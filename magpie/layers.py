"""Layers of a collection as files: one mask and one component a trait, and the index that names them.

``dataset/<Collection>/masks/<type>/<value>.png`` is 0/255, 8 bits: 255 where the trait is seen.
``dataset/<Collection>/components/<type>/<value>.png`` is the trait alone, RGBA. Both have the pictures'
proportions and may be smaller. ``layers.json``, written last, says what there is.
"""

import hashlib
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from magpie import text
from magpie.domain import Model, Trait
from magpie.files import write_atomic

MASKS, COMPONENTS, INDEX = "masks", "components", "layers.json"
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _'()&+-]{0,79}")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)  # no file names on Windows
_SAID = 40  # characters of an unsafe name that are kept for people


class LayerFile(Model):
    """One trait's files, relative to the collection's folder, '/'-separated.

    ``tokens`` were looked at; ``agreement`` is the share of them, over the mask's pixels and where no later
    layer covers the trait, that show what the component shows (1 for exact layers).
    """

    trait: Trait
    mask: str
    component: str
    tokens: int = Field(ge=0)
    exact: bool
    agreement: float = Field(ge=0, le=1)


class LayerIndex(Model):
    """What is known of a collection's layers. ``made_from`` is a digest of what they were made from.

    ``left_out`` says of a trait, or under "" of the collection, why it has no layer.
    """

    version: Literal[1] = 1
    made_from: str
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    layers: tuple[LayerFile, ...] = ()
    left_out: dict[str, str] = Field(default_factory=dict)


def file_name(published: str) -> str:
    """A safe file name, without suffix, for a trait type or value that anybody may have written.

    Plain names stay as they are. Others become what is legible of them and a digest, so that names which
    differ by more than case differ here.
    """
    if (
        _PLAIN.fullmatch(published)
        and published == published.strip()
        and not _DEVICE.fullmatch(published.split()[0])
    ):
        return published
    legible = "-".join(re.findall(r"[A-Za-z0-9]+", published))[:_SAID].strip("-")
    digest = hashlib.sha256(published.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{legible or 'x'}-{digest}"


def paths(trait: Trait) -> tuple[str, str]:
    """Mask and component file of a trait, relative to the collection's folder."""
    inner = f"{file_name(trait.type)}/{file_name(trait.value)}.png"
    return f"{MASKS}/{inner}", f"{COMPONENTS}/{inner}"


def is_absent(trait: Trait) -> bool:
    """Whether the value says that nothing is there: such a trait has no layer."""
    return "".join(text.words(trait.value)) in {
        "",
        "none",
        "no",
        "nothing",
        "null",
        "na",
        "n",
        "false",
        "without",
    }


def read_index(dataset: Path, collection: str) -> LayerIndex | None:
    """The collection's index; None without one, or if it is not one of ours."""
    try:
        content = (dataset / collection / INDEX).read_text("utf-8")
        return LayerIndex.model_validate_json(content)
    except (FileNotFoundError, UnicodeDecodeError, ValidationError):
        return None


def write_index(dataset: Path, collection: str, index: LayerIndex) -> None:
    """Write the index; do so after the files that it names."""
    write_atomic(dataset / collection / INDEX, index.model_dump_json(indent=1).encode() + b"\n")
