"""Adapting a home: what is kept, what is used, and what comes of stopping, repeating and undoing it."""

import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import filelock
import numpy as np
import pytest

from magpie.catalog import Catalog
from magpie.errors import ConfigError, IndexMismatchError, InputError, ModelNotFoundError
from magpie.query import Query
from magpie.settings import Settings
from retrieval import backends, manifest
from retrieval.adaptation import attempt, decision, record
from retrieval.adaptation.adapt import adapt, reinstate, set_aside
from retrieval.index import build
from retrieval.search import open_searcher
from retrieval.training.recipe import Recipe

pytestmark = pytest.mark.models


def silent(stage, done, total):
    pass


def never(stage, done, total):
    raise AssertionError(f"{stage} was not to be done again")


def files(folder):
    return {p.relative_to(folder).as_posix(): p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


def test_a_model_that_finds_more_is_kept_and_its_figures_are_recorded(adapted):
    kept = record.read(adapted)
    assert (kept.active, kept.last.kept, kept.last.new, kept.last.rehearsed) == (True, True, ("Cold",), ())
    for compared in (kept.last.validation, kept.last.held_out):
        assert compared.before is None
        assert compared.adapted.choice > compared.original.choice + 0.1
        assert compared.adapted.collections["Cold"] >= 0.9
    assert kept.last.validation.queries + kept.last.held_out.queries + kept.last.tokens == 200
    assert kept.last.seconds >= kept.last.train_seconds > 0
    assert kept.last.reason.startswith("validation score ")


def test_what_the_run_left_on_the_way_is_gone(adapted):
    kept = record.read(adapted)
    assert sorted(files(record.folder(adapted))) == [
        ".lock",
        f"{kept.model.folder}/config.json",
        f"{kept.model.folder}/model.safetensors",
        "record.json",
    ]


def test_index_and_search_use_the_adapted_model_without_any_setting(adapted):
    original = backends.original_image_encoder(adapted).id
    report = build(adapted, tick=silent)
    kept = record.read(adapted)
    assert kept.model.encoder == report.image.encoder == manifest.read(adapted).image.encoder != original
    assert kept.model.encoder == f"open-clip:best-adapted@{kept.model.folder}"
    with open_searcher(adapted) as searcher:
        found = searcher.rankings(Query(text="A picture of sign, containing Blue Colour Cross Form.", k=5))
        hits = [searcher.catalog.token(ref) for ref, _ in found["image"]]
        assert [{t.value for t in hit.traits} for hit in hits] == [{"Blue", "Cross"}] * 5


def test_the_same_again_does_nothing(adapted):
    before = files(adapted.home)
    for minutes in (None, record.read(adapted).last.minutes, 0.01):
        outcome = adapt(adapted, minutes, tick=never)
        assert (outcome.did, outcome.record) == ("nothing new", record.read(adapted))
    after = files(adapted.home)
    assert {name for name in after if after[name] != before.get(name)} <= {"catalog.sqlite-shm"}


def test_a_model_that_finds_no_more_is_not_kept_and_not_tried_again(settings, paint, monkeypatch):
    paint(settings, "Cold")
    monkeypatch.setattr(decision, "GAIN", 1.0)  # more than any model can gain
    outcome = adapt(settings, steps=2, tick=silent)
    assert (outcome.did, outcome.record.model, outcome.record.active) == ("rejected", None, False)
    assert outcome.record.last.reason.endswith("under +1.0")
    assert sorted(files(record.folder(settings))) == [".lock", "record.json"]
    assert backends.image_encoder(settings).id == backends.original_image_encoder(settings).id
    again = adapt(settings, steps=2, tick=never)
    assert (again.did, again.record) == ("nothing new", outcome.record)


def test_there_and_back_needs_no_training_and_no_encoding(adapted):
    ours = record.read(adapted).model.encoder
    original = backends.original_image_encoder(adapted).id
    build(adapted, tick=silent)
    set_aside(adapted)
    with pytest.raises(IndexMismatchError, match=r"the image index was built with .*: run `magpie index`$"):
        open_searcher(adapted)
    assert build(adapted, tick=silent).image.encoder == original
    open_searcher(adapted).close()
    assert adapt(adapted, tick=never).did == "nothing new"
    report = build(adapted, tick=silent)
    assert (report.image.encoder, report.image.encoded) == (ours, 0)
    assert set_aside(adapted).active is False
    assert reinstate(adapted).active is True


def test_another_collection_goes_on_from_the_adapted_model_and_rehearses_the_old_one(adapted, paint):
    build(adapted, tick=silent)
    first = record.read(adapted).model
    paint(adapted, "Grey")
    outcome = adapt(adapted, steps=60, tick=silent)
    assert (outcome.did, outcome.record.last.new, outcome.record.last.rehearsed) == (
        "kept",
        ("Grey",),
        ("Cold",),
    )
    compared = outcome.record.last.validation
    assert set(compared.adapted.collections) == {"Cold", "Grey"}
    assert compared.before.collections["Cold"] > compared.original.collections["Cold"]
    assert compared.adapted.choice > compared.before.choice
    assert compared.adapted.collections["Cold"] >= compared.before.collections["Cold"] - 0.02
    assert outcome.record.model.seen == ("Cold", "Grey")
    assert outcome.record.retired == (first,)

    assert build(adapted, tick=silent).image.total == 400
    assert record.read(adapted).retired == ()
    assert not (record.folder(adapted) / first.folder).exists()
    gone = Settings(home=adapted.home)
    store = backends.open_store(gone, "image", type("Gone", (), {"id": first.encoder})())
    assert len(store) == 0, "nobody needs the vectors of a model that was replaced"


def test_a_collection_that_changed_is_learnt_again(adapted):
    with Catalog(adapted.catalog_path) as catalog:
        some = next(iter(catalog.iter_tokens()))
        catalog.put_tokens(catalog.collection("Cold"), [some.model_copy(update={"caption": "A blue thing."})])
    last = adapt(adapted, steps=2, tick=silent).record.last
    assert (last.new, last.rehearsed) == (("Cold",), ())


KILLED = """
import os, signal, sys
from functools import partial
from magpie.settings import Settings
from retrieval.adaptation import attempt
from retrieval.adaptation.adapt import adapt
from retrieval.training.recipe import Recipe

attempt.Recipe = partial(Recipe, batch=32, precision="float32", checkpoint_seconds=0)

def tick(stage, done, total):
    if (stage, done) == (sys.argv[3], int(sys.argv[4])):
        os.kill(os.getpid(), signal.SIGKILL)

settings = Settings(home=sys.argv[1], image_encoder=sys.argv[2], text_encoder="hashing", threads=1)
print(adapt(settings, steps=6, tick=tick).did)
"""


@pytest.mark.parametrize(("stage", "done"), [("train", 4), ("compare", 1)])
def test_killed_and_run_again_it_ends_as_if_it_had_not_been(
    settings, paint, tmp_path, monkeypatch, stage, done
):
    paint(settings, "Cold")
    whole = settings.model_copy(update={"home": tmp_path / "whole"})
    shutil.copytree(settings.home, whole.home)
    command = [sys.executable, "-c", KILLED, str(settings.home), settings.image_encoder, stage, str(done)]
    killed = subprocess.run(command, check=False, cwd=Path(attempt.__file__).parents[2])
    assert killed.returncode == -signal.SIGKILL
    assert record.read(settings) is None, "a run that is under way changes nothing"
    monkeypatch.setattr(
        attempt, "Recipe", partial(Recipe, batch=32, precision="float32", checkpoint_seconds=0)
    )
    ours, theirs = (adapt(home, steps=6, tick=silent).record for home in (settings, whole))
    assert ours.model == theirs.model
    assert ours.last.validation == theirs.last.validation
    assert ours.last.held_out == theirs.last.held_out
    assert ours.last.steps == theirs.last.steps


def test_stopped_between_adapting_and_indexing_the_index_goes_on(adapted):
    set_aside(adapted)
    build(adapted, tick=silent)
    reinstate(adapted)
    with pytest.raises(IndexMismatchError, match=r"run `magpie index`$"):
        open_searcher(adapted)
    build(adapted, tick=silent)
    open_searcher(adapted).close()


def test_an_open_index_that_was_replaced_says_so(adapted):
    build(adapted, tick=silent)
    encoder = backends.image_encoder(adapted)
    store = backends.open_store(adapted, "image", encoder)
    backends.drop_store(adapted, "image", encoder.id)
    backends.drop_store(adapted, "image", encoder.id)  # nothing to forget any more
    with pytest.raises(IndexMismatchError, match="while it was open: start again"):
        store.search(np.ones(32, np.float32), 1)


def test_another_encoder_is_not_replaced_by_what_this_one_became(adapted):
    other = adapted.model_copy(update={"image_encoder": "hashing"})
    assert backends.image_encoder(other).id.startswith("hashing:")
    assert record.read(other) is None


def test_weights_that_are_gone_are_named_with_the_fix_and_adapting_again_makes_new_ones(adapted):
    shutil.rmtree(record.folder(adapted) / record.read(adapted).model.folder)
    with pytest.raises(ModelNotFoundError, match="run `magpie index --adapt`, or `magpie index --no-adapt`"):
        open_searcher(adapted)
    assert adapt(adapted, steps=2, tick=silent).record.last.validation.before is None


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"schema_version": 99}'])
def test_a_record_that_cannot_be_read_is_none(adapted, content):
    (record.folder(adapted) / "record.json").write_bytes(content)
    assert record.in_use(adapted) is None
    assert backends.image_encoder(adapted).id == backends.original_image_encoder(adapted).id


def test_too_few_tokens_decide_nothing(settings, paint):
    paint(settings, "Cold", count=40)
    assert adapt(settings, steps=2, tick=never) == ("too few tokens", None)


def test_what_cannot_be_adapted_says_so(settings, paint):
    with pytest.raises(InputError, match="magpie ingest sample"):
        adapt(settings, tick=never)
    paint(settings, "Cold", count=4)
    with pytest.raises(ConfigError, match=r"'hashing' cannot be adapted.* MAGPIE_IMAGE_ENCODER"):
        adapt(settings.model_copy(update={"image_encoder": "hashing"}), tick=never)


def test_one_process_adapts_a_home_at_a_time(adapted):
    with (
        filelock.FileLock(record.folder(adapted) / ".lock"),
        pytest.raises(InputError, match="another `magpie index --adapt` is running"),
    ):
        adapt(adapted, tick=never)
