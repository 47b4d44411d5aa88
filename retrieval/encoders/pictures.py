"""A picture of any mode and size as the square that our own CLIP was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image


@dataclass(frozen=True)
class Preprocess:
    """The ``preprocess_cfg`` of our weights' ``config.json``; field names are the file's."""

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: str = "box"
    resize_mode: str = "pad"
    background: tuple[int, int, int] = (255, 255, 255)

    def square(self, image: "Image") -> "Image":
        """RGB, ``size`` x ``size``, ``background`` where it is transparent.

        With resize mode "pad" the whole picture, centred on ``background``; else stretched.
        """
        from PIL import Image as Pillow

        if image.mode == "P" and "transparency" in image.info:
            image = _without_transparency(image, tuple(self.background))
        # Without transparency the result is the same, at half the time.
        source = image.convert("RGBA" if image.has_transparency_data else "RGB")
        width = height = self.size
        if self.resize_mode == "pad":
            scale = self.size / max(source.size)
            width, height = (max(1, round(side * scale)) for side in source.size)
        small = source.resize((width, height), Pillow.Resampling[self.interpolation.upper()])
        square = Pillow.new("RGB", (self.size, self.size), tuple(self.background))
        corner = ((self.size - width) // 2, (self.size - height) // 2)
        square.paste(small, corner, small if small.mode == "RGBA" else None)
        return square

    def pixels(self, image: "Image") -> npt.NDArray[np.uint8]:
        """(size, size, 3): `square` as an array."""
        return np.asarray(self.square(image))

    def batch(self, squares: "Sequence[npt.NDArray[np.uint8]]", device: str) -> "torch.Tensor":
        """(n, 3, size, size) on ``device``, normalised, channels last in memory."""
        import torch

        levels = torch.from_numpy(np.stack(squares)).to(device).float() / 255
        mean, std = (torch.tensor(values, device=device) for values in (self.mean, self.std))
        return ((levels - mean) / std).permute(0, 3, 1, 2)


def _without_transparency(image: "Image", background: tuple[int, ...]) -> "Image":
    """A palette picture whose colours are those seen on ``background``: far less work than its pixels."""
    from PIL import Image as Pillow

    colours = Pillow.frombytes("P", (256, 1), bytes(range(256)))
    colours.putpalette(image.palette or [])
    colours.info = image.info
    shown = colours.convert("RGBA")
    shown = Pillow.alpha_composite(Pillow.new("RGBA", shown.size, background), shown).convert("RGB")
    opaque = image.copy()
    opaque.putpalette(shown.tobytes())
    del opaque.info["transparency"]
    return opaque
