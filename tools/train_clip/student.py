"""A small text tower that reproduces the teacher's vectors: where the training of our CLIP begins."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from magpie.files import write_atomic
from retrieval.training.recipe import Recipe
from retrieval.training.towers import build, encode_captions
from retrieval.training.weights import export
from tools.train_clip.teacher import Vectors

READER = (
    "reader.safetensors"  # what reads the teacher's vectors off the tower's; the CLIP's training needs it
)
_RATE, _WARM, _BATCH, _SORTED = 2e-3, 100, 512, 8


def distil(
    listed: Sequence[str], taught: Vectors, recipe: Recipe, steps: int, out: Path, say: Callable[[str], None]
) -> Path:
    """A CLIP of ``recipe``'s shape whose text tower has learnt ``taught`` (n, 384), exported to ``out``.

    Its image tower is untrained. Batches are of phrases of like length: padding would be most of the work.
    """
    model = build(recipe.model_cfg, recipe.seed, 0)
    reader = torch.nn.Linear(int(recipe.model_cfg["embed_dim"]), taught.shape[1])
    optimizer = torch.optim.AdamW(
        [*model.text.parameters(), *reader.parameters()], lr=_RATE, betas=(0.9, 0.98), weight_decay=0.0
    )
    targets, dice = torch.from_numpy(taught), torch.Generator().manual_seed(recipe.seed)
    model.train()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = _rate(step, steps)
        rows = _rows(listed, dice)
        with torch.autocast("cpu", torch.bfloat16):
            vectors = encode_captions(model, [listed[row] for row in rows.tolist()])
        loss = lesson(reader, vectors, targets[rows])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.text.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 0 or step + 1 == steps:
            say(f"text tower, step {step + 1} of {steps}: loss {float(loss):.3f}")
    export(model.eval(), recipe, out)
    _keep(reader, out / READER)
    return out


def lesson(reader: "torch.nn.Linear", vectors: torch.Tensor, taught: torch.Tensor) -> torch.Tensor:
    """How far what ``reader`` reads off (b, d) vectors is from the teacher's (b, 384).

    One by one, and in how alike they are to each other.
    """
    read = torch.nn.functional.normalize(reader(vectors.float()), dim=-1)
    alike = (read @ read.T - taught @ taught.T).square().mean()
    return (1 - (read * taught).sum(1)).mean() + 2 * alike


def reader_of(folder: Path) -> "torch.nn.Linear":
    """The layer that `distil` stored beside its weights, frozen."""
    from safetensors.torch import load_file

    state = load_file(folder / READER)
    rows, columns = state["weight"].shape
    reader = torch.nn.Linear(columns, rows)
    reader.load_state_dict(state)
    return reader.requires_grad_(False)


def _keep(reader: "torch.nn.Linear", path: Path) -> None:
    from safetensors.torch import save

    state: dict[str, Any] = {
        name: weight.detach().contiguous() for name, weight in reader.state_dict().items()
    }
    write_atomic(path, save(state))


def _rows(listed: Sequence[str], dice: torch.Generator) -> torch.Tensor:
    many = torch.randint(len(listed), (_SORTED * _BATCH,), generator=dice)
    by_length = many[torch.argsort(torch.tensor([len(listed[row]) for row in many.tolist()]), stable=True)]
    part = int(torch.randint(_SORTED, (1,), generator=dice))
    return by_length[part * _BATCH : (part + 1) * _BATCH]


def _rate(step: int, steps: int) -> float:
    cosine = (1 + math.cos(math.pi * step / steps)) / 2
    return _RATE * min(1.0, (step + 1) / _WARM) * (0.02 + 0.98 * cosine)
