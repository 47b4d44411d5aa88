"""Sources -> dataset on disk and catalogue, one collection after the other."""

from collections.abc import Iterable, Sequence

from ingest.ports import Problem, Source
from ingest.report import CollectionReport, IngestReport
from ingest.taking import Taking
from ingest.workers import Pool
from magpie import text
from magpie.catalog import Catalog
from magpie.domain import Collection
from magpie.errors import InputError, SourceError
from magpie.optional import require
from magpie.progress import Tick
from magpie.settings import Settings


def ingest(
    sources: Iterable[Source],
    settings: Settings,
    *,
    tick: Tick,
    prune: bool = False,
    workers: int | None = None,
) -> IngestReport:
    """Bring the dataset and the catalogue up to date with ``sources``, one after the other.

    Tokens that a complete source no longer holds are reported, and removed only if ``prune``. ``workers`` is
    the number of processes; None: one a core, 0: none. A collection that cannot be taken is skipped with its
    reason.
    """
    for module in ("PIL.Image", "resvg_py", "av"):  # said here once, rather than by each worker
        require(module, extra="ingest")
    reports: list[CollectionReport] = []
    skipped: list[Problem] = []
    with Catalog(settings.catalog_path, create=True) as catalog, Pool(workers) as pool:
        for source in sources:
            known = catalog.collections()
            collection = settle(source.collection, known)
            try:
                if collection not in known:
                    catalog.put_collection(collection)
            except InputError as error:
                skipped.append(Problem(where=source.collection.name, reason=str(error)))
                continue
            run = Taking(collection, catalog, settings.dataset_dir, pool, tick)
            try:
                reports.append(run.take_in(source, prune=prune))
            except OSError as error:
                where = error.filename or settings.dataset_dir
                raise SourceError(
                    f"cannot write {where}: {error.strerror}; make room or access, then run again"
                ) from error
    return IngestReport(collections=tuple(reports), skipped=tuple(skipped))


def settle(found: Collection, known: Sequence[Collection]) -> Collection:
    """``found`` under the name and contract by which the catalogue knows it, if it does.

    A name that differs only in case, spacing or punctuation is the same collection. Plain files that name no
    contract belong to the known one, and inherit what they do not say themselves.
    """
    match = next((c for c in known if text.fold(c.name) == text.fold(found.name)), None)
    if match is None:
        return found
    if found.on_chain or not match.on_chain:
        return found.model_copy(update={"name": match.name, "contract": _contract(found, match)})
    inherited = {
        name: getattr(found, name) or getattr(match, name)
        for name in ("description", "url", "licence", "supply")
    }
    identity = {"name": match.name, "chain": match.chain, "contract": match.contract}
    return found.model_copy(update=inherited | identity)


def _contract(found: Collection, match: Collection) -> str:
    """A stand-in contract follows from the name, so it changes with the name's spelling."""
    return found.contract if found.on_chain else match.contract
