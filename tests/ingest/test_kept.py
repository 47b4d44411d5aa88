import io
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from ingest import kept as kept_module
from ingest import ledger as ledger_module
from ingest.ledger import FILE, Entry, Ledger, Original, Picture
from ingest.pipeline import ingest
from ingest.ports import NOTHING_KNOWN, Problem, RawToken
from ingest.shift import IN_FLIGHT, PIECE
from magpie.catalog import Catalog
from magpie.domain import Collection, local_contract
from magpie.errors import SourceError
from magpie.layout import DASHBOARD
from magpie.settings import Settings

APES = Collection(name="Apes", chain="local:files", contract=local_contract("Apes"), subject="ape")


def picture(number):
    out = io.BytesIO()
    image = Image.new("RGB", (24, 24), (number % 256, number // 256, 9))
    image.paste("white", (0, 0, 9, 9))
    image.save(out, "PNG")
    return out.getvalue()


class Fetched:
    """Tokens 0 to ``count`` - 1 from far away: ``asked`` holds the ids that were really fetched.

    ``version`` is part of their origin; ``stop_at`` ends the connection before that many are fetched, and
    ``missing`` cannot be had this time. ``log`` gets each fetched id, for a test that watches from outside.
    """

    collection = APES
    complete = True
    problems, provenance = (), {}

    def __init__(self, count, *, order=None, version="v1", stop_at=None, missing=(), log=None):
        self.ids = list(order or range(count))
        self.total, self.version, self.stop_at = len(self.ids), version, stop_at
        self.missing, self.log = set(missing), log
        self.asked = []

    def items(self, known=NOTHING_KNOWN):
        for number in self.ids:
            held = known.kept(number, f"{self.version}/{number}")
            yield held or self._fetch(number)

    def _fetch(self, number):
        if len(self.asked) == self.stop_at:
            raise SourceError("the gateway is gone", retryable=True)
        self.asked.append(number)
        if self.log:
            with open(self.log, "a") as file:
                file.write(f"{number}\n")
        if number in self.missing:
            return RawToken(number, problems=(Problem(where=f"token {number}", reason="no answer"),))
        colour = f"shade {number // 3}"
        return RawToken(
            number,
            metadata={"name": f"Ape #{number}", "attributes": [{"trait_type": "Fur", "value": colour}]},
            read_image=partial(picture, number),
            image_name=f"token {number}",
            origin=f"{self.version}/{number}",
            verified=number % 2 == 0,
        )


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


def take(source, settings, workers=0):
    (report,) = ingest([source], settings, tick=lambda *_: None, workers=workers).collections
    return report


def contents(settings):
    """Every file with its content, the ledger too; the dashboard without its time."""
    found = {}
    for file in sorted(settings.dataset_dir.rglob("*")):
        if file.is_file():
            found[file.relative_to(settings.dataset_dir).as_posix()] = file.read_bytes()
    board = json.loads(found[f"Apes/{DASHBOARD}"])
    board.pop("snapshot_time")
    return found | {f"Apes/{DASHBOARD}": board}


def rows(settings):
    with Catalog(settings.catalog_path) as catalog:
        return list(catalog.iter_tokens())


def test_what_is_kept_is_not_fetched_again_and_nothing_changes(settings):
    take(Fetched(5), settings)
    before = {file: file.stat().st_mtime_ns for file in settings.dataset_dir.rglob("*") if file.is_file()}
    again = Fetched(5)
    report = take(again, settings)
    assert (again.asked, report.unchanged) == ([], 5)
    assert before == {file: file.stat().st_mtime_ns for file in before}


def test_another_origin_is_fetched(settings):
    take(Fetched(3), settings)
    again = Fetched(3, version="v2")
    take(again, settings)
    assert again.asked == [0, 1, 2]


@pytest.mark.parametrize(
    "damage",
    [
        lambda home: (home / "images/Apes_1.png").unlink(),
        lambda home: (home / "images/Apes_1.png").write_bytes(b"cut"),
        lambda home: (home / "metadata/Apes_1.json").unlink(),
        lambda home: (home / "metadata/Apes_1.json").write_bytes(b'{"name": "Ape'),
    ],
)
def test_a_token_that_is_not_whole_is_fetched_again(settings, damage):
    take(Fetched(3), settings)
    before = contents(settings)
    damage(settings.dataset_dir / "Apes")
    again = Fetched(3)
    take(again, settings)
    assert again.asked == [1]
    assert contents(settings) == before


def test_what_another_version_of_the_converter_made_is_fetched_again(settings, monkeypatch):
    take(Fetched(2), settings)
    monkeypatch.setattr(kept_module, "CONVERTER", "99")
    again = Fetched(2)
    take(again, settings)
    assert again.asked == [0, 1]


def test_what_could_not_be_had_is_asked_for_in_each_run(settings):
    first = take(Fetched(3, missing=[1]), settings)
    assert [str(problem) for problem in first.skipped] == ["token 1: no answer"]
    again = Fetched(3)
    take(again, settings)
    assert again.asked == [1]
    assert len(rows(settings)) == 3


def test_a_fetch_that_fails_leaves_what_was_there(settings):
    take(Fetched(3), settings)
    before = rows(settings)
    report = take(Fetched(3, version="v2", missing=[1]), settings)
    assert [str(problem) for problem in report.skipped] == ["token 1: no answer"]
    assert (rows(settings), report.unchanged) == (before, 3)
    again = Fetched(3, version="v2")
    take(again, settings)
    assert again.asked == [1]


def test_problems_of_what_is_kept_are_reported_again(settings, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "picture", lambda number: b"oops")
    first = take(Fetched(2), settings)
    before = contents(settings)
    again = Fetched(2)
    assert (take(again, settings).skipped, again.asked) == (first.skipped, [])
    assert len(first.skipped) == 2
    assert contents(settings) == before


def test_a_published_caption_is_kept_with_its_token(settings):
    class Captioned(Fetched):
        def items(self, known=NOTHING_KNOWN):
            for raw in super().items(known):
                yield raw if self.asked == [] else RawToken(**{**vars(raw), "caption": "An ape.\nAnother."})

    take(Captioned(1), settings)
    take(Captioned(1), settings)
    assert rows(settings)[0].caption == "An ape."
    assert (settings.dataset_dir / "Apes/captions/Apes_0.txt").read_text() == "An ape.\nAnother.\n"


def test_a_row_that_the_catalogue_lost_comes_back_without_a_fetch(settings):
    take(Fetched(3), settings)
    whole = rows(settings)
    with Catalog(settings.catalog_path) as catalog:
        catalog.remove_tokens("Apes", [0, 2])
    again = Fetched(3)
    report = take(again, settings)
    assert (again.asked, report.added, rows(settings)) == ([], 2, whole)


@pytest.mark.parametrize("workers", [0, 2])
def test_the_order_of_arrival_leaves_no_trace(tmp_path, workers):
    one, other = Settings(home=tmp_path / "one"), Settings(home=tmp_path / "other")
    take(Fetched(40), one, workers)
    take(Fetched(40, order=[*range(20, 40), *reversed(range(20))]), other, workers)
    assert contents(one) == contents(other)
    assert rows(one) == rows(other)


@pytest.mark.parametrize("stop_at", [0, 1, 7, 12])
def test_a_run_that_ends_early_is_completed_and_fetches_nothing_twice(tmp_path, stop_at):
    whole, resumed = Settings(home=tmp_path / "whole"), Settings(home=tmp_path / "resumed")
    take(Fetched(12), whole)
    first, second = Fetched(12, stop_at=stop_at), Fetched(12)
    if stop_at < 12:
        with pytest.raises(SourceError, match="the gateway is gone"):
            take(first, resumed)
    else:
        take(first, resumed)
    take(second, resumed)
    assert sorted(first.asked + second.asked) == list(range(12))
    assert contents(resumed) == contents(whole)
    assert rows(resumed) == rows(whole)


KILLED = """
import sys
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("fetched", sys.argv[1])
module = module_from_spec(spec)
sys.modules["fetched"] = module
spec.loader.exec_module(module)
source = module.Fetched(200, log=sys.argv[3])
module.take(source, module.Settings(home=sys.argv[2]), workers=1)
"""


def test_a_kill_costs_at_most_what_was_under_way(tmp_path):
    home, log, whole = tmp_path / "home", tmp_path / "log", Settings(home=tmp_path / "whole")
    command = [sys.executable, "-c", KILLED, __file__, str(home), str(log)]
    ids = []
    for enough in (50, 120):
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while time.monotonic() < until and run.poll() is None and len(ids) < enough:
            ids = log.read_text().split() if log.exists() else []
            time.sleep(0.005)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    killed = len(log.read_text().split())
    take(Fetched(200, log=log), Settings(home=home))
    take(Fetched(200), whole)
    asked = [int(number) for number in log.read_text().split()]
    assert killed < 200
    assert set(asked) == set(range(200))
    assert len(asked) - 200 <= 2 * (IN_FLIGHT * PIECE + 1)
    assert contents(Settings(home=home)) == contents(whole)
    assert rows(Settings(home=home)) == rows(whole)


FULL = Entry(
    origin="ipfs://x/1",
    verified=False,
    metadata="a" * 64,
    original=Original("b" * 64, "gif", 77),
    picture=Picture("c" * 64, 99),
    published=("captions",),
    traits=3,
    dropped={"no value": 1},
    problems=(Problem(where="token 1", reason="odd"),),
)


@pytest.mark.parametrize("entry", [FULL, Entry(), Entry(verified=True)])
def test_the_ledger_gives_back_what_it_was_given(tmp_path, entry):
    with Ledger(tmp_path) as ledger:
        ledger.add({2**256 - 1: entry})
    assert dict(Ledger(tmp_path).entries()) == {2**256 - 1: entry}


def test_the_ledger_is_in_the_order_of_ids_once_a_run_is_finished(tmp_path):
    with Ledger(tmp_path) as ledger:
        for token_id in (10, 9, 100):
            ledger.add({token_id: FULL})
        ledger.add({9: Entry()})
        assert len((tmp_path / FILE).read_text().splitlines()) == 4
    ids = [json.loads(line)["id"] for line in (tmp_path / FILE).read_text().splitlines()]
    assert ids == ["9", "10", "100"]


def test_the_first_format_of_the_ledger_is_read(tmp_path):
    (tmp_path / FILE).write_text(json.dumps(["7", f"1:{'b' * 64}", "c" * 64, 99]) + "\n")
    (entry,) = [entry for _, entry in Ledger(tmp_path).entries()]
    assert (entry.original.sha256, entry.original.converter) == ("b" * 64, "1")
    assert entry.picture == Picture("c" * 64, 99)


@pytest.mark.parametrize(
    "line", ["", "{", "7", "[1, 2]", '{"id": "x"}', '{"id": "1", "original": ["zz"]}', "null"]
)
def test_a_line_that_is_none_is_passed_over(tmp_path, line):
    with Ledger(tmp_path) as ledger:
        ledger.add({1: FULL})
    with (tmp_path / FILE).open("a") as file:
        file.write(line)
    with Ledger(tmp_path) as ledger:
        assert dict(ledger.entries()) == {1: FULL}
        ledger.add({2: Entry(traits=1)})
    assert dict(Ledger(tmp_path).entries()) == {1: FULL, 2: Entry(traits=1)}


def test_problems_are_recorded_up_to_a_bound(tmp_path):
    many = tuple(Problem(where="x" * 999, reason="y" * 999) for _ in range(99))
    with Ledger(tmp_path) as ledger:
        ledger.add({1: Entry(problems=many)})
    (entry,) = [entry for _, entry in Ledger(tmp_path).entries()]
    assert len(entry.problems) == ledger_module.MAX_PROBLEMS
    assert len(entry.problems[0].reason) == ledger_module.MAX_REASON
    assert Path(tmp_path / FILE).stat().st_size < 10_000
