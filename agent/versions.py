"""Which weights, index and program an open agent answers with: what tells two answers apart."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from agent.answer import Versions
from agent.routing.router import Router
from magpie.errors import IndexMismatchError
from magpie.files import sha256_file
from magpie.settings import Settings
from retrieval import manifest

if TYPE_CHECKING:
    from agent.chat_model import ChatModel

DIGITS = 12
NONE = "none"


def versions_of(
    settings: Settings, model: "ChatModel | None", router: Router | None
) -> Callable[[int], Versions]:
    """What tells the `Versions` of a seed, for the index as it is now.

    A model's file is read through in a thread meanwhile; the first answer waits for it.
    """
    built = manifest.read(settings)
    if built is None:
        raise IndexMismatchError(f"the index at {settings.home} is gone: run `magpie index`")
    digest = _later(getattr(model, "path", None))
    told = partial(
        Versions,
        magpie=version("magpie"),
        model=NONE if model is None else model.model_name,
        router=NONE if router is None else router.digest[:DIGITS],
        dataset=built.dataset,
        image_encoder=built.image.encoder,
        caption_encoder=built.caption.encoder,
    )
    return lambda seed: told(model_sha256=digest.result(), seed=seed)


def _later(path: Path | None) -> Future[str]:
    if path is None:
        no_file: Future[str] = Future()
        no_file.set_result("")
        return no_file
    thread = ThreadPoolExecutor(1, "digest of the model")
    try:
        return thread.submit(_digest, path)
    finally:
        thread.shutdown(wait=False)


def _digest(path: Path) -> str:
    """Empty for a file that cannot be read: to say so is up to whoever loads it."""
    try:
        state = path.stat()
        return _digest_of(path, state.st_size, state.st_mtime_ns)
    except OSError:
        return ""


@cache
def _digest_of(path: Path, size: int, changed: int) -> str:
    """A file of gigabytes is read once in a process, unless it changes."""
    return sha256_file(path)[:DIGITS]
