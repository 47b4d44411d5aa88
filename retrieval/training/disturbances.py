"""What happens to a picture before somebody asks for it: another background, a crop, margins, faded colours.

Or what a search makes of a crop: put back where it may have been cut from, and filled from its own edges.

A picture stays (s, s): the part of the plane that is seen is chosen and drawn anew by area, as a picture is
shrunk from the dataset's 512 pixels.
"""

import numpy as np
import numpy.typing as npt

from retrieval.training.pixels import Pixels

Floats = npt.NDArray[np.float32]
Sides = npt.NDArray[np.float64]
_CROPPED, _FRAMED = 0.3, 0.25  # shares; the rest is only shifted
_SMALLEST_CROP, _WIDEST_FRAME = 0.72, 1.5  # of the side that is seen
_SHIFT = 0.05
_FLIPPED = 0.12
_STRONG = 0.2  # share whose colours change as a filter would change them
_NOISY = 0.2
_LEAST_KEPT = 0.72  # of each side, by a crop that is put back


def flatten(pixels: Pixels, background: npt.NDArray[np.uint8]) -> Pixels:
    """(b, s, s, 4) RGBA over one (3,) colour, or one (b, 3) colour a picture, as (b, s, s, 3)."""
    flat = np.ascontiguousarray(pixels[..., :3])
    seen_through = pixels[..., 3] < 255
    alpha = pixels[..., 3][seen_through, None].astype(np.float32) / 255
    under = np.broadcast_to(background.reshape(-1, 1, 1, 3), flat.shape)[seen_through]
    flat[seen_through] = (flat[seen_through] * alpha + under * (1 - alpha) + 0.5).astype(np.uint8)
    return flat


def disturb(
    pixels: Pixels, background: npt.NDArray[np.uint8], rng: np.random.Generator, share: float = 0.75
) -> Pixels:
    """(b, s, s, 4) RGBA -> (b, s, s, 3): about ``share`` of the pictures altered, each in its own way.

    ``background`` (3,) is under the others, and under half of those; a random colour is under the rest.
    """
    count = len(pixels)
    altered = rng.random(count) < share
    unusual = altered & (rng.random(count) < 0.5)
    under = np.where(unusual[:, None], rng.integers(0, 256, (count, 3)), background).astype(np.uint8)
    flat = flatten(pixels, under)
    if altered.any():
        flat[altered] = _colours(_reframe(flat[altered].astype(np.float32), rng), rng).astype(np.uint8)
    return flat


def put_back(flat: Pixels, rng: np.random.Generator) -> Pixels:
    """(b, s, s, 3), each cropped, put back nearly in place, and filled up from its edges."""
    count, size = len(flat), int(flat.shape[1])
    kept = size * rng.uniform(_LEAST_KEPT, 1, count)
    side = size * rng.uniform(0.98, 1.02, count)
    views = []
    for _ in range(2):
        low = rng.uniform(0, 1, count) * (size - kept)
        start = (size - side) / 2 + rng.uniform(-_SHIFT, _SHIFT, count) * size
        views.append(_areas(start, side, size, (low, low + kept)))
    rows, columns = views
    drawn = np.matmul(rows, flat.astype(np.float32).reshape(count, size, 3 * size))
    seen: Pixels = np.matmul(columns[:, None], drawn.reshape(count, size, size, 3)).astype(np.uint8)
    return seen


def _reframe(flat: Floats, rng: np.random.Generator) -> Floats:
    """Crops, margins and shifts; beyond the picture there is its corner's colour or any other."""
    count, size = len(flat), int(flat.shape[1])
    side = np.ones(count)
    kind = rng.random(count)
    cropped, framed = kind < _CROPPED, kind > 1 - _FRAMED
    side[cropped] = rng.uniform(_SMALLEST_CROP, 1, int(cropped.sum()))
    side[framed] = rng.uniform(1, _WIDEST_FRAME, int(framed.sum()))
    sides = size * side[:, None] * rng.uniform(0.96, 1.04, (count, 2))  # seldom exactly square
    room = np.abs(size - sides) / 2 + _SHIFT * size
    starts = (size - sides) / 2 + rng.uniform(-1, 1, (count, 2)) * room
    rows, columns = (_areas(starts[:, axis], sides[:, axis], size) for axis in (0, 1))
    flipped = rng.random(count) < _FLIPPED
    columns = np.where(flipped[:, None, None], columns[:, ::-1], columns)
    drawn = np.matmul(rows, flat.reshape(count, size, -1)).reshape(count, size, size, 3)
    drawn = np.matmul(columns[:, None], drawn)
    inside = rows.sum(2)[:, :, None] * columns.sum(2)[:, None, :]
    corner = rng.random(count) < 0.5
    margin = np.where(corner[:, None], flat[:, 0, 0], rng.integers(0, 256, (count, 3))).astype(np.float32)
    return np.asarray(drawn + (1 - inside)[..., None] * margin[:, None, None])


def _areas(start: Sides, side: Sides, size: int, kept: tuple[Sides, Sides] | None = None) -> Floats:
    """(b, size, size): the share of old pixel j in new pixel i, where ``side`` from ``start`` on are seen.

    New pixels beyond what was ``kept``, from one place to another, show its first or last pixel.
    """
    edges = start[:, None] + side[:, None] * np.arange(size + 1) / size
    low, high, pixel = edges[:, :-1, None], edges[:, 1:, None], np.arange(size)
    if kept is not None:
        first, last = (edge[:, None, None] for edge in kept)
        low, high = np.clip(low, first, last - 1), np.clip(high, first + 1, last)
    shared = np.minimum(high, pixel + 1) - np.maximum(low, pixel)
    return np.asarray(np.clip(shared, 0, None) / (high - low), np.float32)


def _colours(seen: Floats, rng: np.random.Generator) -> Floats:
    count = len(seen)
    spread = np.where(rng.random(count) < _STRONG, 0.15, 0.03)[:, None]
    gain = 1 + spread * rng.standard_normal((count, 3))
    offset = 130 * spread * rng.standard_normal((count, 1))
    noise = np.where(rng.random(count) < _NOISY, 6, 0).astype(np.float32)[:, None, None, None]
    grain = noise * rng.standard_normal(seen.shape, dtype=np.float32) if noise.any() else 0
    gains, offsets = (part[:, None, None].astype(np.float32) for part in (gain, offset))
    return np.asarray(np.clip(seen * gains + offsets + grain, 0, 255))
