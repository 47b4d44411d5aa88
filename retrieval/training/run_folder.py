"""What a run leaves in its folder beside its weights: how it was made, what was measured, and a drawing.

``recipe.json`` everything that decides what is computed, seeds included; ``environment.json`` where, on what;
``metrics.jsonl`` a line for every 20 steps and for every validation; ``curve.svg`` a drawing of them;
``summary.json`` how it ended.
"""

import json
import math
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magpie.errors import InputError
from magpie.files import write_atomic
from retrieval.training import curve

if TYPE_CHECKING:
    from retrieval.training.corpus import Corpus
    from retrieval.training.recipe import Recipe
    from retrieval.training.trainer import Result

RECIPE, ENVIRONMENT, LOG = "recipe.json", "environment.json", "metrics.jsonl"
CURVE, SUMMARY = "curve.svg", "summary.json"
_PACKAGES = ("magpie", "torch", "open_clip_torch", "numpy", "pillow")


def begin(run: Path, recipe: "Recipe", corpus: "Corpus", device: str) -> None:
    """Note recipe and environment. Raises `InputError` if the folder was begun with others."""
    from retrieval.encoders.torch_setup import require_device

    require_device(device)
    _remember(run / RECIPE, recipe.as_dict(), "flags")
    path = run / ENVIRONMENT
    known = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    if known.get("corpus", corpus.digest) != corpus.digest:
        raise InputError(f"{run} was begun on other tokens; give those collections again, or another --out")
    write_atomic(path, _pretty(_environment(corpus, device)))


def log(run: Path, line: dict[str, Any]) -> None:
    """Append one line to the metrics."""
    with (run / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def forget_after(run: Path, step: int) -> None:
    """Drop the log of steps that are about to be taken again."""
    path = run / LOG
    if path.is_file():
        lines = path.read_text("utf-8").splitlines(keepends=True)
        write_atomic(path, "".join(line for line in lines if _step_of(line) <= step).encode())


def draw(run: Path) -> None:
    """Draw what has been measured so far."""
    lines = [json.loads(line) for line in (run / LOG).read_text("utf-8").splitlines()]
    write_atomic(run / CURVE, curve.svg(lines).encode())


def finish(run: Path, result: "Result") -> None:
    """Note how the run ended."""
    scores = {name: getattr(result, name) for name in ("before", "validation", "held_out")}
    plain = {name: None if found is None else found._asdict() for name, found in scores.items()}
    write_atomic(run / SUMMARY, _pretty({**result._asdict(), **plain}))


def _environment(corpus: "Corpus", device: str) -> dict[str, Any]:
    import torch

    cuda = torch.device(device).type == "cuda"
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "device": device,
        "processor": torch.cuda.get_device_name(device) if cuda else _cpu(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "corpus": corpus.digest,
        "collections": {name: len(rows) for name, rows in corpus.by_collection(corpus.train).items()},
        "tokens": {part: len(getattr(corpus, part)) for part in ("train", "validation", "held_out")},
    }


def _cpu() -> str:
    import torch

    return f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _remember(path: Path, said: dict[str, Any], kind: str) -> None:
    text = _pretty(said)
    if path.is_file() and path.read_bytes() != text:
        raise InputError(f"{path.parent} was begun with other {kind}; give those again, or another --out")
    write_atomic(path, text)


def _pretty(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def _step_of(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except ValueError:  # the line that was being written
        return math.inf
