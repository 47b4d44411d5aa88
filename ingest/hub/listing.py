"""Which collections the Hub's dataset holds: one zip each, with its size and SHA-256.

Nothing of a listing is ever a path on this machine: of a file's name only the collection's name is taken, and
its download is called by its digest.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.hub.access import Hub, refusal, unreachable
from ingest.ports import Problem
from ingest.sources.discovery import safe_name
from ingest.sources.tree import printable
from magpie import text
from magpie.errors import InputError, SourceError, unknown_name
from magpie.optional import require

FOLDER, SUFFIX = "NFT1000/", ".zip"
_SHA256 = re.compile(r"^[0-9a-f]{64}$")
_COMMIT = re.compile(r"^[0-9a-f]{40,64}$")


@dataclass(frozen=True)
class Archive:
    """One collection's zip. ``path`` is where the Hub has it, and good for nothing but its URL."""

    name: str
    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Listing:
    """The collections of one ``revision`` (a commit) by name, and the files that are no collection's zip."""

    revision: str
    archives: tuple[Archive, ...]
    problems: tuple[Problem, ...]

    def choose(self, names: Iterable[str]) -> list[Archive]:
        """The archives of ``names``, whatever their case and spacing, each once, in the order asked.

        Raises `InputError` that suggests, or that says which of several is meant.
        """
        return list(dict.fromkeys(self._one(name) for name in names))

    def matching(self, patterns: Sequence[str]) -> list[Archive]:
        """The archives whose name holds any of ``patterns``, whatever the case and spacing; all, if none."""
        folded = [text.fold(pattern) for pattern in patterns]
        return [a for a in self.archives if not folded or any(f in text.fold(a.name) for f in folded)]

    def _one(self, name: str) -> Archive:
        exact = [archive for archive in self.archives if archive.name == name]
        found = exact or [a for a in self.archives if text.fold(a.name) == text.fold(name)]
        if len(found) > 1:
            spelled = " or ".join(repr(archive.name) for archive in found)
            raise InputError(f"{name!r} may be {spelled}: spell it as it is there")
        if not found:
            raise unknown_name("collection of the Hub", name, (archive.name for archive in self.archives))
        return found[0]


def read_listing(hub: Hub) -> Listing:
    """What the dataset holds now, in one request.

    Raises `ConfigError` for a login or a dataset that is wrong, `SourceError` if nothing usable is answered.
    """
    errors = require("huggingface_hub.errors", extra="hub")
    api = require("huggingface_hub", extra="hub").HfApi(endpoint=hub.url, token=hub.token or False)
    # ``dataset_info`` and not ``list_repo_tree``: that one has no timeout, and sends the token to whatever
    # host the Link header of a page names.
    try:
        found = api.dataset_info(hub.dataset, files_metadata=True, timeout=hub.timeout)
    except errors.HfHubHTTPError as error:
        raise refusal(hub, error.response.status_code) from error
    except errors.HFValidationError as error:
        raise refusal(hub, 404) from error
    except (errors.HTTPError, OSError) as error:  # the former is its HTTP library's base class
        raise unreachable(hub, error) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SourceError(f"{hub.shown_url} does not answer as the Hub does: fix hub_url") from error
    return _listing(found, hub)


def _listing(found: Any, hub: Hub) -> Listing:  # noqa: ANN401 (a class of the library)
    if not isinstance(found.sha, str) or not _COMMIT.match(found.sha):
        raise SourceError(f"{hub.shown_url} names no commit of {hub.dataset!r}: fix hub_url")
    archives: dict[str, Archive] = {}
    problems: list[Problem] = []
    for file in sorted(found.siblings or (), key=lambda file: str(file.rfilename)):
        if not isinstance(file.rfilename, str) or not file.rfilename.startswith(FOLDER):
            continue
        archive = _archive(file)
        if isinstance(archive, Archive) and archive.name in archives:
            archive = f"a second file for {archive.name!r}"
        if isinstance(archive, Archive):
            archives[archive.name] = archive
        else:
            problems.append(Problem(where=printable(file.rfilename), reason=f"{archive}; left out"))
    if not archives:
        raise SourceError(f"{hub.dataset!r} has no zips below {FOLDER}: fix hub_dataset")
    return Listing(found.sha, tuple(archives.values()), tuple(problems))


def _archive(file: Any) -> Archive | str:  # noqa: ANN401 (a class of the library)
    """The archive of a file below `FOLDER`, or why it is none."""
    stem = file.rfilename.removeprefix(FOLDER).removesuffix(SUFFIX)
    if not file.rfilename.endswith(SUFFIX):
        return "not a zip"
    if "/" in stem or "\\" in stem or stem in ("", ".", "..") or text.clean(stem, len(stem) + 1) != stem:
        return "no name of a collection"
    if file.lfs is None or not isinstance(file.lfs.sha256, str) or not _SHA256.match(file.lfs.sha256):
        return "the Hub tells no SHA-256 of it"
    if not isinstance(file.lfs.size, int) or file.lfs.size <= 0:
        return "the Hub tells no size of it"
    return Archive(safe_name(stem), file.rfilename, file.lfs.size, file.lfs.sha256)
