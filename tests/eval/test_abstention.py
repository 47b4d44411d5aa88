"""Questions with and without an answer, and how often a search declines them."""

import json

import pytest
import typer
from typer.testing import CliRunner

from eval.abstention import ANSWERABLE, UNANSWERABLE, Question, foreign, questions, run
from magpie.catalog import Catalog
from magpie.query import Hit, SearchResult
from magpie.settings import Settings
from retrieval.index import build
from ui.commands import eval as command


@pytest.fixture
def asked(colour_home):
    with Catalog(colour_home.catalog_path) as catalog:
        return questions(catalog, "test", 5, seed=1)


def test_every_kind_is_asked_and_the_same_for_a_seed(asked, colour_home):
    assert {question.kind for question in asked} >= {"plain", "no such thing", "a trait and no such thing"}
    with Catalog(colour_home.catalog_path) as catalog:
        assert questions(catalog, "test", 5, seed=1) == asked
        assert questions(catalog, "test", 5, seed=2) != asked
    assert all(question.is_answerable == (question.kind in ANSWERABLE) for question in asked)


def test_foreign_things_are_named_where_nothing_can_be_found(asked):
    for question in asked:
        named = any(thing in question.words for thing in foreign())
        assert named == (question.kind in ("no such thing", "a trait and no such thing")), question


def test_no_thing_is_listed_twice():
    assert len(set(foreign())) == len(foreign()) >= 50


class Choosy:
    """Finds a token for all but what begins with "no"."""

    def __init__(self, ref):
        self._hit = Hit(ref=ref, score=1.0)

    def search(self, query):
        return SearchResult(hits=() if query.text.startswith("no") else (self._hit,))


def test_shares_count_what_was_declined(make_collection):
    answers = [Question("plain", "yes"), Question("plain", "no"), Question("no such thing", "no")]
    rows, declined = run(Choosy(make_collection().ref(1)), answers, 0, tick=lambda *_: None)
    assert [(row.kind, row.queries, row.share.mean) for row in rows] == [
        ("plain", 2, 0.5),
        ("no such thing", 1, 1.0),
    ]
    assert [one.declined for one in declined] == [False, True, True]


@pytest.fixture
def command_line(colour_home):
    app = typer.Typer()
    command.register(app)
    app.command("other")(lambda: None)
    real = {"MAGPIE_IMAGE_ENCODER": "hashing"}  # the caption encoder is the real one, which was calibrated
    build(colour_home.model_copy(update={"text_encoder": Settings().text_encoder}), tick=lambda *_: None)

    def said(*arguments):
        words = ["eval", "no-match", "--home", str(colour_home.home), *arguments]
        return CliRunner().invoke(app, words, env=real, catch_exceptions=False)

    return said


def test_the_command_asks_and_shows_each_kind(command_line):
    found = json.loads(command_line("--queries", "3", "--json").stdout)
    shares = {row["kind"]: row["share"]["mean"] for row in found["rows"]}
    assert shares["plain"] == 0
    assert shares["no such thing"] == shares["a trait and no such thing"] == 1
    assert (
        {question["kind"] for question in found["questions"]} == set(shares) <= {*ANSWERABLE, *UNANSWERABLE}
    )
    assert "no such thing" in command_line("--queries", "3").stdout
