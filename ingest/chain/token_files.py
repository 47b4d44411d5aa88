"""One token's files, as its URI leads to them: the metadata, then the picture that the metadata names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingest import formats
from ingest.chain.recent import Fetches, Recent
from ingest.fetch.client import Fetched
from ingest.images import MAX_BYTES
from ingest.ports import Problem, RawToken
from ingest.sources.tree import printable
from ingest.untrusted_json import parse_json
from magpie.errors import SourceError

MAX_METADATA = 8 * 2**20  # it may be the picture itself
PICTURES = ("image", "image_url", "imageUrl", "image_data", "animation_url")
"""Fields that may hold the picture or a link to it, the best first; the last may be a video."""


@dataclass(frozen=True)
class Wanted:
    """A token to fetch. ``origin`` names its version if all of it comes; ``metadata`` was fetched already."""

    token_id: int
    uri: str
    origin: str
    metadata: Fetched | None = None


@dataclass(frozen=True)
class Got:
    """A token, and the addresses its files came from."""

    token: RawToken
    urls: tuple[str, ...] = ()


async def fetch_token(fetcher: Fetches, recent: Recent, wanted: Wanted) -> Got:
    """The token with its metadata and picture; what could not be had is among its problems.

    Its origin is empty if another run may get what is missing.
    """
    if not wanted.uri:
        problem = Problem(where=f"token {wanted.token_id}", reason="the contract gives no URI for it")
        return Got(RawToken(wanted.token_id, problems=(problem,)))
    try:
        file = wanted.metadata or await recent.get(fetcher, wanted.uri, limit=MAX_METADATA)
        metadata, picture = _read(file)
    except SourceError as error:
        return Got(_without(wanted, None, (_problem(wanted, "metadata", error),), retry=error.retryable))
    if picture is not None:
        return Got(_token(wanted, None, file, ()), _urls(file))
    try:
        image = await _picture(fetcher, recent, metadata)
    except SourceError as error:
        problems = (_problem(wanted, "picture", error),)
        return Got(_without(wanted, metadata, problems, retry=error.retryable), _urls(file))
    return Got(_token(wanted, metadata, image, (file,)), _urls(file, image))


def _read(file: Fetched) -> tuple[Any, bytes | None]:
    """Metadata, or a picture in its place: some token URIs lead to it directly. Raises `SourceError`."""
    try:
        metadata = parse_json(file.content)
    except SourceError:
        if not _is_picture(file.content):
            raise
        return None, file.content
    if not isinstance(metadata, dict | list):
        raise SourceError("not a JSON object")
    return metadata, None


def _is_picture(content: bytes) -> bool:
    try:
        return bool(formats.media_type(content[: formats.HEAD]))
    except SourceError:
        return False


def parsed(file: Fetched) -> Any:  # noqa: ANN401 (any JSON)
    """The metadata in a file; None if it holds none."""
    try:
        return _read(file)[0]
    except SourceError:
        return None


async def _picture(fetcher: Fetches, recent: Recent, metadata: Any) -> Fetched:  # noqa: ANN401 (any JSON)
    """The first picture that can be had. Raises `SourceError`: the first link's own, or that there is none.

    A link that may work another time is waited for: which picture a token has must not depend on the hour.
    """
    first: SourceError | None = None
    for link in picture_links(metadata):
        try:
            return await recent.get(fetcher, link, limit=MAX_BYTES)
        except SourceError as error:
            first = first or error
            if error.retryable:
                raise
    raise first or SourceError("the metadata names no picture")


def picture_links(metadata: Any) -> Iterator[str]:  # noqa: ANN401 (any JSON)
    """The links, or SVG texts, that the metadata gives for the picture."""
    if isinstance(metadata, Mapping):
        values = (metadata.get(name) for name in PICTURES)
        yield from dict.fromkeys(
            value.strip() for value in values if isinstance(value, str) and value.strip()
        )


def _token(
    wanted: Wanted,
    metadata: Any,  # noqa: ANN401 (any JSON)
    image: Fetched,
    others: tuple[Fetched, ...],
) -> RawToken:
    return RawToken(
        wanted.token_id,
        metadata=metadata,
        read_image=lambda: image.content,
        image_name=f"token {wanted.token_id}: {_shown(image.url or wanted.uri)}",
        origin=wanted.origin,
        verified=_verified((image, *others)),
    )


def _without(wanted: Wanted, metadata: Any, problems: tuple[Problem, ...], *, retry: bool) -> RawToken:  # noqa: ANN401
    origin = "" if retry else wanted.origin
    return RawToken(wanted.token_id, metadata=metadata, problems=problems, origin=origin)


def _problem(wanted: Wanted, what: str, error: SourceError) -> Problem:
    again = "; run again to try once more" if error.retryable else ""
    return Problem(where=f"token {wanted.token_id}", reason=f"no {what}: {error}{again}")


def _verified(files: tuple[Fetched, ...]) -> bool | None:
    """Whether all that was fetched was checked against a hash; None if no link names one."""
    said = [file.verified for file in files if file.url]
    return None if all(each is None for each in said) else all(said)


def _urls(*files: Fetched) -> tuple[str, ...]:
    return tuple(file.url for file in files if file.url)


def _shown(link: str) -> str:
    return printable(link if len(link) <= 120 else link[:120] + "…")
