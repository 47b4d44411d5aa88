"""``magpie index --adapt``: fit the image encoder to what is new, and keep the result if it finds more."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from magpie.catalog import Catalog
from magpie.errors import ConfigError, InputError
from magpie.optional import require
from magpie.progress import Tick
from magpie.settings import Settings
from retrieval import backends
from retrieval.adaptation import record as records
from retrieval.adaptation.attempt import Home, carry_out, clear_runs, plan
from retrieval.adaptation.record import Record
from retrieval.adaptation.selection import digests, scope

Did = Literal["kept", "rejected", "nothing new", "too few tokens"]


class Outcome(NamedTuple):
    """What `adapt` did, and the record as it now stands; None if the home was never adapted."""

    did: Did
    record: Record | None


def adapt(
    settings: Settings, minutes: float | None = None, *, steps: int | None = None, tick: Tick
) -> Outcome:
    """Fit the configured image encoder to the home's collections and put it in use if it finds more.

    ``minutes`` of training, None for as long as the number of tokens suggests; or ``steps``, repeatable. Does
    nothing if the last attempt covered the same tokens for as long. Stopped at any moment, the same call goes
    on. Raises `ConfigError` for an encoder that cannot be trained, `InputError` if nothing is ingested or
    another process is adapting this home.
    """
    if not settings.image_encoder.startswith("open-clip:"):
        raise ConfigError(
            f"the image encoder {settings.image_encoder!r} cannot be adapted: "
            "set MAGPIE_IMAGE_ENCODER to an open-clip one, or drop --adapt"
        )
    base_id = backends.original_image_encoder(settings).id
    with Catalog(settings.catalog_path) as catalog:
        tokens = list(catalog.iter_tokens())
    if not tokens:
        raise InputError(f"no tokens are ingested at {settings.home}: run `magpie ingest sample`")
    with _alone(records.folder(settings)):
        home = Home(settings, records.read_usable(settings), base_id, digests(tokens))
        chosen = scope(home.record, base_id, home.digests, minutes)
        if not chosen.new:
            clear_runs(settings)
            return Outcome("nothing new", reinstate(settings))
        work = plan(home, chosen, tokens, minutes, steps)
        if not work.is_enough:
            return Outcome("too few tokens", home.record)
        record = carry_out(work, tick=tick)
        return Outcome("kept" if record.last.kept else "rejected", record)


def reinstate(settings: Settings) -> Record | None:
    """Put a model that was kept in use again; it needs no new training."""
    return _set_active(settings, active=True)


def set_aside(settings: Settings) -> Record | None:
    """Go back to the configured encoder. The adapted model stays on disk, for the next ``--adapt``."""
    return _set_active(settings, active=False)


def _set_active(settings: Settings, *, active: bool) -> Record | None:
    record = records.read(settings)
    if record is not None and record.model is not None and record.active != active:
        record = record.model_copy(update={"active": active})
        records.write(settings, record)
    return record


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from adapting here; a process that dies lets go."""
    filelock = require("filelock", extra="image")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder / ".lock", timeout=0):
            yield
    except filelock.Timeout as error:
        raise InputError(f"another `magpie index --adapt` is running in {folder}: wait for it") from error
