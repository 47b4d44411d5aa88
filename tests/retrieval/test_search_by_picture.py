"""A picture that was altered finds its token; one that was not finds itself before its mirror image."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageOps

from magpie.catalog import Catalog
from magpie.files import sha256_file
from magpie.query import Filter, Query
from retrieval.gallery import Gallery
from retrieval.index import build
from retrieval.ports import Entry
from retrieval.search import open_searcher
from retrieval.stores.chroma import ChromaStore
from retrieval.stores.memory import MemoryStore
from retrieval.views import DISCOUNT, discounts


def scene(left, right, middle="black"):
    """64 x 64: two halves and a middle."""
    picture = Image.new("RGB", (64, 64), left)
    picture.paste(right, (32, 0, 64, 64))
    picture.paste(middle, (20, 24, 44, 56))
    return picture


def framed(picture):
    return ImageOps.expand(picture, 14, (120, 75, 40))


def paged(picture):
    page = Image.new("RGB", (100, 100), "white")
    page.paste("red", (0, 0, 100, 6))
    page.paste(picture, (18, 16))
    written = BytesIO()
    page.save(written, "JPEG", quality=85)
    return Image.open(written)


@pytest.fixture
def scenes(settings, make_token, cubes, silent):
    """Cube 2 is the mirror image of cube 1; the others have colours of their own."""
    shown = {
        1: scene("red", "blue"),
        2: ImageOps.mirror(scene("red", "blue")),
        3: scene("green", "yellow"),
        4: scene("purple", "orange"),
        5: scene("white", "pink", "red"),
        6: scene("green", "blue", "yellow"),
    }
    tokens = []
    for number, picture in shown.items():
        path = f"Cubes/images/Cubes_{number}.png"
        (settings.dataset_dir / path).parent.mkdir(parents=True, exist_ok=True)
        picture.save(settings.dataset_dir / path)
        digest = sha256_file(settings.dataset_dir / path)
        said = f"A picture of cube, containing {number} Number."
        tokens.append(make_token(number, [f"Number={number}"], cubes, said, path, image_sha256=digest))
    with Catalog(settings.catalog_path, create=True) as catalog:
        catalog.put_collection(cubes)
        catalog.put_tokens(cubes, tokens)
    build(settings, tick=silent)
    return shown


@pytest.fixture
def find(scenes, settings, tmp_path):
    """Token ids, best first, by a picture: ``find(picture, **fields of the query)``."""

    def find(picture, **fields):
        file = tmp_path / "asked.png"
        picture.save(file)
        with open_searcher(settings) as searcher:
            hits = searcher.search(Query(image=file, **{"k": 6, **fields})).hits
        return [hit.ref.token_id for hit in hits]

    return find


@pytest.mark.parametrize("collections", [(), ("Cubes",)], ids=["all", "filtered"])
@pytest.mark.parametrize("token", range(1, 7))
def test_a_picture_finds_itself_first_even_if_another_is_its_mirror_image(find, scenes, token, collections):
    found = find(scenes[token], filter=Filter(collections=collections))
    assert found[0] == token
    assert sorted(found) == [1, 2, 3, 4, 5, 6]


def test_of_two_that_mirror_each_other_the_other_comes_second(find, scenes):
    assert find(scenes[1], k=2) == [1, 2]
    assert find(scenes[2], k=2) == [2, 1]


@pytest.mark.parametrize("collections", [(), ("Cubes",)], ids=["all", "filtered"])
@pytest.mark.parametrize("token", [3, 4, 5, 6])
@pytest.mark.parametrize("altered", [ImageOps.mirror, framed, paged], ids=lambda altered: altered.__name__)
def test_a_mirrored_framed_or_photographed_picture_finds_its_token(find, scenes, altered, token, collections):
    assert find(altered(scenes[token]), k=1, filter=Filter(collections=collections)) == [token]


def test_words_beside_an_altered_picture_still_count(find, scenes):
    assert find(ImageOps.mirror(scenes[3]), text="Number 3", k=1) == [3]
    assert find(ImageOps.mirror(scenes[3]), text="red", k=6)[0] == 3
    assert find(framed(scenes[6]), text="green", k=1) == [6]


@pytest.mark.parametrize("kind", ["memory", "chroma"])
def test_the_best_view_of_a_picture_counts_in_either_way_of_searching(cubes, tmp_path, kind):
    rng = np.random.default_rng(3)
    store = MemoryStore() if kind == "memory" else ChromaStore(tmp_path, "image", "test")
    refs = [cubes.ref(n) for n in range(40)]
    rows = rng.normal(size=(40, 8)).astype(np.float32)
    rows[20:25] = rows[:5]  # equal pictures
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    store.upsert([Entry(str(ref), "Cubes", "x") for ref in refs], rows)
    looks = rng.normal(size=(4, 8)).astype(np.float32)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    wanted = (rows.astype(float) @ looks.T - [0, DISCOUNT, DISCOUNT, DISCOUNT]).max(axis=1)
    order = sorted(range(40), key=lambda n: (-round(wanted[n], 5), n))
    gallery = Gallery(store)
    for k in (1, 7, 40):
        for found in (gallery.nearest(looks, k), gallery.exact(looks, refs, k)):
            assert [score for _, score in found] == pytest.approx(wanted[order[:k]], abs=1e-5)
            assert [round(score, 4) for _, score in found] == sorted(
                (round(score, 4) for _, score in found), reverse=True
            )
            assert len({ref for ref, _ in found}) == k
    assert [ref for ref, _ in gallery.exact(looks, refs, 40)] == [refs[n] for n in order]
    single = gallery.nearest(looks[0], 40)
    assert [score for _, score in single] == pytest.approx(sorted(rows @ looks[0], reverse=True), abs=1e-5)
    assert discounts(1).sum() == 0
