"""SmolLM2's weights from the GGUF file that is shipped, as a torch model with a fresh LoRA on it."""

from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.encoders.torch_setup import prepare_torch
from tools.train_captioner.recipe import Recipe

if TYPE_CHECKING:
    from peft import PeftModel
    from torch import nn
    from transformers import PreTrainedTokenizerBase

LINEARS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def load(gguf: Path, recipe: Recipe, *, threads: int) -> tuple["PeftModel", "PreTrainedTokenizerBase"]:
    """The model in bfloat16, with only the adapter trainable, and the tokenizer.

    The dense copy of the quantised weights is what llama.cpp computes with, so the adapter also makes up for
    what quantising lost.
    """
    prepare_torch(threads, extra="image")  # transformers imports torchvision
    import peft
    import torch
    import transformers

    torch.manual_seed(recipe.seed)
    base = transformers.AutoModelForCausalLM.from_pretrained(
        str(gguf.parent),
        gguf_file=gguf.name,
        dtype=torch.bfloat16,
        attn_implementation="eager",  # at this length sdpa's backward pass takes longer on a CPU
        quantization_config=transformers.GgufConfig(dequantize=True),
    )
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
    config = peft.LoraConfig(
        r=recipe.rank, lora_alpha=recipe.alpha, target_modules=LINEARS, task_type="CAUSAL_LM"
    )
    return peft.get_peft_model(base, config, autocast_adapter_dtype=False), tokenizer


def adapter_weights(model: "nn.Module") -> dict[str, "nn.Parameter"]:
    """The LoRA's tensors by peft's names."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
