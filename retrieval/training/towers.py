"""open_clip's own model classes, built from a config, and the tensors they take."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from magpie.optional import require
from retrieval.encoders.torch_setup import prepare_torch
from retrieval.training.corpus import Pixels

if TYPE_CHECKING:
    import torch
    from open_clip import CustomTextCLIP
    from open_clip.tokenizer import SimpleTokenizer


def build(model_cfg: dict[str, Any], seed: int, threads: int) -> "CustomTextCLIP":
    """A new model with the weights that ``seed`` gives."""
    prepare_torch(threads, extra="image")
    open_clip, torch = require("open_clip", extra="image"), require("torch", extra="image")
    torch.manual_seed(seed)
    arguments = {name: value for name, value in model_cfg.items() if name != "custom_text"}
    model = open_clip.CustomTextCLIP(**arguments)
    return model.to(memory_format=torch.channels_last)


def fact_head(dim: int, facts: int, seed: int) -> "torch.nn.Linear":
    """A layer that reads facts off a vector, and begins by denying them all. It only teaches."""
    import torch

    torch.manual_seed(seed)
    head = torch.nn.Linear(dim, facts)
    torch.nn.init.normal_(head.weight, std=0.1)
    torch.nn.init.constant_(head.bias, -4.0)
    return head


@cache
def _tokenizer() -> "SimpleTokenizer":
    return require("open_clip", extra="image").tokenizer.SimpleTokenizer()


def encode_captions(model: "CustomTextCLIP", captions: Sequence[str], chunk: int = 48) -> "torch.Tensor":
    """(n, d) unit vectors of at least one caption, in order.

    Captions of like length go through together: padding would be most of the work otherwise.
    """
    import torch

    tokens = _tokenizer()(list(captions), context_length=model.context_length)
    lengths = (tokens != 0).sum(1)
    order = torch.argsort(lengths, stable=True)
    parts = [_encode_tokens(model, tokens[some, : int(lengths[some].max())]) for some in order.split(chunk)]
    return torch.cat(parts)[torch.argsort(order)]


def _encode_tokens(model: "CustomTextCLIP", tokens: "torch.Tensor") -> "torch.Tensor":
    tower = model.text
    whole, length = tower.attn_mask, tokens.shape[1]
    # open_clip slices the positions to the text's length, but not the causal mask.
    tower.attn_mask = whole[:length, :length]
    try:
        return _unit(model.encode_text(tokens))
    finally:
        tower.attn_mask = whole


def encode_pixels(model: "CustomTextCLIP", pixels: Pixels, preprocess_cfg: dict[str, Any]) -> "torch.Tensor":
    """(n, d) unit vectors of (n, s, s, 3) pictures."""
    import torch

    mean = torch.tensor(preprocess_cfg["mean"]).view(3, 1, 1)
    deviation = torch.tensor(preprocess_cfg["std"]).view(3, 1, 1)
    images = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float() / 255
    ready = ((images - mean) / deviation).contiguous(memory_format=torch.channels_last)
    return _unit(model.encode_image(ready))


def _unit(vectors: "torch.Tensor") -> "torch.Tensor":
    import torch

    return torch.nn.functional.normalize(vectors.float(), dim=-1)
