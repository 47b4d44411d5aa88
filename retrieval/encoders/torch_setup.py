"""Torch made ready for open_clip and sentence-transformers. Call before the first import of either."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from magpie.errors import ConfigError
from magpie.optional import require

if TYPE_CHECKING:
    import torch

_FAKE_OPS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_libraries: list[object] = []  # a torch.library fragment lives as long as its object


def prepare_torch(threads: int, *, extra: str) -> None:
    """Set the number of threads (0: as torch likes) and make ``import torchvision`` work.

    PyPI's torchvision is built for CUDA. Beside a CPU torch its operators do not load, and its import dies
    while describing two of them; with their schemas defined it imports, and Magpie uses none of them.
    """
    torch = require("torch", extra=extra)
    if threads and torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
    if _libraries or find_spec("torchvision") is None:
        return
    try:
        require("torchvision", extra=extra)
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        fragment = torch.library.Library("torchvision", "FRAGMENT")
        for schema in _FAKE_OPS:
            fragment.define(schema)
        _libraries.append(fragment)
        require("torchvision", extra=extra)


def require_device(name: str) -> None:
    """Raises `ConfigError` if torch has no such device, or not on this machine."""
    import torch

    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:  # the latter from a torch built without CUDA
        reason = str(error).partition("\n")[0]
        raise ConfigError(f"device {name!r} cannot be used ({reason}); set MAGPIE_DEVICE=cpu") from error


def fast_dtype(device: str) -> "torch.dtype":
    """The numbers that the device multiplies fastest and that leave recall as it is (docs/encoders.md)."""
    import torch

    kind = torch.device(device).type
    if kind == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    if kind == "cpu" and torch.cpu.get_capabilities().get("avx512_bf16"):  # AMX has it too
        return torch.bfloat16
    return torch.float32
