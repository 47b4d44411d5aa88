import io
import json

import pytest
from PIL import Image

from ingest import dashboard
from ingest.dashboard import problem_class
from ingest.ledger import FILE
from ingest.pipeline import ingest
from ingest.ports import NOTHING_KNOWN, Problem, RawToken
from ingest.sources.discovery import discover
from magpie.domain import Collection, local_contract
from magpie.layout import DASHBOARD
from magpie.settings import Settings


def picture(colour, kind="PNG"):
    out = io.BytesIO()
    image = Image.new("RGB", (24, 24), colour)
    image.paste("white", (0, 0, 9, 9))
    image.save(out, kind)
    return out.getvalue()


def token(number, **traits):
    return {
        "name": f"Ape #{number}",
        "attributes": [{"trait_type": t, "value": value} for t, value in traits.items()],
    }


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


@pytest.fixture
def apes(tmp_path):
    """Three tokens: a PNG, the same pixels as GIF, a JPEG without traits; and a file that is nothing."""
    files = {
        "images/1.png": picture("red"),
        "images/2.png": picture("red", "GIF"),
        "images/3.png": picture("blue", "JPEG"),
        "images/4.png": b"junk",
        "metadata/1.json": json.dumps(token(1, Fur="Gold", Hat="None")).encode(),
        "metadata/2.json": json.dumps(token(2, Fur="Robot", Hat="Cap")).encode(),
        "metadata/3.json": b"{oops",
    }
    for path, content in files.items():
        file = tmp_path / "Apes" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tmp_path / "Apes"


def run(folder, settings):
    (report,) = ingest(discover([folder]).sources, settings, tick=lambda *_: None, workers=0).collections
    return report


def board(settings, name="Apes"):
    return json.loads((settings.dataset_dir / name / DASHBOARD).read_text())


def test_the_dashboard_says_what_is_there_in_figures(settings, apes):
    run(apes, settings)
    said = board(settings)
    assert (said["actual_collected_quantity"], said["image_quantity"], said["tokens_with_traits"]) == (
        3,
        3,
        2,
    )
    assert said["trait_frequencies"] == {"Fur": {"Gold": 1, "Robot": 1}, "Hat": {"Cap": 1}}
    assert said["dropped_traits"] == {"no value": 1}
    assert said["originals"]["types"] == {"gif": 1, "jpeg": 1, "other": 1, "png": 1}
    sizes = [len(file.read_bytes()) for file in (apes / "images").iterdir()]
    assert said["originals"]["bytes"] == sum(sizes)
    assert said["duplicates"] == {"pictures": 2, "tokens": 2}
    assert said["sources"] == {"kind": "folder"}


def test_problems_are_counted_by_class_with_examples(settings, apes):
    run(apes, settings)
    said = board(settings)
    assert said["problems"] == {
        "not JSON": 1,
        "not a PNG, JPEG, WebP, GIF, AVIF or SVG picture, nor a video": 1,
    }
    assert [line.partition(":")[0] for line in said["problem_examples"]] == [
        "Apes/metadata/3.json",
        "Apes/images/4.png",
    ]


def test_the_filters_stand_there_with_their_evidence(settings, apes):
    report = run(apes, settings)
    said = board(settings)
    assert said["passes_filters"] is False
    assert said["filters"]["enough_tokens"] == {
        "passed": False,
        "evidence": "3 tokens, fewer than the 500 of NFT1000",
    }
    assert said["filters"]["unrevealed"]["passed"] is True
    assert report.failed_filters == ("3 tokens, fewer than the 500 of NFT1000",)


def test_frequencies_are_sorted_types_by_name_values_by_number(settings, tmp_path):
    folder = tmp_path / "Apes"
    (folder / "metadata").mkdir(parents=True)
    for number, (fur, hat) in enumerate([("B", "x"), ("A", "y"), ("C", "x"), ("C", "z")]):
        (folder / f"metadata/{number}.json").write_text(json.dumps(token(number, Hat=hat, Fur=fur)))
    run(folder, settings)
    said = board(settings)["trait_frequencies"]
    assert [(type_, list(values.items())) for type_, values in said.items()] == [
        ("Fur", [("C", 2), ("A", 1), ("B", 1)]),
        ("Hat", [("x", 2), ("y", 1), ("z", 1)]),
    ]


def test_the_time_changes_only_with_something_else(settings, apes, monkeypatch):
    run(apes, settings)
    first = board(settings)["snapshot_time"]
    path = settings.dataset_dir / "Apes" / DASHBOARD
    path.write_text(path.read_text().replace(first, "2001-01-01T00:00:00+00:00"))
    run(apes, settings)
    assert board(settings)["snapshot_time"] == "2001-01-01T00:00:00+00:00"
    (apes / "metadata/3.json").write_text(json.dumps(token(3, Fur="Gold")))
    run(apes, settings)
    assert board(settings)["snapshot_time"] >= first


def test_what_others_write_about_captions_stays(settings, apes):
    run(apes, settings)
    path = settings.dataset_dir / "Apes" / DASHBOARD
    path.write_text(json.dumps(board(settings) | {"captions": {"template": 3, "llm": 9}}))
    run(apes, settings)
    assert board(settings)["captions"] == {"template": 3, "llm": 9}
    (apes / "images/1.png").write_bytes(picture("green"))
    run(apes, settings)
    assert board(settings)["captions"] == {"template": 3, "llm": 9}


@pytest.mark.parametrize("content", [b"", b"[]", b"{oops", b"7"])
def test_a_broken_dashboard_is_made_anew(settings, apes, content):
    run(apes, settings)
    before = board(settings)
    (settings.dataset_dir / "Apes" / DASHBOARD).write_bytes(content)
    run(apes, settings)
    after = board(settings)
    assert {**after, "snapshot_time": ""} == {**before, "snapshot_time": ""}


class Chain:
    """Three tokens of a chain; ``problems`` and ``provenance`` are known when they have been read."""

    collection = Collection(name="Chained", chain="local:files", contract=local_contract("Chained"))
    total, complete = 3, True

    def __init__(self):
        self.problems, self.provenance = (), {}

    def items(self, known=NOTHING_KNOWN):
        for number, verified in ((1, True), (2, False), (3, True)):
            yield RawToken(number, metadata=token(number, Fur="Gold"), origin=f"v{number}", verified=verified)
        self.problems = (Problem(where="token 9", reason="no answer"),)
        self.provenance = {"kind": "chain", "block": 17, "hosts": ("a", "b")}


def test_a_source_says_where_it_comes_from_and_what_was_verified(settings):
    ingest([Chain()], settings, tick=lambda *_: None, workers=0)
    said = board(settings, "Chained")
    assert said["sources"] == {
        "kind": "chain",
        "block": 17,
        "hosts": ["a", "b"],
        "verified": 2,
        "unverified": 1,
    }
    assert said["problem_examples"] == ["token 9: no answer"]
    time = said["snapshot_time"]
    ingest([Chain()], settings, tick=lambda *_: None, workers=0)
    assert board(settings, "Chained")["snapshot_time"] == time


def test_a_dataset_folder_with_its_dashboard_is_read_as_a_source(settings, apes, tmp_path):
    run(apes, settings)
    elsewhere = Settings(home=tmp_path / "elsewhere")
    report = run(settings.dataset_dir / "Apes", elsewhere)
    assert (report.tokens, report.skipped) == (3, ())
    assert board(elsewhere)["trait_frequencies"] == board(settings)["trait_frequencies"]
    assert (elsewhere.dataset_dir / "Apes" / FILE).is_file()


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("truncated PNG (image file is truncated (3 bytes)); skipped", "truncated PNG"),
        ("empty file; the picture from before is kept", "empty file"),
        ("no metadata: https://x.example/12/7.json answers 404", "no metadata: answers"),
        ("token 0x8f3cf7ad23cd3cad has 77 heads", "token has 77 heads"),
        ("(only a detail)", "other"),
        ("a lone \ud800 surrogate", "a lone ? surrogate"),
        ("", "other"),
    ],
)
def test_a_class_of_problems_has_no_details(reason, shown):
    assert problem_class(reason) == shown


def test_classes_examples_and_values_are_bounded(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(dashboard, "MAX_VALUES", 7)
    monkeypatch.setattr(dashboard, "MAX_CLASSES", 3)
    folder = tmp_path / "Apes"
    (folder / "metadata").mkdir(parents=True)
    for number in range(30):
        (folder / f"metadata/{number}.json").write_text(json.dumps(token(number, Fur=f"kind {number}")))
        (folder / f"metadata/odd{'x' * number}.json").write_text("{}")
    run(folder, settings)
    said = board(settings)
    assert len(said["trait_frequencies"]["Fur"]) == 7
    assert len(said["problem_examples"]) == dashboard.EXAMPLES
    assert sum(said["problems"].values()) == 30
