"""What a figure was measured with: versions, code, weights, device. Nothing that changes from run to run."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from magpie import models
from magpie.domain import Model
from magpie.errors import ModelNotFoundError
from magpie.settings import Settings
from retrieval.adaptation import record

LIBRARIES = (
    "chromadb",
    "ir_measures",
    "magpie",
    "numpy",
    "open_clip_torch",
    "pytrec-eval-terrier",
    "sentence-transformers",
    "torch",
)


class Code(Model):
    """The commit of the source tree, and whether files in it differ from that commit."""

    commit: str
    modified: bool


class Encoder(Model):
    """An encoder: its id, and the digest of its files if the catalogue knows them."""

    id: str
    sha256: str | None


class Provenance(Model):
    """Where a run's figures come from; no ``text_encoder`` where captions' vectors took no part."""

    code: Code | None
    dataset: str
    image_encoder: Encoder
    text_encoder: Encoder | None
    device: str
    machine: str
    python: str
    versions: dict[str, str]


def provenance(settings: Settings, *, dataset: str, image: str, text: str | None) -> Provenance:
    """Of a run with ``settings`` on the dataset of that hash, with the encoders of those ids."""
    return Provenance(
        code=source_code(Path(__file__).resolve().parents[1]),
        dataset=dataset,
        image_encoder=Encoder(id=image, sha256=_digest(_image_setting(settings))),
        text_encoder=Encoder(id=text, sha256=_digest(settings.text_encoder)) if text else None,
        device=settings.device,
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        python=platform.python_version(),
        versions={name: found for name in LIBRARIES if (found := _version(name))},
    )


def _image_setting(settings: Settings) -> str:
    """The setting that names the image encoder in use: what it became, if the home was adapted."""
    adapted = record.in_use(settings)
    return settings.image_encoder if adapted is None else f"open-clip:{adapted}"


def source_code(folder: Path) -> Code | None:
    """The commit of ``folder`` if it is itself the top of a git checkout with one, else None.

    An installed copy may lie inside somebody else's repository, whose commit says nothing of ours.
    """
    top = _git(folder, "rev-parse", "--show-toplevel")
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if top is None or commit is None or Path(top) != folder:
        return None
    return Code(commit=commit, modified=bool(_git(folder, "status", "--porcelain", "--untracked-files=no")))


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        command = ["git", "-C", str(folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _digest(setting: str) -> str | None:
    _, _, model = setting.partition(":")
    try:
        return models.find(model).sha256() if model else None
    except ModelNotFoundError:  # an architecture with a pretrained tag, say: not one of the catalogue's names
        return None


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
