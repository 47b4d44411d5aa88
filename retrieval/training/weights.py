"""Trained weights as a folder that the open_clip encoder loads: ``config.json`` and ``model.safetensors``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from magpie.files import write_atomic
from retrieval.training.recipe import Recipe

if TYPE_CHECKING:
    import torch
    from open_clip import CustomTextCLIP

CONFIG, WEIGHTS = "config.json", "model.safetensors"


def export(model: "CustomTextCLIP", recipe: Recipe, folder: Path) -> None:
    """Write ``model`` to ``folder`` in half precision: cosines move by up to 0.005, the size is halved."""
    import torch
    from safetensors.torch import save

    halves = {
        name: weight.detach().to("cpu", torch.float16).contiguous(memory_format=torch.contiguous_format)
        for name, weight in model.state_dict().items()
        if weight.is_floating_point()
    }
    config = {"model_cfg": recipe.model_cfg, "preprocess_cfg": recipe.preprocess_cfg}
    write_atomic(folder / WEIGHTS, save(halves))
    write_atomic(folder / CONFIG, (json.dumps(config, indent=2) + "\n").encode())


def read(folder: Path) -> "dict[str, torch.Tensor]":
    """The exported weights by name, without batch norm's step counters, which only training needs."""
    from safetensors.torch import load_file

    return dict(load_file(folder / WEIGHTS))


def copy(source: Path, target: Path) -> None:
    """Put exported weights at ``target``, each file whole or not at all."""
    for name in (WEIGHTS, CONFIG):
        write_atomic(target / name, (source / name).read_bytes())
