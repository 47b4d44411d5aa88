"""Layers of ingested collections: exact where they are known, else recovered; written below the dataset."""

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np

from magpie import layers as files
from magpie.catalog import Catalog
from magpie.domain import Collection, Token
from magpie.errors import InputError
from magpie.files import write_atomic
from magpie.layers import LayerFile, LayerIndex
from magpie.progress import Tick
from magpie.settings import Settings
from retrieval.layers import stack
from retrieval.layers.recover import Recovered, Recovery, recover

METHOD = "1"  # part of what layers are made from: raise it when the same tokens give other layers
Exact = Callable[[Collection, Sequence[Token], Tick], Sequence[Recovered] | None]


@dataclass(frozen=True)
class Report:
    """One collection's layers: ``layers`` of its ``traits`` have one; ``made`` is False if they were there.

    ``explained`` as in `Recovery`, None for exact layers and for layers that were there already.
    """

    collection: str
    tokens: int
    traits: int
    layers: int
    exact: int
    agreement: float
    made: bool
    explained: float | None = None
    seconds: float = 0.0
    left_out: dict[str, str] = field(default_factory=dict)


def none_known(collection: Collection, tokens: Sequence[Token], tick: Tick) -> None:
    """An `Exact` for when no collection's layers are known."""


def build(
    settings: Settings, names: Sequence[str] = (), *, exact: Exact = none_known, tick: Tick
) -> list[Report]:
    """Bring the layers of the named collections (all if none) up to date. Stopped, the next call goes on.

    A collection whose tokens, pictures and traits are as they were is not done again. Raises `InputError`
    for an unknown collection, and if no collection has a picture.
    """
    with Catalog(settings.catalog_path) as catalog:
        chosen = [catalog.collection(name) for name in names] or catalog.collections()
        reports = []
        for collection in chosen:
            tokens = [token for token in catalog.iter_tokens([collection.name]) if token.image]
            if tokens:
                reports.append(_bring_up_to_date(settings.dataset_dir, collection, tokens, exact, tick))
    if not reports:
        raise InputError(f"no picture to find layers in at {settings.home}: run `magpie ingest sample`")
    return reports


def _bring_up_to_date(
    dataset: Path, collection: Collection, tokens: Sequence[Token], exact: Exact, tick: Tick
) -> Report:
    began = perf_counter()
    folder = dataset / collection.name
    made_from = _digest(tokens)
    before = files.read_index(dataset, collection.name)
    if before and before.made_from == made_from and _all_there(folder, before):
        return _report(collection, tokens, before, made=False)
    if before is None and any((folder / kind).exists() for kind in (files.MASKS, files.COMPONENTS)):
        reason = "has masks or components that were not made here: they are left as they are"
        return Report(
            collection.name, len(tokens), _traits(tokens), 0, 0, 0.0, made=False, left_out={"": reason}
        )
    known = exact(collection, tokens, tick)
    found = Recovery(tuple(known), {}, 1.0) if known is not None else _recovered(dataset, tokens, tick)
    index = _write(dataset, collection.name, found, made_from, before, exact=known is not None)
    report = _report(collection, tokens, index, made=True)
    return Report(
        **{
            **vars(report),
            "seconds": round(perf_counter() - began, 1),
            "explained": None if known is not None else round(found.explained, 3),
        }
    )


def _recovered(dataset: Path, tokens: Sequence[Token], tick: Tick) -> Recovery:
    read = stack.read(dataset, stack.choose(tokens), tick)
    if read is None:
        return Recovery((), {"": "fewer than two pictures of one size can be read"}, 0.0)
    return recover(read, tick=tick, name=tokens[0].collection)


def _write(
    dataset: Path, name: str, found: Recovery, made_from: str, before: LayerIndex | None, *, exact: bool
) -> LayerIndex:
    """Write the files, then the index. Until then an unfinished index claims the folders as ours."""
    height, width = found.layers[0].mask.shape if found.layers else (1, 1)
    size = {"width": width, "height": height}
    listed = []
    claimed = before.layers if before else ()
    files.write_index(dataset, name, LayerIndex(made_from="", layers=claimed, **size))
    for layer in found.layers:
        mask, component = files.paths(layer.trait)
        write_atomic(dataset / name / mask, _png(layer.mask.astype(np.uint8) * 255))
        write_atomic(dataset / name / component, _png(layer.component))
        listed.append(
            LayerFile(
                trait=layer.trait,
                mask=mask,
                component=component,
                tokens=layer.tokens,
                exact=exact,
                agreement=layer.agreement,
            )
        )
    index = LayerIndex(made_from=made_from, layers=tuple(listed), left_out=found.left_out, **size)
    files.write_index(dataset, name, index)
    _remove(dataset / name, {f for old in claimed for f in (old.mask, old.component)} - _named(index))
    return index


def _named(index: LayerIndex) -> set[str]:
    return {file for layer in index.layers for file in (layer.mask, layer.component)}


def _remove(folder: Path, gone: set[str]) -> None:
    """Remove layers that an earlier index named, where its names are those that we give."""
    for relative in gone:
        path = (folder / relative).resolve()
        if any(path.is_relative_to((folder / kind).resolve()) for kind in (files.MASKS, files.COMPONENTS)):
            path.unlink(missing_ok=True)


def _all_there(folder: Path, index: LayerIndex) -> bool:
    return all((folder / file).is_file() for file in _named(index))


def _png(pixels: "np.typing.NDArray[np.uint8]") -> bytes:
    from PIL import Image

    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return written.getvalue()


def _traits(tokens: Sequence[Token]) -> int:
    return len({trait.key for t in tokens for trait in t.traits if not files.is_absent(trait)})


def _digest(tokens: Sequence[Token]) -> str:
    digest = hashlib.sha256(METHOD.encode())
    for token in tokens:
        traits = [trait.key for trait in token.traits]
        digest.update(f"{token.ref} {token.image_sha256} {traits!r}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def _report(collection: Collection, tokens: Sequence[Token], index: LayerIndex, *, made: bool) -> Report:
    agreements = [layer.agreement for layer in index.layers]
    return Report(
        collection=collection.name,
        tokens=len(tokens),
        traits=_traits(tokens),
        layers=len(index.layers),
        exact=sum(layer.exact for layer in index.layers),
        agreement=round(float(np.mean(agreements)), 3) if agreements else 0.0,
        made=made,
        left_out=index.left_out,
    )
