"""Collections of the Hub's dataset: each zip is downloaded, taken in as a folder is, and removed again."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ingest.hub.access import Hub
from ingest.hub.download import fetch
from ingest.hub.listing import Archive, Listing
from ingest.ports import NOTHING_KNOWN, Known, Problem, RawToken
from ingest.sources.discovery import collection_prefixes
from ingest.sources.folder import FolderSource
from ingest.sources.tree import ZipTree
from magpie.domain import Collection
from magpie.errors import SourceError
from magpie.progress import Tick

SOURCE = "hub"


class HubSource:
    """The one collection in a downloaded zip, under the name the Hub lists it by."""

    complete = True

    def __init__(self, file: Path, archive: Archive, *, dataset: str, revision: str) -> None:
        """Raises `SourceError` if ``file`` is no zip of one collection."""
        tree = ZipTree(file)
        tree.where = f"{archive.name}.zip"
        prefixes = collection_prefixes(tree.paths)
        if len(prefixes) != 1:
            found = f"{len(prefixes)} collections" if prefixes else "no images or metadata folder"
            raise SourceError(f"holds {found}, and one collection was expected")
        self._folder = FolderSource(tree, prefixes[0], name=archive.name)
        self.total = self._folder.total
        self.provenance: Mapping[str, object] = {
            "kind": SOURCE,
            "dataset": dataset,
            "revision": revision,
            "sha256": archive.sha256,
        }

    @property
    def collection(self) -> Collection:
        return self._folder.collection.model_copy(update={"source": SOURCE})

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._folder.problems

    def items(self, known: Known = NOTHING_KNOWN) -> Iterator[RawToken]:
        """The tokens by id; what of a token cannot be read is among its problems."""
        return self._folder.items(known)


class HubDownloads:
    """Sources that are downloaded as they are asked for, so that one zip at a time takes up room.

    A zip is removed when the next source is asked for, which is when the one before it is taken in: after
    a crash it is still there. ``problems`` fills with what could not be had.
    """

    def __init__(
        self, hub: Hub, listing: Listing, archives: Sequence[Archive], folder: Path, *, tick: Tick, keep: bool
    ) -> None:
        self._hub, self._listing, self._archives = hub, listing, archives
        self._folder, self._tick, self._keep = folder, tick, keep
        self.problems: list[Problem] = []

    def __iter__(self) -> Iterator[HubSource]:
        """Raises `ConfigError` if the Hub lets nobody in: it would refuse the rest too."""
        for archive in self._archives:
            try:
                file = fetch(self._hub, self._listing.revision, archive, self._folder, tick=self._tick)
            except SourceError as error:
                self._report(archive, error)
                continue
            try:
                source = HubSource(file, archive, dataset=self._hub.dataset, revision=self._listing.revision)
            except SourceError as error:
                self._report(archive, error)
            else:
                yield source
            if not self._keep:
                file.unlink()

    def _report(self, archive: Archive, error: SourceError) -> None:
        self.problems.append(Problem(where=f"{archive.name}.zip", reason=str(error)))
