"""Picture vectors by open_clip: our own weights from a folder, or any architecture with its weights.

A folder of ours holds ``model.safetensors`` and ``config.json``: ``model_cfg`` is what open_clip builds the
model from, ``preprocess_cfg`` see `Preprocess`. Model classes and tokenizer are open_clip's in every case.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import numpy as np

from magpie.errors import ConfigError, ModelNotFoundError
from magpie.files import sha256_file
from magpie.optional import require
from retrieval.encoders.clip_tokenizer import tokenizer_of
from retrieval.encoders.pictures import Preprocess
from retrieval.encoders.torch_setup import fast_dtype, prepare_torch, require_device
from retrieval.ports import Placement, Vectors

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

Precision = Literal["fast", "float32"]
CONFIG, WEIGHTS = "config.json", "model.safetensors"
_HUB_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")


class Clip(NamedTuple):
    """A loaded model.

    ``prepare`` turns a picture into an array, and ``batch`` some of those, on a device, into the model's
    (n, 3, side, side) input.
    """

    model: Any
    tokenize: Any
    prepare: Any
    batch: Any


class ClipSource(Protocol):
    """Where a CLIP comes from."""

    @property
    def name(self) -> str:
        """The model and, where files are known, a digest of them."""

    def load(self) -> Clip: ...


class OpenClipEncoder:
    """One CLIP for pictures and texts; its weights load at first use.

    Pictures are computed in ``precision``, "fast" being `fast_dtype`; texts, which are few, in float32.
    """

    def __init__(
        self,
        source: ClipSource,
        *,
        device: str = "cpu",
        threads: int = 0,
        batch_size: int = 64,
        precision: Precision = "fast",
    ) -> None:
        self._source, self._device, self._threads, self._batch_size = source, device, threads, batch_size
        self._precision = precision

    @cached_property
    def id(self) -> str:
        return f"open-clip:{self._source.name}"

    @cached_property
    def _clip(self) -> Clip:
        prepare_torch(self._threads, extra="image")
        require_device(self._device)
        torch = require("torch", extra="image")
        self._threads = torch.get_num_threads()
        clip = self._source.load()
        clip.model.eval().to(self._device, memory_format=torch.channels_last)
        # The weights themselves: under autocast, attention casts them anew for every picture.
        clip.model.visual.to(self._dtype)
        return clip

    @cached_property
    def dim(self) -> int:
        return int(self._embed_texts(["a picture"]).shape[1])

    @cached_property
    def _dtype(self) -> "torch.dtype":
        import torch

        return fast_dtype(self._device) if self._precision == "fast" else torch.float32

    def load(self) -> Placement:
        device = next(self._clip.model.parameters()).device
        return Placement(str(device), str(self._dtype).removeprefix("torch."))

    def compute_on(self, threads: int) -> None:
        require("torch", extra="image").set_num_threads(threads or self._threads)

    def prepare(self, image: "Image") -> Any:  # noqa: ANN401 (an array, or a tensor of open_clip's transform)
        return self._clip.prepare(image)

    def encode_images(self, images: Sequence["Image"]) -> Vectors:
        size = self._batch_size
        parts = [
            self.encode_prepared([self.prepare(image) for image in images[start : start + size]])
            for start in range(0, len(images), size)
        ]
        return np.concatenate([np.zeros((0, self.dim), np.float32), *parts])

    def encode_prepared(self, prepared: Sequence[Any]) -> Vectors:
        import torch

        clip, parts = self._clip, [np.zeros((0, self.dim), np.float32)]
        for start in range(0, len(prepared), self._batch_size):
            with torch.inference_mode():
                batch = clip.batch(prepared[start : start + self._batch_size], self._device)
                rows = clip.model.encode_image(batch.to(self._dtype)).float()
            parts.append(torch.nn.functional.normalize(rows, dim=-1).cpu().numpy())
        return np.concatenate(parts)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        parts = [np.zeros((0, self.dim), np.float32)]
        for start in range(0, len(texts), self._batch_size):
            parts.append(self._embed_texts(texts[start : start + self._batch_size]))
        return np.concatenate(parts)

    def _embed_texts(self, texts: Sequence[str]) -> Vectors:
        import torch

        with torch.inference_mode():
            rows = self._clip.model.encode_text(
                self._clip.tokenize(list(texts)).to(self._device), normalize=True
            )
        vectors: Vectors = rows.float().cpu().numpy()
        return vectors


class ClipFolder:
    """Weights in our own folder layout. Raises `ModelNotFoundError` if a file is absent."""

    def __init__(self, folder: Path, name: str) -> None:
        for file in (CONFIG, WEIGHTS):
            if not (folder / file).is_file():
                raise ModelNotFoundError(
                    f"{folder} has no {file}: train it with `magpie train clip`, or set MAGPIE_IMAGE_ENCODER"
                )
        self._folder, self._name = folder, name

    @cached_property
    def name(self) -> str:
        both = "".join(sha256_file(self._folder / file) for file in (CONFIG, WEIGHTS))
        return f"{self._name}@{hashlib.sha256(both.encode()).hexdigest()[:12]}"

    def load(self) -> Clip:
        open_clip = require("open_clip", extra="image")
        from safetensors.torch import load_file

        try:
            config = json.loads((self._folder / CONFIG).read_text("utf-8"))
            model_cfg, preprocess = dict(config["model_cfg"]), Preprocess(**config["preprocess_cfg"])
            kind = open_clip.CustomTextCLIP if model_cfg.pop("custom_text", False) else open_clip.CLIP
            model = kind(**model_cfg)
            model.load_state_dict(load_file(self._folder / WEIGHTS))
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            line = str(error).partition("\n")[0]
            raise ModelNotFoundError(
                f"the model in {self._folder} cannot be loaded ({line}); train it again"
            ) from error
        return Clip(model, tokenizer_of(model_cfg), preprocess.pixels, preprocess.batch)


class ClipByName:
    """An open_clip architecture with a ``pretrained`` tag, or with a checkpoint file on this machine."""

    def __init__(self, architecture: str, pretrained: str, *, allow_network: bool) -> None:
        self._architecture, self._pretrained, self._allow_network = architecture, pretrained, allow_network

    @cached_property
    def name(self) -> str:
        file = Path(self._pretrained).expanduser()
        if file.is_file():
            return f"{self._architecture}:{file.name}@{sha256_file(file)[:12]}"
        return f"{self._architecture}:{self._pretrained}"

    def load(self) -> Clip:
        open_clip = require("open_clip", extra="image")
        if self._architecture not in open_clip.list_models():
            raise ConfigError(
                f"open_clip knows no architecture {self._architecture!r}; see open_clip.list_models()"
            )
        file = Path(self._pretrained).expanduser()
        weights = str(file if file.is_file() else self._tagged(open_clip))
        model, _, prepare = open_clip.create_model_and_transforms(self._architecture, pretrained=weights)
        tokenize = open_clip.get_tokenizer(self._architecture)
        return Clip(model, tokenize, lambda image: prepare(_on_white(image)), _stacked)

    def _tagged(self, open_clip: Any) -> str:  # noqa: ANN401 (an untyped library's module)
        """The tag itself if open_clip may fetch it, else its file from the Hub's cache on this machine."""
        known = open_clip.list_pretrained_tags_by_model(self._architecture)
        if self._pretrained not in known:
            listed = ", ".join(known) or "none"
            raise ConfigError(
                f"{self._pretrained!r} is no file and no tag of {self._architecture}; its tags: {listed}"
            )
        if self._allow_network:
            return self._pretrained
        from huggingface_hub import try_to_load_from_cache

        repository = (
            open_clip.get_pretrained_cfg(self._architecture, self._pretrained).get("hf_hub", "").rstrip("/")
        )
        for name in _HUB_FILES if repository else ():
            if isinstance(cached := try_to_load_from_cache(repository, name), str):
                return cached
        raise ModelNotFoundError(
            f"the weights of {self._architecture}:{self._pretrained} are not on this machine: "
            "set MAGPIE_ALLOW_NETWORK=true, or name a checkpoint file instead of the tag"
        )


def _stacked(tensors: "Sequence[torch.Tensor]", device: str) -> "torch.Tensor":
    import torch

    return torch.stack(list(tensors)).to(device, memory_format=torch.channels_last)


def _on_white(image: "Image") -> "Image":
    from PIL import Image as Pillow

    source = image.convert("RGBA")
    return Pillow.alpha_composite(Pillow.new("RGBA", source.size, "white"), source).convert("RGB")
