"""Writes one collection in the published NFT1000 layout, touching only files whose content differs.

Every function here runs in worker processes as well: jobs and outcomes are plain values.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ingest import captions, images, traits
from ingest.ledger import Made, source_digest
from ingest.ports import Problem
from magpie import layout, text
from magpie.domain import Collection, Token
from magpie.errors import SourceError
from magpie.files import write_atomic

MAX_TEXT = 4000


@dataclass(frozen=True)
class Job:
    """One token to write. ``made`` is what the ledger knows of its picture."""

    collection: Collection
    token_id: int
    metadata: Any = None
    image: bytes | None = None
    image_name: str = ""
    caption: str = ""
    prompt: str = ""
    made: Made | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a job. ``token`` is None if nothing of it could be used."""

    token_id: int
    token: Token | None
    made: Made | None = None
    problems: tuple[Problem, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)


def write_token(dataset: Path, job: Job) -> Outcome:
    """Write one token's picture, metadata, caption and prompt below ``dataset``.

    A picture that cannot be read is a problem, not an error: the token is kept for its metadata, with the
    picture it had before, if any.
    """
    made, problems = _write_image(dataset, job)
    if made is None and job.metadata is None:
        return Outcome(job.token_id, None, None, problems)
    parsed = traits.parse(job.metadata)
    caption = _published(job.caption) or captions.template_caption(job.collection.subject, parsed.traits)
    _write_texts(dataset, job, caption, parsed)
    token = Token(
        ref=job.collection.ref(job.token_id),
        collection=job.collection.name,
        name=_name(job, parsed.name),
        traits=parsed.traits,
        caption=caption,
        image=layout.relative_path(job.collection.name, layout.IMAGES, job.token_id) if made else None,
        image_sha256=made.image if made else None,
    )
    return Outcome(job.token_id, token, made, problems, parsed.dropped)


def without_image(dataset: Path, job: Job) -> Outcome:
    """The outcome of a job whose picture killed the process that was to read it."""
    outcome = write_token(dataset, replace(job, image=None))
    reason = "crashed the library that reads pictures, or took too long; left out"
    return replace(outcome, problems=(Problem(where=job.image_name, reason=reason),))


def _write_image(dataset: Path, job: Job) -> tuple[Made | None, tuple[Problem, ...]]:
    path = dataset / layout.relative_path(job.collection.name, layout.IMAGES, job.token_id)
    kept = job.made if job.made and path.is_file() and path.stat().st_size == job.made.size else None
    if job.image is None:
        return kept, ()
    digest = source_digest(job.image)
    if kept and kept.source == digest:
        return kept, ()
    try:
        png = images.to_png(job.image)
    except SourceError as error:
        kept_note = "the picture from before is kept" if kept else "kept without a picture"
        note = kept_note if kept or job.metadata is not None else "skipped"
        return kept, (Problem(where=job.image_name, reason=f"{error}; {note}"),)
    _write(path, png)
    return Made(digest, hashlib.sha256(png).hexdigest(), len(png)), ()


def _write_texts(dataset: Path, job: Job, caption: str, parsed: traits.Parsed) -> None:
    def path(kind: str) -> Path:
        return dataset / layout.relative_path(job.collection.name, kind, job.token_id)

    if job.metadata is not None:
        _write(path(layout.METADATA), (json.dumps(job.metadata) + "\n").encode())
    _write(path(layout.CAPTIONS), (_lines(job.caption) or caption).encode() + b"\n")
    _write(
        path(layout.PROMPTS), (_published(job.prompt) or captions.prompt_tags(parsed.traits)).encode() + b"\n"
    )


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


def write_dashboard(dataset: Path, collection: Collection, tokens: int, pictures: Mapping[int, str]) -> None:
    """The collection's record, written last: ``pictures`` is the PNG's sha256 by token id."""
    listed = "".join(f"{token_id} {pictures[token_id]}\n" for token_id in sorted(pictures))
    record = {
        "project_name": collection.name,
        "chain": collection.chain,
        "contract_address": collection.contract if collection.on_chain else None,
        "total_supply": collection.supply,
        "actual_collected_quantity": tokens,
        "image_quantity": len(pictures),
        "subject": collection.subject,
        "description": collection.description,
        "official_url": collection.url,
        "licence": collection.licence,
        "source": collection.source,
        "checksum_sha256": hashlib.sha256(listed.encode()).hexdigest(),
    }
    _write(
        dataset / collection.name / layout.DASHBOARD,
        (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode(),
    )


def _write(path: Path, content: bytes) -> None:
    """Write ``content`` unless the file holds it already: an unchanged file keeps its time."""
    try:
        if path.stat().st_size == len(content) and path.read_bytes() == content:
            return
    except FileNotFoundError:
        pass
    write_atomic(path, content)
