import json
import os
import signal
import subprocess
import sys

import pytest

from ingest.ledger import Entry, Ledger
from ingest.paraphrase.check import check_three
from ingest.paraphrase.rules import paraphrase
from ingest.paraphrase.run import write_captions
from magpie import layout
from magpie.catalog import Catalog
from magpie.domain import Trait
from magpie.errors import InputError
from magpie.settings import Settings

FIRST = "A picture of punk, containing Gold Fur."
KILLED = """
import os, signal, sys
from ingest import dashboard
from ingest.paraphrase import run
from magpie.settings import Settings
from pathlib import Path
left, write = int(sys.argv[2]), run.write_atomic
def dies(path, content):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    write(path, content)
run.write_atomic = dashboard.write_atomic = dies
run.write_captions(Settings(home=Path(sys.argv[1])), (), lambda *_: None, None)
"""


class Echo:
    """Words captions by rule, as a model that is always right would; notes what it is asked."""

    id = "echo"

    def __init__(self, traits):
        self.traits, self.prompts = traits, []

    def write(self, prompts, *, seed):
        self.prompts += prompts
        return [list(paraphrase("punk", traits)) for traits in self.traits[: len(prompts)]]


@pytest.fixture
def home(tmp_path, make_collection, make_token):
    """Five tokens of three trait sets: 1 and 3 are alike, 4 too, as a rank is not visible; 5 has none."""
    punks = make_collection(subject="punk")
    given = {1: ["Fur=Gold"], 2: ["Fur=Red"], 3: ["Fur=Gold"], 4: ["Fur=Gold", "Rank=7"], 5: []}
    tokens = [make_token(i, traits, punks, caption=FIRST) for i, traits in given.items()]
    with Catalog(tmp_path / "catalog.sqlite", create=True) as catalog:
        catalog.put_collection(punks)
        catalog.put_tokens(punks, tokens)
    folder = tmp_path / "dataset" / punks.name / "captions"
    folder.mkdir(parents=True)
    for token_id in given:
        (folder / f"Punks_{token_id}.txt").write_text(FIRST + "\n")
    return tmp_path


def run(home, writer=None, **options):
    (report,) = write_captions(Settings(home=home), (), lambda *_: None, writer, **options)
    return report


def lines(home, token_id):
    path = home / "dataset" / layout.relative_path("Punks", layout.CAPTIONS, token_id)
    return path.read_text().splitlines()


def board(home):
    return json.loads((home / "dataset" / "Punks" / layout.DASHBOARD).read_text())


def files(home):
    return {path.name: path.read_bytes() for path in sorted((home / "dataset").rglob("*")) if path.is_file()}


def test_each_file_gets_three_faithful_lines_below_its_first(home):
    run(home)
    worn = {1: [Trait(type="Fur", value="Gold")], 2: [Trait(type="Fur", value="Red")], 5: []}
    for token_id, traits in worn.items():
        first, *others = lines(home, token_id)
        assert first == FIRST
        assert check_three(others, "punk", traits) == []


def test_tokens_that_look_alike_are_captioned_once(home):
    writer = Echo([[Trait(type="Fur", value="Gold")], [Trait(type="Fur", value="Red")], []])
    report = run(home, writer)
    assert len(writer.prompts) == report.sets == 3
    assert lines(home, 1) == lines(home, 3) == lines(home, 4)
    assert (report.tokens, report.llm, report.rule_based) == (5, 15, 0)


def test_a_second_run_asks_and_writes_nothing(home):
    writer = Echo([[Trait(type="Fur", value="Gold")], [Trait(type="Fur", value="Red")], []])
    run(home, writer)
    before, asked = files(home), len(writer.prompts)
    report = run(home, writer)
    assert (files(home), len(writer.prompts), report.written) == (before, asked, 0)


@pytest.mark.parametrize("written", [0, 1, 3, 5])
def test_a_killed_run_is_completed_by_the_next(home, written):
    child = subprocess.run([sys.executable, "-c", KILLED, str(home), str(written)], timeout=60, check=False)
    assert child.returncode == -signal.SIGKILL
    assert sum(len(lines(home, token_id)) == 4 for token_id in range(1, 6)) == written
    report = run(home)
    assert report.written == 5 - written
    assert all(len(lines(home, token_id)) == 4 for token_id in range(1, 6))
    assert board(home)["captions"]["rule_based"] == 15


def test_the_dashboard_counts_and_keeps_the_rest(home):
    path = home / "dataset" / "Punks" / layout.DASHBOARD
    path.write_text(json.dumps({"project_name": "Punks", "licence": "CC0"}))
    run(home)
    assert board(home) == {
        "project_name": "Punks",
        "licence": "CC0",
        "captions": {
            "template": 5,
            "trait_sets": 3,
            "subject_given": False,
            "subject": "punk",
            "model": "rules",
            "tokens": 5,
            "published": 0,
            "llm": 0,
            "retried": 0,
            "rule_based": 15,
            "faults": {},
        },
    }


def test_published_captions_stay_as_they_are(home):
    path = home / "dataset" / layout.relative_path("Punks", layout.CAPTIONS, 2)
    path.write_text("Published.\nAnd paraphrased.\n")
    with Ledger(home / "dataset" / "Punks") as ledger:
        ledger.add({2: Entry(published=(layout.CAPTIONS,))})
    report = run(home)
    assert lines(home, 2) == ["Published.", "And paraphrased."]
    assert (report.published, report.tokens) == (1, 4)


def test_a_given_subject_is_remembered(home):
    run(home, subject="robot")
    assert all("robot" in line for line in lines(home, 1)[1:])
    before = files(home)
    assert run(home).subject == "robot"
    assert files(home) == before
    assert lines(home, 1)[0] == FIRST


def test_a_limit_captions_the_first_tokens_and_those_like_them(home):
    assert run(home, limit=1).tokens == 3
    assert [len(lines(home, token_id)) for token_id in range(1, 6)] == [4, 1, 4, 4, 1]
    assert run(home, limit=2).tokens == 4
    assert run(home).tokens == 5


def test_an_unknown_collection_is_refused_by_name(home):
    with pytest.raises(InputError, match="Punks"):
        write_captions(Settings(home=home), ["Punk"], lambda *_: None, None)


def test_a_file_that_was_lost_is_written_again(home):
    run(home)
    os.remove(home / "dataset" / layout.relative_path("Punks", layout.CAPTIONS, 5))
    assert run(home).written == 1
    assert lines(home, 5)[0] == FIRST
