"""A disguised token is named with its disguise; a token that only shares traits with known ones is not."""

import hashlib
import json

import pytest
from PIL import Image

from eval.copymint import DISGUISES, disguise
from magpie.catalog import Catalog
from magpie.domain import Collection
from magpie.errors import IndexMismatchError
from magpie.query import Filter, Query
from magpie.settings import Settings
from retrieval.copies import sketchbook
from retrieval.copies.verdict import Recogniser
from retrieval.index import build
from retrieval.search import open_searcher

FACES = Collection(name="Faces", chain="eip155:1", contract="0x" + "c" * 40, subject="face")
FAKES = Collection(name="Fakes", chain="eip155:1", contract="0x" + "d" * 40, subject="face")
HATS = [None, (180, 30, 40), (30, 60, 190), (60, 140, 70)]
EYES = [(20, 20, 20), (220, 60, 30), (30, 160, 220), (240, 220, 60)]
MOUTHS = [(7, 13), (8, 12), (9, 14)]


def face(number):
    """240 x 240, 20 cells wide: all share background, head and outline; hat, eyes and mouth differ."""
    hat, eyes, mouth = HATS[number % 4], EYES[number // 4 % 4], MOUTHS[number // 16 % 3]
    picture = Image.new("RGB", (20, 20), (120, 160, 190))
    picture.paste((20, 20, 20), (4, 3, 16, 20))
    picture.paste((230, 190, 150), (5, 4, 15, 20))
    picture.paste((200, 150, 120), (9, 10, 11, 13))
    picture.paste(eyes, (6, 8, 9, 10))
    picture.paste(eyes, (11, 8, 14, 10))
    picture.paste((150, 50, 60), (mouth[0], 15, mouth[1], 16))
    picture.paste((90, 40, 30), (13, 12, 14, 13))
    if hat:
        picture.paste(hat, (3, 1, 17, 6))
        picture.paste((250, 240, 200), (5, 4, 15, 5))
    return picture.resize((240, 240), Image.Resampling.NEAREST)


def token_of(make_token, settings, collection, number, picture):
    path = f"{collection.name}/images/{collection.name}_{number}.png"
    file = settings.dataset_dir / path
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.save(file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return make_token(number, [], collection, f"face {number}", path, image_sha256=digest)


@pytest.fixture
def home(tmp_path, make_token):
    """Faces 0 to 46 but for 21; Fakes: 0 is Faces 5 mirrored, 1 is Faces 6 itself, 2 is one colour."""
    settings = Settings(home=tmp_path / "home", image_encoder="hashing", text_encoder="hashing", threads=1)
    fakes = [
        face(5).transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        face(6),
        Image.new("RGB", (240, 240), "navy"),
    ]
    with Catalog(settings.catalog_path, create=True) as catalog:
        for collection, pictures in (
            (FACES, {number: face(number) for number in range(47) if number != 21}),
            (FAKES, dict(enumerate(fakes))),
        ):
            catalog.put_collection(collection)
            made = [token_of(make_token, settings, collection, *one) for one in pictures.items()]
            catalog.put_tokens(collection, made)
    build(settings, tick=lambda *_: None)
    return settings


@pytest.fixture
def recogniser(home):
    with Catalog(home.catalog_path) as catalog:
        yield Recogniser(home, catalog)


def named(verdict):
    return [(ref.contract[2], ref.token_id) for ref in verdict.tokens]


@pytest.mark.parametrize("kind", DISGUISES)
@pytest.mark.parametrize("number", [14, 35])
def test_a_disguised_token_is_named_with_its_disguise(recogniser, kind, number):
    found = recogniser.recognise(disguise(face(number), kind, "test"))
    assert named(found) == [("c", number)]
    assert found.disguise == kind
    assert 0 <= found.misfit <= 1


@pytest.mark.parametrize("kind", ["exact", "flip or rotate", "pixelation", "border", "resize, zoom or crop"])
def test_a_token_that_is_not_known_is_none_of_those_that_share_its_traits(recogniser, kind):
    assert recogniser.recognise(disguise(face(21), kind, "test")).tokens == ()


def test_a_search_with_a_cut_out_finds_its_token_first_whatever_its_vector_is_near(home, tmp_path):
    """The hashing encoder knows nothing of cut-outs: only what the picture is recognised as can tell."""
    file = tmp_path / "cut.png"
    face(14).crop((20, 0, 200, 180)).save(file)
    with open_searcher(home) as searcher:
        asked = Query(image=file, k=3)
        assert ("c", 14) not in [(r.contract[2], r.token_id) for r, _ in nearest_by_vector(searcher, file)]
        assert searcher.search(asked).hits[0].ref == FACES.ref(14)
        elsewhere = searcher.search(asked.model_copy(update={"filter": Filter(collections=("Fakes",))}))
        assert {hit.ref.contract for hit in elsewhere.hits} == {FAKES.contract}


def nearest_by_vector(searcher, file):
    return searcher.pictures.nearest(searcher._image_encoder.encode_images([Image.open(file)])[0], 3)


@pytest.mark.parametrize("number", [14, 35])
def test_a_cut_out_is_not_taken_for_a_sibling_with_words_upon_it(recogniser, number):
    """Cut so that hat, eyes and mouth are still seen, all that tells faces apart."""
    for left in (0, 24, 48):
        for top in (0, 12):
            cut = face(number).crop((left, top, left + 192, top + 192))
            assert named(recogniser.recognise(cut)) == [("c", number)], (left, top)


def test_the_last_picture_is_recognised_once(recogniser, monkeypatch):
    first = recogniser.recognise(face(6))
    monkeypatch.setattr(recogniser.finder, "find", None)
    assert recogniser.recognise(face(6)) == first
    with pytest.raises(TypeError):
        recogniser.recognise(face(7))


def test_tokens_with_one_picture_are_all_named(recogniser):
    found = recogniser.recognise(face(6))
    assert set(named(found)) == {("c", 6), ("d", 1)}
    assert found.disguise == "exact"


def test_equal_pixels_in_files_that_differ_are_one_picture(home, make_token):
    tokens = [token_of(make_token, home, FACES, 50 + number, face(7)) for number in range(3)]
    again = {"format": "png", "compress_level": 1}, {"format": "webp", "lossless": True}
    for token, (picture, how) in zip(
        tokens[1:], zip((face(7).convert("RGBA"), face(7)), again, strict=True), strict=True
    ):
        file = home.dataset_dir / token.image
        picture.save(file, **how)
        held = hashlib.sha256(file.read_bytes()).hexdigest()
        tokens[tokens.index(token)] = token.model_copy(update={"image_sha256": held})
    assert len({token.image_sha256 for token in tokens}) == 3
    sketchbook.update(home, tokens, "files", tick=lambda *_: None)
    assert list(sketchbook.load(home, "files").twins.values()) == [[0, 1, 2]]


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGB", (1, 1), "red"),
        Image.new("RGB", (300, 2), "red"),
        Image.new("RGB", (240, 240), "navy"),
        Image.new("RGBA", (240, 240), (0, 0, 0, 0)),
        Image.new("L", (5000, 4000), 255),
        Image.effect_noise((240, 240), 90),
        Image.linear_gradient("L"),
    ],
    ids=["one pixel", "a line", "one colour of a token", "transparent", "huge", "noise", "gradient"],
)
def test_what_shows_no_token_is_no_known_token(recogniser, picture):
    found = recogniser.recognise(picture)
    assert (found.tokens, found.disguise, found.score) == ((), None, 0.0)


@pytest.mark.parametrize("mode", ["RGBA", "P", "CMYK", "LA", "I;16"])
def test_pictures_of_any_mode_are_looked_at(recogniser, mode):
    grey = mode in ("LA", "I;16")
    picture = Image.new("I;16", (240, 240)) if mode == "I;16" else face(3).convert(mode)
    found = recogniser.recognise(picture)
    assert grey or named(found) == [("c", 3)]


def test_every_disguise_repeats_by_its_seed():
    for kind in DISGUISES:
        once, again = (disguise(face(3), kind, "seed").tobytes() for _ in range(2))
        assert once == again


def test_a_picture_without_background_has_no_other_background():
    noise = Image.effect_noise((64, 64), 120)
    assert disguise(noise, "background swap", "seed") is None


def test_a_killed_sketching_goes_on_and_forgets_what_is_gone(home, make_token):
    with Catalog(home.catalog_path) as catalog:
        tokens, dataset = list(catalog.iter_tokens()), catalog.dataset_hash()
    seen = []
    sketchbook.update(home, tokens[:10], "another", tick=lambda *tick: seen.append(tick))
    assert seen == []  # all ten were sketched before
    assert len(sketchbook.load(home, "another").refs) == 10
    with pytest.raises(IndexMismatchError, match="run `magpie index`"):
        sketchbook.load(home, dataset)
    sketchbook.update(home, tokens, dataset, tick=lambda *tick: seen.append(tick))
    assert seen[-1][1] == seen[-1][2]
    assert len(sketchbook.load(home, dataset).refs) == len(tokens)


@pytest.fixture
def magpie(home, magpie_over):
    run = magpie_over(home)
    return lambda *words: run(*words)[:2]


def test_search_says_which_token_a_picture_is(magpie, tmp_path):
    file = tmp_path / "asked.png"
    face(9).rotate(90).save(file)
    assert magpie("search", "--image", file)[1].startswith("this is nearly Faces 9: flip or rotate\n")
    copy = json.loads(magpie("search", "--image", file, "--json")[1])["copy"]
    assert (copy["says"], copy["disguise"]) == ("this is nearly", "flip or rotate")
    assert copy["tokens"] == [str(FACES.ref(9))]
    face(9).save(file)
    assert magpie("search", "--image", file)[1].startswith("this is Faces 9\n")
    face(21).save(file)
    assert magpie("search", "--image", file)[1].startswith("no known token\n")


def test_copies_lists_other_collections_and_equal_pictures_apart(magpie):
    code, out = magpie("copies", "fakes", "--json")
    found = json.loads(out)
    said = {
        pair["token"]["token_id"]: (pair["verdict"]["tokens"][0]["token_id"], pair["verdict"]["disguise"])
        for pair in found["across"]
    }
    assert code == 0
    assert said == {"0": ("5", "flip or rotate"), "1": ("6", "exact")}
    assert found["within"] == []
    assert magpie("copies", "fakes", "--json")[1] == out  # from what was kept
    assert "Faces 5" in magpie("copies", "Fakes")[1]


def test_a_collection_is_not_its_own_copy(magpie):
    found = json.loads(magpie("copies", "Faces", "--json")[1])
    assert {pair["token"]["token_id"] for pair in found["across"]} == {"5", "6"}
