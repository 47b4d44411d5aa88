"""The tokenizer that a model's config names: CLIP's own BPE unless it says otherwise."""

from typing import Any

from magpie.errors import ModelNotFoundError
from magpie.optional import require


def tokenizer_of(model_cfg: dict[str, Any]) -> Any:  # noqa: ANN401 (an untyped library's object)
    """Called with a list of texts it gives their (n, context length) token ids.

    A tokenizer of the Hub's (``hf_tokenizer_name``) that is not to be had is a `ModelNotFoundError`.
    """
    open_clip = require("open_clip", extra="image")
    text_cfg = model_cfg["text_cfg"]
    length, further = text_cfg.get("context_length", 77), text_cfg.get("tokenizer_kwargs") or {}
    if name := text_cfg.get("hf_tokenizer_name"):
        mode = text_cfg.get("tokenizer_mode")
        try:
            return open_clip.HFTokenizer(name, context_length=length, tokenizer_mode=mode, **further)
        except (OSError, ImportError) as error:
            raise ModelNotFoundError(
                f"the tokenizer {name!r} is not on this machine: set MAGPIE_ALLOW_NETWORK=true"
            ) from error
    return open_clip.SimpleTokenizer(context_length=length, **further)
