import numpy as np
import pytest
from PIL import Image

from retrieval.layers.grid import FINEST, cells_across, read_at


def art(cells, rows, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2, (rows, cells, 1), dtype=np.uint8) * np.array(
        [200, 90, 30, 0], np.uint8
    ) + np.array([0, 0, 0, 255], np.uint8)


@pytest.mark.parametrize(("cells", "rows"), [(24, 24), (42, 42), (32, 40), (60, 60)])
@pytest.mark.parametrize("before", [None, 10])
def test_pixel_art_is_read_at_the_grid_it_was_drawn_on(cells, rows, before):
    small = art(cells, rows)
    image = Image.fromarray(small)
    if before:  # published enlarged, and enlarged once more by ingest
        image = image.resize((cells * before, rows * before), Image.Resampling.NEAREST)
    large = image.resize((512, round(rows * 512 / cells)), Image.Resampling.NEAREST)
    assert cells_across([np.asarray(large)]) == cells
    assert (read_at(large, cells) == small).all()


def test_a_smooth_picture_has_no_grid():
    ramp = np.add.outer(np.arange(512), np.arange(512)).astype(np.uint8)
    picture = np.stack([ramp, ramp, ramp, np.full_like(ramp, 255)], axis=-1)
    assert cells_across([picture]) == FINEST


def test_one_colour_says_nothing_of_a_grid():
    assert cells_across([np.full((64, 64, 4), 9, np.uint8)]) == FINEST


def test_colours_that_cannot_be_seen_are_no_change():
    picture = np.array(Image.fromarray(art(16, 16)).resize((512, 512), Image.Resampling.NEAREST))
    hidden = picture.copy()
    hidden[..., 3] = 0
    hidden[..., :3] = np.random.default_rng(0).integers(0, 256, (512, 512, 3))
    assert cells_across([picture, hidden]) == 16


def test_every_picture_has_a_say():
    coarse, fine = (
        np.asarray(Image.fromarray(art(cells, cells)).resize((512, 512), Image.Resampling.NEAREST))
        for cells in (16, 32)
    )
    assert cells_across([coarse]) == 16
    assert cells_across([coarse, fine]) == 32
