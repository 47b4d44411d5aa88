"""A picture of any mode and size as the square that our own CLIP was trained on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
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

    def array(self, image: "Image") -> npt.NDArray[np.float32]:
        """(3, size, size), normalised."""
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        pixels = np.asarray(self.square(image), np.float32) / np.float32(255)
        return ((pixels - mean) / std).astype(np.float32, copy=False).transpose(2, 0, 1)
