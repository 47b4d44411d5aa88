"""An adapter's tensors -> a LoRA in llama.cpp's GGUF form."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import gguf
import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

_NAME = re.compile(r"layers\.(\d+)\.(?:self_attn|mlp)\.(\w+)\.lora_([AB])\.")
_TENSORS = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}


def convert(weights: dict[str, "Tensor"], alpha: int, out: Path, *, heads: int, kv_heads: int) -> None:
    """Write the LoRA to ``out``, in half precision."""
    writer = gguf.GGUFWriter(out, "llama")
    writer.add_type("adapter")
    writer.add_name("Magpie captions for SmolLM2-135M-Instruct")
    writer.add_license("apache-2.0")
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(alpha))
    for name, weight in sorted(weights.items()):
        layer, part, side = _parts(name)
        values = weight.detach().float().numpy()
        if side == "B" and part in ("q_proj", "k_proj"):
            values = _rope_order(values, heads if part == "q_proj" else kv_heads)
        writer.add_tensor(
            f"blk.{layer}.{_TENSORS[part]}.weight.lora_{side.lower()}", values.astype(np.float16)
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _parts(name: str) -> tuple[str, str, str]:
    found = _NAME.search(name)
    if found is None:
        raise ValueError(f"{name} is no LoRA tensor of a Llama layer")
    return found[1], found[2], found[3]


def _rope_order(rows: np.ndarray, heads: int) -> np.ndarray:
    """Each head's rows with the two halves of its rotated pairs interleaved, as llama.cpp keeps q and k."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(rows.shape)
