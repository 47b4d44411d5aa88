"""Pictures laid over one another tell what vectors cannot."""

import random

import numpy as np
import pytest
from PIL import Image, ImageOps

from magpie.domain import TokenRef
from retrieval.overlay import AGREE, differences, known_first, second_look

EYES = [(0, 0, 0), (220, 30, 30), (30, 30, 220), (240, 240, 240)]


def face(number):
    """128 x 128: a background and a head of few colours, eyes that tell tokens apart, and freckles."""
    rng = random.Random(7)
    picture = Image.new("RGB", (16, 16), (120, 160, 90))
    picture.paste((230, 190, 150), (3, 4, 13, 16))
    picture.paste(EYES[number % 4], (5, 7, 7, 9))
    picture.paste(EYES[number // 4], (9, 7, 11, 9))
    for _ in range(12):
        at = rng.randrange(16), rng.randrange(16)
        picture.putpixel(at, (rng.randrange(256), rng.randrange(256), rng.randrange(256)))
    return picture.resize((128, 128), Image.Resampling.NEAREST)


FACES = [face(number) for number in range(16)]
REFS = [TokenRef(chain="eip155:1", contract="0x" + "1" * 40, token_id=number) for number in range(16)]


def cut(left, top, side):
    return lambda picture: picture.crop((left, top, left + side, top + side))


ALTERED = {
    "as it is": lambda picture: picture,
    "upper left": cut(0, 0, 102),
    "lower right": cut(26, 26, 102),
    "middle": cut(11, 17, 99),
    "little": cut(20, 20, 80),
    "small": lambda picture: picture.resize((40, 40), Image.Resampling.BICUBIC),
    "large": lambda picture: picture.resize((300, 300), Image.Resampling.BICUBIC),
    "mirrored": ImageOps.mirror,
    "framed": lambda picture: ImageOps.expand(picture, 17, (20, 20, 20)),
    "transparent": lambda picture: picture.convert("RGBA"),
}


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED)
@pytest.mark.parametrize("own", [0, 6, 15])
def test_a_picture_differs_least_from_what_it_was_cut_from(altered, own):
    found = differences(altered(FACES[own]), FACES)
    assert found.argmin() == own
    assert found[own] < AGREE


@pytest.mark.parametrize("own", [0, 6, 15])
def test_the_own_token_comes_first_wherever_the_vectors_put_it(own):
    ranking = [(ref, 0.9 - ref.token_id / 100) for ref in REFS]
    found = second_look(cut(9, 13, 100)(FACES[own]), ranking, lambda ref: FACES[ref.token_id])
    assert found[0][0] == REFS[own]
    assert found[0][1] > 0.99
    assert sorted(ref.token_id for ref, _ in found) == list(range(16))
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_other_colours_agree_with_nothing_and_the_order_stays():
    ranking = [(ref, 0.9) for ref in REFS]
    assert second_look(ImageOps.invert(FACES[3]), ranking, lambda ref: FACES[ref.token_id]) == ranking


@pytest.mark.parametrize("gone", [set(), {2}, set(range(16))])
def test_pictures_that_cannot_be_read_keep_their_place_behind_those_that_agree(gone):
    ranking = [(ref, 0.5) for ref in REFS]
    found = second_look(FACES[9], ranking, lambda ref: None if ref.token_id in gone else FACES[ref.token_id])
    assert {ref for ref, _ in found} == set(REFS)
    assert found[0][0] == (REFS[0] if len(gone) == 16 else REFS[9])


def test_only_the_first_fifty_are_looked_at():
    opened = []
    many = [
        (TokenRef(chain="eip155:1", contract="0x" + "1" * 40, token_id=number), 0.5) for number in range(60)
    ]

    def open_(ref):
        opened.append(ref.token_id)
        return FACES[ref.token_id % 16]

    assert len(second_look(FACES[0], many, open_)) == 60
    assert opened == list(range(50))


def test_nothing_found_is_nothing_to_look_at():
    assert second_look(FACES[0], [], lambda ref: None) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (3, 2), (500, 1)])
def test_a_picture_of_any_shape_is_compared(size):
    assert np.isfinite(differences(Image.new("RGB", size, "red"), [*FACES[:2], Image.new("RGB", size)])).all()


def test_known_tokens_come_first_each_once_and_as_near_as_the_nearest():
    refs = [TokenRef.parse(f"eip155:1/erc721:0x{'a' * 40}/{number}") for number in range(4)]
    ranking = [(refs[0], 0.9), (refs[1], 0.8)]
    assert known_first(ranking, []) == ranking
    assert known_first(ranking, [refs[1]]) == [(refs[1], 0.9), (refs[0], 0.9)]
    assert known_first(ranking, [refs[3], refs[2]]) == [(refs[3], 0.9), (refs[2], 0.9), *ranking]
    assert known_first([], [refs[2]]) == [(refs[2], 1.0)]
