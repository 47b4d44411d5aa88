"""The invented collections that the shipped CLIP learns from: what a token says is what its picture shows."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from tools.train_clip.creatures import anatomy, eyewear, garments, headgear, heads, mouths, names, scenery
from tools.train_clip.creatures import eyes as looks
from tools.train_clip.creatures.canvas import Canvas
from tools.train_clip.creatures.collection import design, dress, invent, paint
from tools.train_clip.creatures.wardrobe import HAIR, HATS, KINDS, Layer, Value

BLUE, INK = (40, 70, 200), (90, 60, 40)
SUBJECTS = ("person", "owl", "robot", "frog")


@pytest.fixture(scope="module")
def designs():
    return [design(np.random.default_rng(seed)) for seed in range(50)]


@pytest.fixture(scope="module")
def dressed(designs):
    rng = np.random.default_rng(0)
    return [(look, dress(look, rng)) for look in designs for _ in range(30)]


def shape_of(subject):
    return anatomy.draw_anatomy(subject, np.random.default_rng(5))


def drawn(shape, *, behind=None, above=None, skin="plain", canvas=None):
    """A grey creature's pixels, without a face, with what ``behind`` and ``above`` draw."""
    canvas = canvas or Canvas(64, outline=(18, 16, 20))
    if behind:
        behind(canvas, shape)
    heads.body(canvas, shape, (150, 150, 150))
    heads.head(canvas, shape, (150, 150, 150), skin, np.random.default_rng(0))
    if above:
        above(canvas, shape)
    return canvas.pixels(64)


def worn(behind, above, kind, colour):
    return {
        "behind": lambda canvas, shape: behind(canvas, shape, kind, colour),
        "above": lambda canvas, shape: above(canvas, shape, kind, colour),
    }


def on_face(draw, kind, colour):
    return {"above": lambda canvas, shape: draw(canvas, shape, kind, colour)}


def unseen(named):
    """The names of ``named``, of (name, what draws it), that leave some creature as it was without them."""
    shapes = [shape_of(subject) for subject in SUBJECTS]
    bare = [drawn(shape) for shape in shapes]
    assert len(named) > 3
    return [
        name
        for name, drawing in named
        for shape, before in zip(shapes, bare, strict=True)
        if np.array_equal(drawn(shape, **drawing), before)
    ]


def test_the_same_name_count_and_seed_make_the_same_collection():
    one, again, other = invent("Imps", 6, 11), invent("Imps", 6, 11), invent("Imps", 6, 12)
    assert (one.collection, one.tokens) == (again.collection, again.tokens)
    assert np.array_equal(one.pixels, again.pixels)
    assert not np.array_equal(one.pixels, other.pixels)
    assert not np.array_equal(one.pixels, invent("Elves", 6, 11).pixels)


def test_a_longer_collection_begins_with_the_shorter_one():
    few, many = invent("Imps", 3, 11), invent("Imps", 9, 11)
    assert np.array_equal(few.pixels, many.pixels[:3])
    assert [token.traits for token in few.tokens] == [token.traits for token in many.tokens[:3]]


def test_pictures_are_opaque_and_not_all_alike():
    pack = invent("Imps", 12, 11)
    assert pack.pixels.shape == (12, 64, 64, 4)
    assert (pack.pixels[..., 3] == 255).all()
    assert len({picture.tobytes() for picture in pack.pixels}) > 6


def test_tokens_say_what_the_layers_say_of_what_is_worn():
    rng = np.random.default_rng([11, *b"Imps"])
    look = design(rng)
    tokens = [dress(look, rng) for _ in range(5)]
    pack = invent("Imps", 5, 11)
    assert [[(t.type, t.value) for t in token.traits] for token in pack.tokens] == [
        look.said(worn) for worn in tokens
    ]
    assert np.array_equal(pack.pixels, np.stack([paint(look, worn) for worn in tokens]))


@pytest.mark.parametrize("texture", sorted(set(scenery.TEXTURES)))
def test_the_corners_show_the_colour_that_the_background_says(designs, texture):
    bare = {"skin": Value("Gray", "plain", (128, 128, 128))}
    tried = 0
    for look in designs[:8]:
        (layer,) = (layer for layer in look.layers if layer.part == "background")
        for value in layer.values[:4]:
            picture = paint(replace(look, texture=texture), bare | {"background": value})
            corners = np.concatenate(
                [picture[:8, :8, :3].reshape(-1, 3), picture[:8, -8:, :3].reshape(-1, 3)]
            )
            away = np.abs(np.median(corners, axis=0) - value.colour).max()
            assert away <= (0 if texture == "flat" else 36), (value, texture)
            assert layer.said(value) == [(layer.type, value.name)]
            tried += 1
    assert tried > 20


def test_textures_differ_from_a_flat_colour_and_from_each_other():
    made = {texture: scenery.backdrop(48, BLUE, texture, 1).tobytes() for texture in scenery.TEXTURES}
    assert len(set(made.values())) == len(made) > 5


def test_every_subject_is_drawn_and_its_ears_are_seen():
    for subject in anatomy.SUBJECTS:
        shape = shape_of(subject)
        deaf = drawn(replace(shape, ears="none"))
        assert np.array_equal(drawn(shape), deaf) == (shape.ears == "none"), subject


def test_every_pattern_of_skin_is_seen():
    patterns = {pattern for _, pattern in KINDS.values()} - {"plain"}
    assert not unseen([(pattern, {"skin": pattern}) for pattern in patterns])


@pytest.mark.parametrize("colour", [None, BLUE])
def test_every_name_of_clothes_is_seen(colour):
    table = names.CLOTHES.items()
    assert not unseen(
        [(name, worn(garments.behind, garments.clothes, kind, colour)) for name, (kind, _) in table]
    )


@pytest.mark.parametrize("colour", [None, BLUE])
def test_every_name_of_headgear_is_seen(colour):
    table = names.HEADGEAR.items()
    assert not unseen(
        [(name, worn(headgear.behind, headgear.headgear, kind, colour)) for name, (kind, _) in table]
    )


@pytest.mark.parametrize("colour", [None, BLUE])
def test_every_name_of_eyes_and_eyewear_is_seen(colour):
    assert not unseen([(name, on_face(looks.eyes, kind, colour)) for name, kind in names.EYES.items()])
    assert not unseen(
        [(name, on_face(eyewear.eyewear, kind, colour)) for name, kind in names.EYEWEAR.items()]
    )


def test_every_name_of_a_mouth_or_beak_is_seen():
    assert not unseen([(name, on_face(mouths.mouth, kind, INK)) for name, kind in names.MOUTHS.items()])
    assert not unseen([(name, on_face(mouths.beak, length, INK)) for name, length in names.BEAKS.items()])


def coloured(table):
    return {kind for kind, takes in table.values() if takes}


@pytest.mark.parametrize(
    ("draw", "kinds"),
    [
        (partial(worn, garments.behind, garments.clothes), coloured(names.CLOTHES)),
        (partial(worn, headgear.behind, headgear.headgear), coloured(names.HEADGEAR)),
        (partial(on_face, eyewear.eyewear), names.COLOURED_EYEWEAR),
        (partial(on_face, looks.eyes), names.COLOURED_EYES),
        (partial(on_face, mouths.mouth), names.COLOURED_MOUTHS),
    ],
    ids=["clothes", "headgear", "eyewear", "eyes", "mouths"],
)
def test_what_takes_a_colour_is_drawn_in_it(draw, kinds):
    """Where no outline covers it: on a coarse grid a choker is nothing else. An open mouth shows none."""
    shape = shape_of("person")
    assert len(kinds) >= 4
    for kind in kinds:
        blue, red = (
            drawn(shape, canvas=Canvas(64), **draw(kind, colour)) for colour in (BLUE, (220, 40, 40))
        )
        assert not np.array_equal(blue, red), kind


def test_hats_and_hair_are_all_of_headgear_and_no_name_is_both():
    assert HATS | HAIR == names.HEADGEAR
    assert not HATS.keys() & HAIR.keys()
    assert ("Mohawk" in HAIR, "Top Hat" in HATS) == (True, True)


def test_a_split_layer_says_the_colour_and_the_thing_as_two_traits():
    tee = Value("Blue Tee", "shirt", BLUE, ("Blue", "Tee"))
    layer = Layer("clothes", "Shirt", 1.0, (tee,), split=True)
    assert layer.said(tee) == [("Shirt", "Tee"), ("Shirt Color", "Blue")]
    assert layer._replace(split=False).said(tee) == [("Shirt", "Blue Tee")]
    assert layer.said(Value("Armor", "armor")) == [("Shirt", "Armor")]


def test_invented_tokens_have_split_and_whole_values(dressed):
    said = [
        (layer.split, len(layer.said(value)), bool(value.halves))
        for look, worn in dressed
        for layer in look.layers
        if (value := worn.get(layer.part))
    ]
    assert {(True, 2, True), (True, 1, False), (False, 1, True)} <= set(said)
    assert not {(False, 2, True), (True, 1, True), (True, 2, False)} & set(said)


def test_no_two_layers_share_a_trait_type(designs):
    for look in designs:
        types = [layer.type for layer in look.layers]
        assert len(types) == len(set(types)) >= 6, types
    assert any(layer.type.endswith(" 2") for look in designs for layer in look.layers)


def test_hidden_eyes_are_not_said(dressed):
    hidden = seen = 0
    for look, worn in dressed:
        types = {layer.part: layer.type for layer in look.layers}
        if "eyewear" not in worn:
            continue
        says_eyes = any(kind == types["eyes"] for kind, _ in look.said(worn))
        if worn["eyewear"].drawing in names.SEEN_THROUGH:
            seen += says_eyes
        else:
            hidden += 1
            assert not says_eyes, look.said(worn)
    assert hidden > 50
    assert seen > 50
