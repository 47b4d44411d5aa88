"""In which numbers a step is computed: half precision where the processor multiplies it fast."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from magpie.errors import ConfigError
from retrieval.encoders.torch_setup import fast_dtype
from retrieval.training.recipe import Precision

if TYPE_CHECKING:
    import torch


def autocast_type(precision: Precision, device: str) -> "torch.dtype":
    """What matrices are multiplied in. "auto": bfloat16 where the hardware has it, else float32.

    Raises `ConfigError` for float16 on a CPU: its gradients would vanish, and it is no faster there.
    """
    import torch

    if precision == "auto":
        # float16, which is fast on older GPUs, has to be asked for: it needs its gradients scaled.
        return torch.bfloat16 if fast_dtype(device) == torch.bfloat16 else torch.float32
    if precision == "float16" and device == "cpu":
        raise ConfigError("float16 is for CUDA; on a CPU give bfloat16, float32 or auto")
    return {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}[precision]


def autocast(number: "torch.dtype", device: str) -> AbstractContextManager[object]:
    """The context in which towers are run."""
    import torch

    if number == torch.float32:
        return nullcontext()
    context: AbstractContextManager[object] = torch.autocast(torch.device(device).type, number)
    return context
