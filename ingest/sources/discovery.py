"""Which collections lie at the paths a person gives: folders, zips, or folders of them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ingest.ports import Problem
from ingest.sources.folder import FolderSource
from ingest.sources.tree import DiskTree, Tree, ZipTree
from magpie import layout, text
from magpie.domain import Address
from magpie.errors import InputError, SourceError

_UNSAFE = re.compile(r'[/\\:*?"<>|\x00-\x1f]')
# A file's name is the collection's with up to 78 digits, a suffix and what marks it as unfinished: 255 bytes.
_MAX_NAME_BYTES = 140
_DEVICE = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9])(?:\..*)?", re.IGNORECASE)  # on Windows
_NOTHING = "holds no images or metadata folder with files named <id> or <Name>_<id>"


@dataclass(frozen=True)
class Discovered:
    """The collections that were found, and the paths that gave none."""

    sources: tuple[FolderSource, ...]
    problems: tuple[Problem, ...]


def discover(paths: Iterable[Path], *, contract: str | None = None, subject: str | None = None) -> Discovered:
    """Every collection at ``paths``, in order, each name once.

    Raises `InputError` if ``contract`` is no address, or is given for more than one collection.
    """
    _check_address(contract)
    sources: dict[str, FolderSource] = {}
    problems: list[Problem] = []
    for tree, prefix, name in _candidates(paths, problems):
        source = FolderSource(tree, prefix, name=name, contract=contract, subject=subject)
        if not source.total:
            problems.append(Problem(where=tree.where, reason=_NOTHING))
        elif text.fold(name) in sources:
            problems.append(
                Problem(where=tree.where, reason=f"{name!r} is given twice; only the first is read")
            )
        else:
            sources[text.fold(name)] = source
    if contract and len(sources) > 1:
        raise InputError(
            f"--contract is for one collection, and {len(sources)} were found; ingest them one by one"
        )
    return Discovered(tuple(sources.values()), tuple(problems))


def _check_address(contract: str | None) -> None:
    try:
        TypeAdapter(Address | None).validate_python(contract)
    except ValidationError as error:
        raise InputError(
            f"--contract {contract!r} is no address: give 0x and 40 hexadecimal digits"
        ) from error


def _candidates(paths: Iterable[Path], problems: list[Problem]) -> Iterator[tuple[Tree, str, str]]:
    """(tree, prefix, collection name) for each candidate."""
    for path in _expanded(paths, problems):
        try:
            tree: Tree = DiskTree(path) if path.is_dir() else ZipTree(path)
        except SourceError as error:
            problems.append(Problem(where=path.name, reason=str(error)))
            continue
        if path.is_dir():
            yield tree, "", safe_name(path.resolve().name)
            continue
        prefixes = collection_prefixes(tree.paths)
        if len(prefixes) < 2:
            yield tree, next(iter(prefixes), ""), safe_name(path.stem)
        else:
            yield from (
                (tree, prefix, safe_name(prefix.rstrip("/").rpartition("/")[2])) for prefix in prefixes
            )


def _expanded(paths: Iterable[Path], problems: list[Problem]) -> Iterator[Path]:
    """Each path that may be one collection; a folder without kind folders stands for what is in it."""
    for path in paths:
        if not path.exists():
            problems.append(Problem(where=str(path), reason="no such file or folder"))
            continue
        try:
            inner = sorted(p for p in path.iterdir() if not p.name.startswith(".")) if path.is_dir() else []
        except OSError as error:
            problems.append(Problem(where=str(path), reason=f"cannot be listed ({error.strerror})"))
            continue
        if not path.is_dir() or any(p.is_dir() and p.name.lower() in layout.READ_AS for p in inner):
            yield path
            continue
        found = [p for p in inner if p.is_dir() or p.suffix.lower() == ".zip"]
        if not found:
            problems.append(Problem(where=str(path), reason=_NOTHING))
        yield from found


def collection_prefixes(paths: Sequence[str]) -> list[str]:
    """Where in an archive collections lie: "" or ``Name/``, in sorted order, none below another's folders."""
    kinds = {layout.IMAGES, layout.METADATA}
    found: set[str] = set()
    for path in paths:
        *above, folder, _ = ["", *path.split("/")] if "/" in path else ["", "", path]
        if layout.READ_AS.get(folder.lower()) in kinds:
            found.add("".join(f"{part}/" for part in above if part))
    return [p for p in sorted(found) if not any(p != other and p.startswith(other) for other in found)]


def safe_name(name: str) -> str:
    """``name`` as a collection's and a folder's name: no path characters, at most 100 characters."""
    cleaned = _UNSAFE.sub("_", text.clean(name.encode("utf-8", "ignore").decode(), 100))
    cleaned = cleaned.encode()[:_MAX_NAME_BYTES].decode("utf-8", "ignore").strip(" .")
    return f"{cleaned}_" if _DEVICE.fullmatch(cleaned) else cleaned or "collection"
