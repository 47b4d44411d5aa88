"""Where a run's first weights come from: by chance, from our own folders, or from any open_clip model.

Whatever the start, the run trains a `CustomTextCLIP` (open_clip's plain `CLIP` has the same weights under
other names), so that what it exports is one folder layout, which the encoder loads.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from magpie import models
from magpie.errors import ConfigError, ModelNotFoundError
from magpie.files import sha256_file
from magpie.optional import require
from magpie.settings import Settings
from retrieval.encoders.open_clip import CONFIG, WEIGHTS, ClipByName, ClipFolder
from retrieval.encoders.torch_setup import prepare_torch
from retrieval.training.recipe import Recipe

if TYPE_CHECKING:
    from open_clip import CustomTextCLIP

# The paper's rates for a pretrained ViT: with dynamic masking, and for plain fine-tuning.
_PRETRAINED, _PRETRAINED_PLAIN = 3e-5, 5e-6
_SMALL = 1.2e-3  # our small CLIP, further trained: tuned on validation tokens (docs/LOG.md)
_SCRATCH = 1.2e-3
_WHITE = [255, 255, 255]


class Start(NamedTuple):
    """What a run begins from. ``digest`` tells one state of the weights from another."""

    model_cfg: dict[str, Any]
    preprocess_cfg: dict[str, Any]
    digest: str


def resolve(recipe: Recipe, *, allow_network: bool = False) -> Recipe:
    """The recipe with everything decided: shape and look are the start's, the rate is a number.

    Done again it changes nothing. Raises `ModelNotFoundError` or `ConfigError` as the image encoder does.
    """
    if recipe.start:
        start = _read(recipe.start, allow_network=allow_network)
        recipe = replace(
            recipe,
            model_cfg=start.model_cfg,
            preprocess_cfg=start.preprocess_cfg,
            start_digest=start.digest,
        )
    return replace(recipe, peak_rate=_rate(recipe) if recipe.peak_rate is None else recipe.peak_rate)


def put_weights(model: "CustomTextCLIP", start: str, *, allow_network: bool = False) -> None:
    """Fill ``model`` with the start's weights. Raises `ModelNotFoundError` if they are another shape's."""
    if named := _by_name(start, allow_network=allow_network):
        found = named.load().model.state_dict()
    else:
        from safetensors.torch import load_file

        found = load_file(_folder(start, allow_network=allow_network) / WEIGHTS)
    convert = require("open_clip", extra="image").model.convert_to_custom_text_state_dict
    try:
        lacking, foreign = model.load_state_dict(convert(found), strict=False)
    except RuntimeError as error:  # a weight of another size
        raise _misfit(start) from error
    # Batch norm's counters are only for training, and the causal mask is made anew.
    needed = [
        name for name in (*lacking, *foreign) if not name.endswith(("num_batches_tracked", "attn_mask"))
    ]
    if needed:
        raise _misfit(start)


def _misfit(start: str) -> ModelNotFoundError:
    return ModelNotFoundError(f"the weights of {start} are not those of its config; give another --start")


def configured(settings: Settings) -> str:
    """The image encoder in the settings as a start; the shipped CLIP if that is none that can be trained."""
    library, _, model = settings.image_encoder.partition(":")
    return model if library == "open-clip" and model else models.OWN_CLIP


def _rate(recipe: Recipe) -> float:
    if not recipe.start:
        return _SCRATCH
    vision = recipe.model_cfg["vision_cfg"]
    if isinstance(vision.get("layers"), list) and vision.get("width", 64) < 64:
        return _SMALL
    return _PRETRAINED_PLAIN if recipe.masking == "none" else _PRETRAINED


def _read(start: str, *, allow_network: bool) -> Start:
    if named := _by_name(start, allow_network=allow_network):
        return _read_named(start, named)
    folder = _folder(start, allow_network=allow_network)
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        return Start(
            {**config["model_cfg"], "custom_text": True},
            dict(config["preprocess_cfg"]),
            sha256_file(folder / WEIGHTS)[:16],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ModelNotFoundError(
            f"{folder / CONFIG} does not describe a model; give another --start"
        ) from error


def _read_named(start: str, named: ClipByName) -> Start:
    prepare_torch(0, extra="image")
    open_clip = require("open_clip", extra="image")
    architecture, _, tag = start.partition(":")
    cfg = open_clip.get_model_config(architecture)
    if cfg is None:
        named.load()  # says which error it is
    if "multimodal_cfg" in cfg or "hf_model_name" in cfg["text_cfg"]:
        raise ConfigError(f"{architecture} cannot be trained here: its text tower is not open_clip's own")
    pretrained = open_clip.get_pretrained_cfg(architecture, tag) or {}
    look = {
        "size": _side(cfg["vision_cfg"].get("image_size", 224)),
        "mean": list(pretrained.get("mean") or open_clip.OPENAI_DATASET_MEAN),
        "std": list(pretrained.get("std") or open_clip.OPENAI_DATASET_STD),
        "interpolation": pretrained.get("interpolation") or "bicubic",
        "resize_mode": "pad",
        "background": _WHITE,
    }
    if "timm_model_name" in cfg["vision_cfg"]:
        cfg["vision_cfg"]["timm_model_pretrained"] = False
    return Start({**cfg, "custom_text": True}, look, named.name)


def _side(size: int | list[int] | tuple[int, int]) -> int:
    return int(size if isinstance(size, int) else max(size))


def _by_name(start: str, *, allow_network: bool) -> ClipByName | None:
    architecture, separator, tag = start.partition(":")
    if not separator or Path(start).expanduser().exists():
        return None
    return ClipByName(architecture, tag, allow_network=allow_network)


def _folder(start: str, *, allow_network: bool) -> Path:
    folder = models.find(start, allow_network=allow_network).path
    ClipFolder(folder, start)  # says which file is missing
    return folder
