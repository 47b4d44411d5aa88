import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile

import pytest
from PIL import Image

from ingest.dataset import MAX_TEXT
from ingest.ledger import FILE
from ingest.pipeline import ingest, settle
from ingest.sources.discovery import discover
from magpie.catalog import Catalog
from magpie.domain import GENERATED, Collection, local_contract
from magpie.errors import MissingExtraError
from magpie.layout import DASHBOARD
from magpie.settings import Settings

REAL = "0x" + "b" * 40


def quiet(stage, done, total):
    pass


def picture(colour, size=(24, 24), kind="PNG"):
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def metadata(token_id, **traits):
    attributes = [{"trait_type": type_, "value": value} for type_, value in traits.items()]
    return {"name": f"Ape #{token_id}", "attributes": attributes}


def write(folder, files):
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def apes(folder, count=3):
    colours = ("red", "green", "blue")
    for n in range(count):
        write(
            folder,
            {
                f"images/{n}.png": picture(colours[n % 3]),
                f"metadata/{n}.json": metadata(n, Fur=colours[n % 3]),
            },
        )
    return folder


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


@pytest.fixture
def run(settings):
    def run(*paths, **options):
        found = discover(paths, contract=options.pop("contract", None), subject=options.pop("subject", None))
        return ingest(found.sources, settings, tick=quiet, workers=0, **options)

    return run


def tree(folder):
    """Every file of the dataset with its content and time of change."""
    return {
        file.relative_to(folder).as_posix(): (
            hashlib.sha256(file.read_bytes()).hexdigest(),
            file.stat().st_mtime_ns,
        )
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def contents(folder, *without):
    """Every file with its content; a dashboard without its time, nor what else is named."""
    found = {}
    for file in (file for file in sorted(folder.rglob("*")) if file.is_file()):
        content = file.read_bytes()
        if file.name == DASHBOARD:
            board = json.loads(content)
            content = {name: board[name] for name in board if name not in ("snapshot_time", *without)}
        found[file.relative_to(folder).as_posix()] = content
    return found


def published(folder):
    """What others use: without the record of originals and problems."""
    without = ("originals", "problems", "problem_examples")
    return {path: content for path, content in contents(folder, *without).items() if FILE not in path}


def board_of(settings, name="Apes"):
    return json.loads((settings.dataset_dir / name / DASHBOARD).read_text())


def tokens(settings):
    with Catalog(settings.catalog_path) as catalog:
        return list(catalog.iter_tokens())


def test_a_token_is_written_in_the_published_layout(tmp_path, settings, run):
    (report,) = run(apes(tmp_path / "Apes", 1)).collections
    assert sorted(contents(settings.dataset_dir)) == [
        "Apes/.sources.jsonl",
        "Apes/captions/Apes_0.txt",
        "Apes/images/Apes_0.png",
        "Apes/metadata/Apes_0.json",
        "Apes/metadata_dashboard.json",
        "Apes/prompts/Apes_0.txt",
    ]
    home = settings.dataset_dir / "Apes"
    assert (home / "captions/Apes_0.txt").read_text() == "A picture of ape, containing red Fur.\n"
    assert (home / "prompts/Apes_0.txt").read_text() == "red Fur\n"
    assert json.loads((home / "metadata/Apes_0.json").read_text()) == metadata(0, Fur="red")
    (token,) = tokens(settings)
    assert (token.name, token.caption) == ("Ape #0", "A picture of ape, containing red Fur.")
    assert (token.image, [str(t) for t in token.traits]) == ("Apes/images/Apes_0.png", ["Fur=red"])
    assert token.image_sha256 == hashlib.sha256((settings.dataset_dir / token.image).read_bytes()).hexdigest()
    assert (report.tokens, report.images, report.traits, report.added) == (1, 1, 1, 1)
    board = json.loads((home / "metadata_dashboard.json").read_text())
    assert (board["project_name"], board["actual_collected_quantity"], board["contract_address"]) == (
        "Apes",
        1,
        None,
    )


def test_a_second_run_changes_nothing(tmp_path, settings, run):
    source = apes(tmp_path / "Apes")
    run(source)
    before, stored = tree(settings.dataset_dir), tokens(settings)
    (report,) = run(source).collections
    assert (report.added, report.changed, report.unchanged) == (0, 0, 3)
    assert tree(settings.dataset_dir) == before
    assert tokens(settings) == stored


@pytest.mark.parametrize("count", [0, 7, 8, 9, 40])
def test_processes_give_what_one_process_gives(tmp_path, count):
    source = apes(tmp_path / "Apes", count)
    write(source, {"metadata/900.json": metadata(900, Fur="none")})
    alone, many = Settings(home=tmp_path / "alone"), Settings(home=tmp_path / "many")
    for settings, workers in ((alone, 0), (many, 2)):
        ingest(discover([source]).sources, settings, tick=quiet, workers=workers)
    assert tokens(alone) == tokens(many)
    assert contents(alone.dataset_dir) == contents(many.dataset_dir)


def test_only_what_changed_is_done_again(tmp_path, settings, run):
    source = apes(tmp_path / "Apes")
    run(source)
    before = tree(settings.dataset_dir)
    write(source, {"images/1.png": picture("white"), "metadata/2.json": metadata(2, Fur="pink")})
    (report,) = run(source).collections
    assert (report.added, report.changed, report.unchanged) == (0, 2, 1)
    after = tree(settings.dataset_dir)
    assert sorted(path for path in after if after[path] != before[path] and FILE not in path) == [
        "Apes/captions/Apes_2.txt",
        "Apes/images/Apes_1.png",
        "Apes/metadata/Apes_2.json",
        "Apes/metadata_dashboard.json",
        "Apes/prompts/Apes_2.txt",
    ]


def test_a_lost_or_cut_picture_is_made_again(tmp_path, settings, run):
    source = apes(tmp_path / "Apes")
    run(source)
    before = contents(settings.dataset_dir)
    images = settings.dataset_dir / "Apes" / "images"
    (images / "Apes_0.png").unlink()
    (images / "Apes_1.png").write_bytes(b"cut")
    (report,) = run(source).collections
    assert (report.changed, report.unchanged) == (0, 3)
    assert contents(settings.dataset_dir) == before


def test_what_a_killed_run_was_writing_is_removed(tmp_path, settings, run):
    source = apes(tmp_path / "Apes")
    run(source)
    before = contents(settings.dataset_dir)
    write(settings.dataset_dir / "Apes", {"images/.Apes_9.png.x1.part": b"half"})
    run(source)
    assert contents(settings.dataset_dir) == before


def test_a_torn_ledger_costs_work_and_nothing_else(tmp_path, settings, run):
    source = apes(tmp_path / "Apes")
    run(source)
    before = contents(settings.dataset_dir)
    ledger = settings.dataset_dir / "Apes" / FILE
    ledger.write_bytes(ledger.read_bytes()[:-30])
    assert run(source).collections[0].unchanged == 3
    assert contents(settings.dataset_dir) == before
    assert len(ledger.read_text().splitlines()) == 3


def test_vanished_tokens_are_reported_and_removed_on_request(tmp_path, settings, run):
    source = apes(tmp_path / "Apes")
    run(source)
    for path in ("images/1.png", "metadata/1.json"):
        (source / path).unlink()
    (kept,) = run(source).collections
    assert (kept.tokens, kept.vanished, kept.removed) == (3, ("1",), 0)
    (pruned,) = run(source, prune=True).collections
    assert (pruned.tokens, pruned.vanished, pruned.removed) == (2, (), 1)
    assert [token.ref.token_id for token in tokens(settings)] == [0, 2]
    assert not [path for path in contents(settings.dataset_dir) if "Apes_1" in path]


def test_a_picture_that_cannot_be_read_keeps_the_token_and_the_others(tmp_path, settings, run):
    source = apes(tmp_path / "Apes")
    write(source, {"images/0.png": picture("red", (200, 200))[:60], "images/7.png": b"junk"})
    (report,) = run(source).collections
    assert (report.tokens, report.images, report.without_image) == (3, 2, 1)
    lines = [str(problem) for problem in report.skipped]
    assert lines[0].startswith("Apes/images/0.png: truncated PNG")
    assert lines[0].endswith("kept without a picture")
    assert lines[1:] == [
        "Apes/images/7.png: not a PNG, JPEG, WebP, GIF, AVIF or SVG picture, nor a video; skipped"
    ]


def test_a_picture_that_kills_its_reader_costs_only_itself(tmp_path, settings):
    chain = "".join(f'<g id="a{n}"><use href="#a{n - 1}"/></g>' for n in range(1, 900))
    shown = '<rect id="a0" width="9" height="9"/>' + chain + '<use href="#a899"/>'
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{shown}</svg>'
    source = apes(tmp_path / "Apes")
    write(source, {"images/1.png": drawing.encode()})
    (report,) = ingest(discover([source]).sources, settings, tick=quiet, workers=1).collections
    assert (report.tokens, report.images, len(report.skipped)) == (3, 2, 1)
    assert [str(trait) for trait in tokens(settings)[1].traits] == ["Fur=green"]


def test_a_picture_that_turns_bad_does_not_replace_the_good_one(tmp_path, settings, run):
    source = apes(tmp_path / "Apes")
    run(source)
    before = published(settings.dataset_dir)
    write(source, {"images/0.png": b""})
    (report,) = run(source).collections
    assert [str(p) for p in report.skipped] == [
        "Apes/images/0.png: empty file; the picture from before is kept"
    ]
    assert (report.unchanged, published(settings.dataset_dir)) == (3, before)


def test_metadata_without_a_picture_and_a_picture_without_metadata(tmp_path, settings, run):
    write(tmp_path / "Apes", {"images/1.png": picture("red"), "metadata/2.json": metadata(2, Fur="red")})
    (report,) = run(tmp_path / "Apes").collections
    assert (report.tokens, report.images, report.without_image, report.without_traits) == (2, 1, 1, 1)
    bare, told = tokens(settings)
    assert (bare.name, bare.caption, told.image) == ("Apes #1", "A picture of ape.", None)


def test_dropped_traits_are_counted(tmp_path, run):
    write(tmp_path / "Apes", {"metadata/2.json": metadata(2, Fur="red", Hat="None", Eyes="none")})
    (report,) = run(tmp_path / "Apes").collections
    assert (report.traits, report.dropped_traits) == (1, {"no value": 2})


def test_published_captions_win_over_the_template(tmp_path, settings, run):
    source = apes(tmp_path / "Apes", 1)
    write(
        source,
        {"captions/0.txt": b"A red ape.\n\n<b>An ape\x00 in red.</b>\n", "prompts/0.txt": b"crimson Fur"},
    )
    run(source)
    home = settings.dataset_dir / "Apes"
    assert tokens(settings)[0].caption == "A red ape."
    assert (home / "captions/Apes_0.txt").read_text() == "A red ape.\nAn ape in red.\n"
    assert (home / "prompts/Apes_0.txt").read_text() == "crimson Fur\n"


def test_paraphrases_below_an_unchanged_caption_stay(tmp_path, settings, run):
    source = apes(tmp_path / "Apes", 2)
    run(source)
    captions = settings.dataset_dir / "Apes" / "captions"
    for number in (0, 1):
        with (captions / f"Apes_{number}.txt").open("a") as file:
            file.write("An ape.\nAn ape, again.\n")
    kept = (captions / "Apes_0.txt").read_bytes()
    write(source, {"metadata/1.json": metadata(1, Fur="pink")})
    run(source)
    assert (captions / "Apes_0.txt").read_bytes() == kept
    assert (captions / "Apes_1.txt").read_text() == "A picture of ape, containing pink Fur.\n"


def test_a_published_caption_replaces_what_was_there(tmp_path, settings, run):
    source = apes(tmp_path / "Apes", 1)
    run(source)
    write(source, {"captions/0.txt": b"A red ape.\n"})
    run(source)
    assert (settings.dataset_dir / "Apes/captions/Apes_0.txt").read_text() == "A red ape.\n"


def test_the_original_is_recorded_by_hash_type_and_size(tmp_path, settings, run):
    source = apes(tmp_path / "Apes", 1)
    original = picture("red", kind="GIF")
    write(source, {"images/0.png": original})
    run(source)
    line = json.loads((settings.dataset_dir / "Apes" / FILE).read_text())
    assert line["original"][:3] == [hashlib.sha256(original).hexdigest(), "gif", len(original)]
    assert line["picture"][0] == tokens(settings)[0].image_sha256
    run(settings.dataset_dir / "Apes")  # our own PNG is not another original
    assert json.loads((settings.dataset_dir / "Apes" / FILE).read_text()) == line


def test_a_very_long_caption_is_capped(tmp_path, settings, run):
    source = apes(tmp_path / "Apes", 1)
    write(source, {"captions/0.txt": b"x" * 2 * MAX_TEXT})
    run(source)
    assert len(tokens(settings)[0].caption) == MAX_TEXT


def test_the_dataset_can_be_ingested_again_and_elsewhere(tmp_path, settings, run):
    run(apes(tmp_path / "Apes"))
    before = contents(settings.dataset_dir)
    (report,) = run(settings.dataset_dir / "Apes").collections
    assert (report.unchanged, contents(settings.dataset_dir)) == (3, before)
    elsewhere = Settings(home=tmp_path / "elsewhere")
    ingest(discover([settings.dataset_dir]).sources, elsewhere, tick=quiet, workers=0)
    assert published(elsewhere.dataset_dir) == published(settings.dataset_dir)
    assert tokens(elsewhere) == tokens(settings)


def test_a_contract_given_later_changes_the_identity_and_keeps_the_rest(tmp_path, settings, run):
    source = apes(tmp_path / "Apes")
    run(source)
    (report,) = run(source, contract=REAL, subject="gorilla").collections
    assert (report.contract, report.subject, report.tokens) == (REAL, "gorilla", 3)
    assert {token.ref.contract for token in tokens(settings)} == {REAL}
    assert run(source).collections[0].contract == REAL


def test_a_contract_of_another_collection_skips_this_one_only(tmp_path, run):
    run(apes(tmp_path / "Apes"), contract=REAL)
    report = run(apes(tmp_path / "Birds"), contract=REAL)
    assert report.collections == ()
    assert [str(p) for p in report.skipped] == [f"Birds: {REAL} on eip155:1 is ingested already, as 'Apes'"]
    assert report.ingested == 0


def test_a_missing_library_is_named_before_any_work(tmp_path, settings, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'magpie\[ingest\]'"):
        run(apes(tmp_path / "Apes"))
    assert not settings.home.exists()


def collection(name, **fields):
    return Collection(name=name, **({"chain": "local:files", "contract": local_contract(name)} | fields))


def test_plain_files_belong_to_the_collection_the_catalogue_knows():
    known = collection("CRYPTOPUNKS", chain="eip155:1", contract=REAL, description="Punks.", licence="theirs")
    found = settle(collection("CryptoPunks", subject="punk"), [known])
    assert (found.name, found.contract, found.description) == ("CRYPTOPUNKS", REAL, "Punks.")
    assert (found.licence, found.source) == ("theirs", "folder")
    assert settle(found, [known]) == found


def test_a_local_collection_in_another_spelling_is_the_same():
    known = collection("Pixel Apes")
    assert settle(collection("pixelapes"), [known]) == known


def test_what_is_generated_stays_labelled():
    known = collection("Bots", chain="eip155:1337", contract=REAL, source=GENERATED)
    assert settle(known, [known]).is_generated


def test_a_zip_and_its_folder_give_the_same(tmp_path, settings, run):
    source = apes(tmp_path / "Apes")
    run(source)
    with zipfile.ZipFile(tmp_path / "Apes.zip", "w") as archive:
        for file in source.rglob("*.*"):
            archive.write(file, file.relative_to(source).as_posix())
    before = tree(settings.dataset_dir)
    assert run(tmp_path / "Apes.zip").collections[0].unchanged == 3
    assert tree(settings.dataset_dir) == before


def ingest_command(source, home):
    return [sys.executable, "-m", "ui.cli", "ingest", "folder", str(source), "--home", str(home), "--json"]


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_stopped_is_completed_by_the_next(tmp_path, stop):
    source, home = apes(tmp_path / "Apes", 1000), tmp_path / "home"
    whole = Settings(home=tmp_path / "whole")
    first = subprocess.Popen(
        ingest_command(source, home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    written = home / "dataset" / "Apes" / "images"
    until = time.monotonic() + 60
    while time.monotonic() < until and len(os.listdir(written) if written.is_dir() else ()) < 600:
        time.sleep(0.01)
    first.send_signal(stop)
    _, errors = first.communicate(timeout=30)
    assert first.returncode == (-9 if stop == signal.SIGKILL else 130)
    assert "Traceback" not in errors
    assert 600 <= len(list(written.glob("Apes_*.png"))) < 1000
    again = subprocess.run(ingest_command(source, home), capture_output=True, text=True, check=True)
    (report,) = json.loads(again.stdout)["collections"]
    assert (report["tokens"], report["images"], report["traits"]) == (1000, 1000, 1000)
    ingest(discover([source]).sources, whole, tick=quiet)
    assert contents(home / "dataset") == contents(whole.dataset_dir)
    assert tokens(Settings(home=home)) == tokens(whole)
