"""open_clip's own model classes, built from a config, and the tensors they take."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from magpie.optional import require
from retrieval.encoders.clip_tokenizer import tokenizer_of
from retrieval.encoders.torch_setup import prepare_torch
from retrieval.training.corpus import Pixels

if TYPE_CHECKING:
    import torch
    from open_clip import CustomTextCLIP


def build(model_cfg: dict[str, Any], seed: int, threads: int) -> "CustomTextCLIP":
    """A new model with the weights that ``seed`` gives. Its tokenizer is kept as ``model.tokenizer``."""
    prepare_torch(threads, extra="image")
    open_clip, torch = require("open_clip", extra="image"), require("torch", extra="image")
    torch.manual_seed(seed)
    arguments = {name: value for name, value in model_cfg.items() if name != "custom_text"}
    model = open_clip.CustomTextCLIP(**arguments)
    model.tokenizer = tokenizer_of(model_cfg)
    return model.to(memory_format=torch.channels_last)


def lock(model: "CustomTextCLIP", image_groups: int | None, text_groups: int | None) -> None:
    """Leave only the last groups of each tower to be trained; None leaves a tower as it is.

    Towers that open_clip cannot lock in part (its ResNets) are locked in whole by 0, and refuse other numbers
    with an `InputError`.
    """
    from magpie.errors import InputError

    try:
        if image_groups is not None:
            model.lock_image_tower(unlocked_groups=image_groups)
        if text_groups is not None:
            model.lock_text_tower(unlocked_layers=text_groups)
    except AssertionError as error:
        raise InputError("this image tower can only be trained whole, or not at all (0 groups)") from error


def set_training(model: "CustomTextCLIP") -> None:
    """Training mode, except for the statistics of towers that are locked in whole."""
    model.train()
    for tower in (model.visual, model.text):
        if not any(weight.requires_grad for weight in tower.parameters()):
            tower.eval()


def trait_head(dim: int, answers: int, seed: int) -> "torch.nn.Linear":
    """A layer that reads traits off a vector. It only teaches."""
    import torch

    torch.manual_seed(seed)
    head = torch.nn.Linear(dim, answers)
    torch.nn.init.normal_(head.weight, std=0.1)
    torch.nn.init.zeros_(head.bias)
    return head


def encode_captions(model: "CustomTextCLIP", captions: Sequence[str], chunk: int = 64) -> "torch.Tensor":
    """(n, d) unit vectors of at least one caption, in order, on the model's device.

    Captions of like length go through together: padding would be most of the work otherwise.
    """
    import torch

    tokens = model.tokenizer(list(captions))
    # The first word of CLIP's vocabulary, "!", has the padding's number: count to the last that has not.
    lengths = ((tokens != 0) * torch.arange(1, tokens.shape[1] + 1)).amax(1)
    if not _may_be_cut(model):
        lengths = torch.full_like(lengths, tokens.shape[1])
    order = torch.argsort(lengths, stable=True)
    tokens, device = tokens, model.logit_scale.device
    parts = [
        _encode_tokens(model, tokens[some, : int(lengths[some].max())].to(device))
        for some in order.split(chunk)
    ]
    return torch.cat(parts)[torch.argsort(order).to(device)]


def _may_be_cut(model: "CustomTextCLIP") -> bool:
    """Whether padding after the end changes nothing: a causal tower that is read at its end-of-text token."""
    tower = model.text
    return (
        getattr(tower, "pool_type", "") in ("argmax", "eos")
        and getattr(tower, "attn_mask", None) is not None
        and getattr(tower, "cls_emb", None) is None
        and not getattr(tower, "use_pad_mask", False)
    )


def _encode_tokens(model: "CustomTextCLIP", tokens: "torch.Tensor") -> "torch.Tensor":
    tower = model.text
    if not _may_be_cut(model):
        return _unit(model.encode_text(tokens))
    whole, length = tower.attn_mask, tokens.shape[1]
    # open_clip slices the positions to the text's length, but not the causal mask.
    tower.attn_mask = whole[:length, :length]
    try:
        with _short_attention(model, short=True):
            return _unit(model.encode_text(tokens))
    finally:
        tower.attn_mask = whole


def encode_pixels(model: "CustomTextCLIP", pixels: Pixels, preprocess_cfg: dict[str, Any]) -> "torch.Tensor":
    """(n, d) unit vectors of (n, s, s, 3) pictures, on the model's device."""
    import torch

    device = model.logit_scale.device
    mean, deviation = (
        torch.tensor(preprocess_cfg[name], device=device).view(3, 1, 1) for name in ("mean", "std")
    )
    # In place, and as NumPy has them, channels last: a small part of the time of three new arrays.
    ready = torch.from_numpy(np.ascontiguousarray(pixels)).to(device).permute(0, 3, 1, 2).float()
    ready.div_(255).sub_(mean).div_(deviation)
    with _short_attention(model, short=hasattr(model.visual, "attnpool")):
        return _unit(model.encode_image(ready))


def _short_attention(model: "CustomTextCLIP", *, short: bool) -> AbstractContextManager[object]:
    """On a CPU, plain products: torch's fused kernel takes 1.7 times as long for a caption's few words."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    if not short or model.logit_scale.device.type != "cpu":
        return nullcontext()
    context: AbstractContextManager[object] = sdpa_kernel(SDPBackend.MATH)
    return context


def _unit(vectors: "torch.Tensor") -> "torch.Tensor":
    import torch

    return torch.nn.functional.normalize(vectors.float(), dim=-1)
