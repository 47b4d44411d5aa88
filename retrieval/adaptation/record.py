"""What a home knows of its adapted model: where it came from, what it saw, how it was judged, if it is used.

Read by whoever opens the image encoder, so nothing heavy is imported here. One record an encoder setting: two
encoders of one home are adapted independently.
"""

import hashlib
import re
import shutil
from pathlib import Path

from pydantic import ValidationError

from magpie.domain import Model
from magpie.files import write_atomic
from magpie.settings import Settings

SCHEMA_VERSION = 1
RECORD = "record.json"
ADAPTED = "-adapted"  # ends the name of every adapted encoder


class Figures(Model):
    """One model's scores on some tokens, all in [0, 1].

    ``choice`` is what models are chosen by, ``measures`` what it is made of, ``collections`` each one's own
    in-collection R@1.
    """

    choice: float
    measures: dict[str, float]
    collections: dict[str, float]


class Comparison(Model):
    """The same tokens and the same questions for three models.

    ``original`` is the configured encoder; ``before`` the adapted one that was in use, if any.
    """

    queries: int
    original: Figures
    before: Figures | None
    adapted: Figures


class Attempt(Model):
    """One adaptation from its start to its decision, which ``validation`` made; ``held_out`` only reports.

    ``new`` are the collections that it was for, ``rehearsed`` those seen before that were mixed in.
    ``train_seconds`` is spent in steps, ``seconds`` altogether, both counted over interruptions.
    """

    finished: str
    minutes: float
    new: tuple[str, ...]
    rehearsed: tuple[str, ...]
    tokens: int
    steps: int
    best_step: int
    train_seconds: float
    seconds: float
    validation: Comparison
    held_out: Comparison
    kept: bool
    reason: str


class Adapted(Model):
    """A model that was kept: its ``folder`` beside the record, and the collections that it was fitted to."""

    encoder: str
    folder: str
    seen: tuple[str, ...]


class Record(Model):
    """``base`` is the setting and ``base_id`` the encoder it named then.

    ``tried`` maps each collection that an attempt has covered to the digest of its tokens. ``active`` says
    that ``model`` stands in for the encoder. ``retired`` models have vectors and weights that nobody needs.
    """

    schema_version: int = SCHEMA_VERSION
    base: str
    base_id: str
    active: bool
    model: Adapted | None
    tried: dict[str, str]
    last: Attempt
    retired: tuple[Adapted, ...] = ()


def folder(settings: Settings) -> Path:
    """Where everything about adapting the configured image encoder lies."""
    spec = settings.image_encoder
    words = re.sub(r"[^A-Za-z0-9]+", "-", spec.rpartition("/")[2]).strip("-")[:40]
    return settings.home / "models" / f"adapted-{words}-{hashlib.sha256(spec.encode()).hexdigest()[:8]}"


def read(settings: Settings) -> Record | None:
    """The record of the configured encoder, or None if it was never adapted here."""
    try:
        record = Record.model_validate_json((folder(settings) / RECORD).read_bytes())
    except (OSError, ValidationError):
        return None
    return (
        record if record.schema_version == SCHEMA_VERSION and record.base == settings.image_encoder else None
    )


def read_usable(settings: Settings) -> Record | None:
    """The record; if the weights that it tells of are gone, as if nothing had been kept or tried."""
    record = read(settings)
    if record is None or record.model is None or (folder(settings) / record.model.folder).is_dir():
        return record
    retired = (*record.retired, record.model)
    return record.model_copy(update={"model": None, "active": False, "tried": {}, "retired": retired})


def write(settings: Settings, record: Record) -> None:
    write_atomic(folder(settings) / RECORD, (record.model_dump_json(indent=2) + "\n").encode())


def in_use(settings: Settings) -> Path | None:
    """The folder of the adapted weights that stand in for the configured encoder, or None if none do."""
    record = read(settings)
    return folder(settings) / record.model.folder if record and record.active and record.model else None


def name_of(settings: Settings) -> str:
    """What the adapted encoder calls itself, before its digest."""
    model = settings.image_encoder.partition(":")[2]
    return f"{Path(model).name or model}{ADAPTED}"


def retired(settings: Settings) -> tuple[Adapted, ...]:
    """Models that were replaced: nobody needs their weights, nor the vectors that they made."""
    record = read(settings)
    return record.retired if record else ()


def forget(settings: Settings, gone: Adapted) -> None:
    """Delete a retired model's weights and strike it off the record."""
    shutil.rmtree(folder(settings) / gone.folder, ignore_errors=True)
    record = read(settings)
    if record is not None:
        left = tuple(model for model in record.retired if model != gone)
        write(settings, record.model_copy(update={"retired": left}))
