"""What the index was built from. Written last, so that its presence means the build was finished."""

from typing import NamedTuple

from pydantic import ValidationError

from magpie.domain import Model
from magpie.errors import IndexMismatchError
from magpie.settings import Settings
from retrieval import backends
from retrieval.adaptation.record import ADAPTED
from retrieval.ports import SCHEMA_VERSION, IndexKind


class IndexRecord(Model):
    """One of the two indices. ``dim`` is 0 if it holds no row."""

    encoder: str
    dim: int
    rows: int


class Manifest(Model):
    """``dataset`` is `Catalog.dataset_hash` of what was indexed."""

    schema_version: int
    dataset: str
    image: IndexRecord
    caption: IndexRecord


class Expected(NamedTuple):
    """What the settings and the catalogue ask of the index."""

    dataset: str
    image: str
    caption: str


def read(settings: Settings) -> Manifest | None:
    """The manifest, or None if there is none of this schema."""
    kept = backends.database(settings).read_manifest()
    try:
        manifest = Manifest.model_validate_json(kept or b"")
    except ValidationError:
        return None
    return manifest if manifest.schema_version == SCHEMA_VERSION else None


def write(settings: Settings, manifest: Manifest) -> None:
    backends.database(settings).write_manifest(manifest.model_dump_json(indent=2).encode())


def clear(settings: Settings) -> None:
    """Say that the index is not whole; done before its first change."""
    backends.database(settings).clear_manifest()


def require_match(settings: Settings, expected: Expected) -> Manifest:
    """The manifest, if the index can answer. Raises `IndexMismatchError` with the command to run."""
    manifest = read(settings)
    if manifest is None:
        raise IndexMismatchError(
            f"the index at {settings.home} is not built, or not finished: run `magpie index`"
        )
    kinds: tuple[IndexKind, ...] = ("image", "caption")
    for kind in kinds:
        built, wanted = getattr(manifest, kind).encoder, getattr(expected, kind)
        if built != wanted:
            setting = "MAGPIE_IMAGE_ENCODER" if kind == "image" else "MAGPIE_TEXT_ENCODER"
            adapted = ADAPTED in built or ADAPTED in wanted  # not by a setting: by what the home records
            fix = "run `magpie index`" + ("" if adapted else f", or set {setting} back")
            raise IndexMismatchError(f"the {kind} index was built with {built}, not {wanted}: {fix}")
    if manifest.dataset != expected.dataset:
        raise IndexMismatchError("the dataset has changed since it was indexed: run `magpie index`")
    return manifest


def require_rows(settings: Settings, kind: IndexKind, rows: int) -> None:
    """Raises `IndexMismatchError` if a store does not hold as many rows as were built: files went missing."""
    manifest = read(settings)
    if manifest is None or getattr(manifest, kind).rows != rows:
        raise IndexMismatchError(f"the {kind} index at {settings.home} is not whole: run `magpie index`")
