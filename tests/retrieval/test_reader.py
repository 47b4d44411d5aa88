"""Questions read by meaning, with the real caption encoder and what is shipped for it."""

import pytest

from magpie.catalog import Catalog
from magpie.query import Query
from magpie.settings import Settings
from retrieval import backends
from retrieval.index import build
from retrieval.reader import WORDS, Reader
from retrieval.search import open_searcher
from retrieval.things import Calibration, calibration

TOKENS = {
    1: ["Colour=Red", "Hat=Beanie"],
    2: ["Colour=Blue", "Hat=Dog"],
    3: ["Colour=Green", "Hat=Crown"],
}


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home", image_encoder="hashing", threads=1)


class Counting:
    """The real encoder, and how many texts it was given."""

    def __init__(self, settings):
        self._encoder = backends.text_encoder(settings)
        self.id, self.dim, self.load, self.texts = self._encoder.id, self._encoder.dim, self._encoder.load, []

    def encode(self, texts, *, kind):
        self.texts += texts
        return self._encoder.encode(texts, kind=kind)


@pytest.fixture
def read(settings, put, cubes):
    put(cubes, TOKENS)
    with Catalog(settings.catalog_path) as catalog:
        yield Reader(catalog, Counting(settings), settings.home / WORDS).read


@pytest.mark.parametrize(
    ("question", "absent"),
    [
        ("a cube with a submarine", ("submarine",)),
        ("a cube playing the violin on a helicopter", ("violin", "helicopter")),
        ("a cozy, laid-back cube", ()),
        ("a cube sporting a beanie", ()),
        ("a red cube with no submarine", ()),
        ("a red cube with a beanie", ()),
        ("", ()),
    ],
)
def test_a_thing_that_is_not_here_is_told_from_a_manner_of_speaking(read, question, absent):
    assert read(question).absent == absent


def test_a_word_that_means_a_value_is_read_as_it_and_told_by_its_score(read):
    (match,) = read("a canine").matches
    assert [(trait.type, trait.value) for trait in match.traits] == [("Hat", "Dog")]
    assert match.phrase == "canine"
    assert 0.8 <= match.score < 1
    assert read("a canine").unread == ()


def test_published_words_are_encoded_once_for_a_home(settings, put, cubes):
    put(cubes, TOKENS)
    build(settings, tick=lambda *_: None)
    with Catalog(settings.catalog_path) as catalog:
        encoder = Counting(settings)
        Reader(catalog, encoder, settings.home / WORDS).read("a submarine")
        assert encoder.texts == ["submarine"]
        (kept,) = (settings.home / WORDS).iterdir()
        kept.write_bytes(b"cut short")
        assert Reader(catalog, encoder, settings.home / WORDS).read("a submarine").absent == ("submarine",)
        assert sorted(encoder.texts[2:]) == ["beanie", "blue", "crown", "dog", "green", "red"]


def test_nothing_is_judged_by_an_encoder_that_was_not_calibrated(settings, put, cubes):
    put(cubes, TOKENS)
    encoder = backends.text_encoder(settings.model_copy(update={"text_encoder": "hashing"}))
    assert calibration(encoder.id) is None
    with Catalog(settings.catalog_path) as catalog:
        reading = Reader(catalog, encoder, settings.home / WORDS).read("a submarine")
    assert (reading.absent, reading.unread) == ((), ("submarine",))


def test_what_is_shipped_fits_the_shipped_encoder(settings):
    encoder = backends.text_encoder(settings)
    known = calibration(encoder.id)
    assert isinstance(known, Calibration)
    assert known.weights.shape == (encoder.dim,)
    assert 0 < known.near <= known.same <= 1.1


def test_a_search_for_what_is_not_here_declines_and_shows_what_comes_near(settings, put, cubes):
    put(cubes, TOKENS)
    build(settings, tick=lambda *_: None)
    with open_searcher(settings) as searcher:
        declined = searcher.search(Query(text="a red cube with a submarine"))
        assert declined.hits == ()
        assert declined.reason == "nothing here shows “submarine”"
        assert [hit.ref.token_id for hit in declined.closest] == [1]
        assert declined.closest[0].lacks == ("submarine",)
        assert [hit.ref.token_id for hit in searcher.search(Query(text="a red cube")).hits] == [1]
