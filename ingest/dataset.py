"""Writes one collection in the published NFT1000 layout, touching only files whose content differs.

`write_token` runs in worker processes as well: jobs and outcomes are plain values.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ingest import captions, formats, images, traits
from ingest.ledger import Entry, Ledger, Original, Picture, digest
from ingest.ports import Problem
from magpie import layout, text
from magpie.domain import Collection, Token
from magpie.errors import SourceError
from magpie.files import write_atomic

MAX_TEXT = 4000


@dataclass(frozen=True)
class Job:
    """One token to write. ``image`` is None if the picture is to stay as it is.

    ``before`` is what the ledger knows of the token; ``twin`` a token whose picture was made from the same
    original.
    """

    collection: Collection
    token_id: int
    metadata: Any = None
    image: bytes | None = None
    image_name: str = ""
    caption: str = ""
    prompt: str = ""
    origin: str = ""
    verified: bool | None = None
    problems: tuple[Problem, ...] = ()
    before: Entry | None = None
    twin: tuple[int, Picture] | None = None

    @property
    def size(self) -> int:
        """Bytes it keeps in memory, as far as they may be many."""
        return len(self.image or b"")


@dataclass(frozen=True)
class Outcome:
    """What became of a job. ``token`` is None if nothing of it could be used."""

    token_id: int
    token: Token | None
    entry: Entry


def write_token(dataset: Path, job: Job) -> Outcome:
    """Write one token's picture, metadata, caption and prompt below ``dataset``.

    A picture that cannot be read is a problem, not an error: the token is kept for its metadata, with the
    picture it had before, if any.
    """
    original, picture, problems = _write_image(dataset, job)
    entry = Entry(
        origin=job.origin,
        verified=job.verified,
        original=original,
        picture=picture,
        problems=(*job.problems, *problems),
    )
    if picture is None and job.metadata is None:
        return Outcome(job.token_id, None, entry)
    parsed = traits.parse(job.metadata)
    caption = _published(job.caption) or captions.template_caption(job.collection.subject, parsed.traits)
    entry = replace(
        entry,
        metadata=_write_texts(dataset, job, caption, parsed),
        published=_published_kinds(job) if job.origin else (),
        traits=len(parsed.traits),
        dropped=parsed.dropped,
    )
    token = Token(
        ref=job.collection.ref(job.token_id),
        collection=job.collection.name,
        name=_name(job, parsed.name),
        traits=parsed.traits,
        caption=caption,
        image=layout.relative_path(job.collection.name, layout.IMAGES, job.token_id) if picture else None,
        image_sha256=picture.sha256 if picture else None,
    )
    return Outcome(job.token_id, token, entry)


def without_image(dataset: Path, job: Job) -> Outcome:
    """The outcome of a job whose picture killed the process that was to read it.

    Its origin is not recorded, so that another run tries it again.
    """
    reason = "crashed the library that reads pictures, or took too long; left out"
    problems = (*job.problems, Problem(where=job.image_name, reason=reason))
    return write_token(dataset, replace(job, image=None, origin="", problems=problems))


def has_picture(dataset: Path, collection: str, token_id: int, entry: Entry) -> bool:
    """Whether the picture that the ledger knows is there and of the right size."""
    path = dataset / layout.relative_path(collection, layout.IMAGES, token_id)
    return entry.picture is not None and path.is_file() and path.stat().st_size == entry.picture.size


def _write_image(dataset: Path, job: Job) -> tuple[Original | None, Picture | None, tuple[Problem, ...]]:
    before = job.before or Entry()
    if before.picture and not has_picture(dataset, job.collection.name, job.token_id, before):
        before = Entry()
    if job.image is None:
        return before.original, before.picture, ()
    path = dataset / layout.relative_path(job.collection.name, layout.IMAGES, job.token_id)
    original = Original(digest(job.image), _kind(job.image), len(job.image))
    if job.twin and _adopt(dataset, job, path):
        return original, job.twin[1], ()
    try:
        png = images.to_png(job.image)
    except SourceError as error:
        held = "the picture from before is kept" if before.picture else "kept without a picture"
        note = held if before.picture or job.metadata is not None else "skipped"
        problem = Problem(where=job.image_name, reason=f"{error}; {note}")
        return (before.original if before.picture else original), before.picture, (problem,)
    _write(path, png)
    return original, Picture(digest(png), len(png)), ()


def _kind(image: bytes) -> str:
    try:
        return formats.media_type(image[: formats.HEAD])
    except SourceError:
        return ""


def _adopt(dataset: Path, job: Job, path: Path) -> bool:
    """Give the token its twin's picture as another name of one file. False if it is not there any more."""
    if job.twin is None:
        return False
    token_id, picture = job.twin
    twin = dataset / layout.relative_path(job.collection.name, layout.IMAGES, token_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _link(twin, path)
    try:
        content = (part or twin).read_bytes()
        if digest(content) != picture.sha256:
            return False  # the twin has another picture by now
        if part:
            part.replace(path)
        else:
            write_atomic(path, content)
    except FileNotFoundError:
        return False
    finally:
        if part:  # renaming one name of a file to another of its names does nothing, and leaves both
            part.unlink(missing_ok=True)
    return True


def _link(source: Path, path: Path) -> Path | None:
    """A second name for ``source``, beside ``path``; None where the file system refuses one."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        os.link(source, part)
    except OSError:
        return None
    return part


def share_pictures(dataset: Path, collection: str, ledger: Ledger) -> None:
    """Store equal pictures once, under the name of each token that has one.

    A name is only moved to a file of the very same bytes, so nothing is lost whenever this is cut short.
    """
    first: dict[bytes, int] = {}
    for token_id, entry in ledger.entries():
        if entry.picture is None or not has_picture(dataset, collection, token_id, entry):
            continue
        path = dataset / layout.relative_path(collection, layout.IMAGES, token_id)
        holder = first.setdefault(bytes.fromhex(entry.picture.sha256), token_id)
        shared = dataset / layout.relative_path(collection, layout.IMAGES, holder)
        if holder == token_id or shared.samefile(path):
            continue
        part = _link(shared, path)
        if part is None:
            continue
        if part.read_bytes() == path.read_bytes():
            part.replace(path)
        part.unlink(missing_ok=True)


def _write_texts(dataset: Path, job: Job, caption: str, parsed: traits.Parsed) -> str:
    """Write metadata, caption and prompt; returns the sha256 of the metadata file, "" if there is none."""

    def path(kind: str) -> Path:
        return dataset / layout.relative_path(job.collection.name, kind, job.token_id)

    metadata = b"" if job.metadata is None else (json.dumps(job.metadata) + "\n").encode()
    if metadata:
        _write(path(layout.METADATA), metadata)
    if published := _lines(job.caption):
        _write(path(layout.CAPTIONS), published.encode() + b"\n")
    elif _first_line(path(layout.CAPTIONS)) != caption:  # else the lines below paraphrase it
        _write(path(layout.CAPTIONS), caption.encode() + b"\n")
    tags = _published(job.prompt) or captions.prompt_tags(parsed.traits)
    _write(path(layout.PROMPTS), tags.encode() + b"\n")
    return digest(metadata) if metadata else ""


def _first_line(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", errors="replace").partition("\n")[0]
    except FileNotFoundError:
        return None


def _published_kinds(job: Job) -> tuple[str, ...]:
    given = {layout.CAPTIONS: job.caption, layout.PROMPTS: job.prompt}
    return tuple(kind for kind, said in given.items() if _published(said))


def _published(caption: str) -> str:
    """The first line of a published caption: the others paraphrase it."""
    lines = _lines(caption).splitlines()
    return lines[0] if lines else ""


def _lines(published: str) -> str:
    cleaned = (text.clean(line, MAX_TEXT) for line in published.splitlines())
    return "\n".join(line for line in cleaned if line)


def _name(job: Job, published: str) -> str:
    """The published name; a bare number such as ``#7`` gets the collection's name before it."""
    if not published:
        return f"{job.collection.name} #{job.token_id}"
    return published if any(c.isalpha() for c in published) else f"{job.collection.name} {published}"


def remove_leftovers(dataset: Path, collection: str) -> None:
    """Remove what a killed run was writing. Only one ingest may run in a dataset at a time."""
    for leftover in (dataset / collection).glob("**/.*.part"):
        leftover.unlink(missing_ok=True)


def remove_files(dataset: Path, collection: str, token_ids: Iterable[int]) -> None:
    """Remove the files of tokens that are no longer in the collection."""
    kinds = (layout.IMAGES, layout.METADATA, layout.CAPTIONS, layout.PROMPTS)
    for token_id in token_ids:
        for kind in kinds:
            (dataset / layout.relative_path(collection, kind, token_id)).unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    """Write ``content`` unless the file holds it already: an unchanged file keeps its time."""
    try:
        if path.stat().st_size == len(content) and path.read_bytes() == content:
            return
    except FileNotFoundError:
        pass
    write_atomic(path, content)
