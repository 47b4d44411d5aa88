"""The whole evaluation on pictures of one colour: every figure below can be counted on the fingers."""

import csv
import json

import ir_measures
import numpy as np
import pytest
from PIL import Image

from eval import artefacts, retrieval
from eval.alterations import ALTERATIONS, alter
from eval.protocol import CUTOFFS
from eval.report import SYSTEMS, Plan
from eval.retrieval import run
from magpie.catalog import Catalog
from magpie.errors import InputError
from magpie.query import Filter, Query
from retrieval.search import open_searcher
from retrieval.views import MOST


@pytest.fixture
def evaluate(colour_home):
    def go(**plan):
        return run(colour_home, Plan(**plan), tick=lambda *_: None)

    return go


def figures(report, scope, reading, system="image"):
    (row,) = [r for r in report.rows if (r.scope, r.reading, r.system) == (scope, reading, system)]
    return row.figures


def test_image_figures_in_the_collection(evaluate):
    report, _ = evaluate()
    # The two red twins tie, so the second of them is found second.
    assert figures(report, "in-collection", "strict")["Success@1"].mean == pytest.approx(6 / 7)
    assert figures(report, "in-collection", "strict")["Success@5"].mean == 1
    assert figures(report, "in-collection", "equal")["Success@1"].mean == 1
    # Each twin's first answer is half of its two right ones.
    assert figures(report, "in-collection", "equal")["R@1"].mean == pytest.approx((0.5 + 0.5 + 5) / 7)


def test_image_figures_among_all(evaluate):
    report, _ = evaluate()
    # The red tile ties with two red swatches, which come before it, and are no answer to "a picture of tile".
    assert figures(report, "pooled", "strict")["Success@1"].mean == pytest.approx(5 / 7)
    assert figures(report, "pooled", "equal")["Success@1"].mean == pytest.approx(6 / 7)
    assert figures(report, "pooled", "equal")["Success@5"].mean == 1


def test_words_find_the_token_they_were_made_from(evaluate):
    report, _ = evaluate()
    for system in ("caption", "bm25", "fused", "fused+traits"):
        assert figures(report, "pooled", "equal", system)["Success@1"].mean == 1, system
    assert report.verbatim == 1


def test_chance_is_beside_every_figure(evaluate):
    report, _ = evaluate()
    assert figures(report, "in-collection", "strict")["Success@1"].chance == pytest.approx(
        (5 / 5 + 2 / 2) / 7
    )
    assert figures(report, "pooled", "strict")["Success@1"].chance == pytest.approx(1 / 7)
    assert figures(report, "pooled", "equal")["Success@1"].chance == pytest.approx((2 * 2 + 5) / 7 / 7)
    assert figures(report, "pooled", "strict")["Success@10"].chance == 1


def test_every_system_gallery_reading_and_cutoff_has_a_figure_with_its_interval(evaluate):
    report, _ = evaluate()
    assert len(report.rows) == len(SYSTEMS) * 2 * 2
    for row in report.rows:
        assert set(row.figures) == {f"{m}@{k}" for m in ("Success", "R", "nDCG") for k in CUTOFFS}
        assert all(f.low <= f.mean <= f.high for f in row.figures.values())
    assert {row.collection for row in report.by_collection} == {"Swatches", "Tiles"}


def test_traits_alone_find_everything_with_the_traits_that_the_words_name(evaluate):
    report, evidence = evaluate(systems=["traits"])
    assert figures(report, "in-collection", "equal", "traits")["R@5"].mean == 1
    assert [len(ranked) for ranked in evidence.runs["in-collection", "traits"].values()] == [
        2,
        2,
        1,
        1,
        1,
        1,
        1,
    ]


@pytest.mark.parametrize("understand", [False, True])
def test_fused_rankings_are_those_of_a_search(evaluate, colour_home, understand):
    _, evidence = evaluate()
    runs = evidence.runs["in-collection", "fused+traits" if understand else "fused"]
    with open_searcher(colour_home) as searcher:
        tokens = list(searcher.catalog.iter_tokens())
        for token in tokens:
            among = [t.ref for t in tokens if t.collection == token.collection]
            query = Query(
                text=token.caption, filter=Filter(collections=(token.collection,)), understand=understand
            )
            hits = searcher.search(query, gallery=among).hits
            assert [str(hit.ref) for hit in hits] == list(runs[str(token.ref)])


def test_a_shuffled_index_scores_at_chance_and_not_better(colour_home, monkeypatch):
    """A harness that cannot fail measures nothing."""
    from eval import signals

    monkeypatch.setattr(
        signals, "stored_vectors", lambda index, ids: np.ones((len(ids), index.ask([""]).shape[1]))
    )
    report, _ = run(colour_home, Plan(systems=("image",)), tick=lambda *_: None)
    assert figures(report, "pooled", "strict")["Success@1"].mean == pytest.approx(1 / 7)
    assert figures(report, "in-collection", "strict")["Success@1"].mean == pytest.approx(2 / 7)


def pictures(evaluate, task, **plan):
    return evaluate(task=task, systems=("image",), **plan)


def test_a_picture_finds_its_caption(evaluate):
    report, _ = pictures(evaluate, "image-to-caption")
    # The twins' captions tie, and so do, pooled, those of the red tile and of them, which come first.
    assert figures(report, "in-collection", "strict")["Success@1"].mean == pytest.approx(6 / 7)
    assert figures(report, "in-collection", "equal")["Success@1"].mean == 1
    assert figures(report, "pooled", "equal")["Success@1"].mean == pytest.approx(6 / 7)


def test_captions_are_ranked_and_not_pictures(colour_home, evaluate, monkeypatch):
    """With every caption alike, the first in reference order is found, whatever the picture."""
    from retrieval.encoders.hashing import HashingImageEncoder

    monkeypatch.setattr(
        HashingImageEncoder, "encode_texts", lambda self, texts: np.ones((len(texts), self.dim))
    )
    report, evidence = pictures(evaluate, "image-to-caption")
    assert figures(report, "pooled", "strict")["Success@1"].mean == pytest.approx(1 / 7)
    first = {next(iter(ranked)) for ranked in evidence.runs["pooled", "image"].values()}
    assert len(first) == 1


def test_traits_in_plain_words_find_every_token_that_has_them(evaluate):
    report, evidence = evaluate(task="traits-to-image")
    assert all("matte finish" in words for words in evidence.queries.values())
    inside = figures(report, "in-collection", "holds")
    assert inside["nDCG@10"].mean == inside["Success@1"].mean == 1
    assert inside["R@5"].mean == 1
    assert [row.kind for row in report.by_kind if row.system == "image"] == ["2-traits", "2-traits"]
    assert figures(report, "in-collection", "holds", "traits")["R@5"].mean == 1
    assert report.verbatim == 0


def test_altered_pictures_of_one_colour_find_it_again(evaluate):
    report, _ = pictures(evaluate, "altered-to-image")
    kinds = {(row.kind, row.scope, row.reading): row.figures["Success@1"].mean for row in report.by_kind}
    for kind in ("crop", "resize", "jpeg", "flip"):
        # As with captions: of the twins the first is found, and pooled the red swatches for the tile too.
        assert kinds[kind, "in-collection", "strict"] == pytest.approx(6 / 7), kind
        assert kinds[kind, "in-collection", "equal"] == 1, kind  # the twins' files have equal bytes
        assert kinds[kind, "pooled", "strict"] == pytest.approx(5 / 7), kind
    assert report.queries == 7 * 7
    assert all(row.queries == 7 for row in report.by_kind)


def test_an_altered_picture_is_asked_with_in_all_its_views_unless_the_plan_says_otherwise(
    evaluate, monkeypatch
):
    made, asked = retrieval.altered_vectors, []
    monkeypatch.setattr(
        retrieval, "altered_vectors", lambda *args, **more: asked.append(made(*args, **more)) or asked[-1]
    )
    for seen in (True, False):
        pictures(evaluate, "altered-to-image", views=seen)
    in_views, as_it_is = asked
    assert (in_views.shape[:2], as_it_is.shape[:2]) == ((49, MOST), (49, 1))
    assert in_views[:, 0] == pytest.approx(as_it_is[:, 0], abs=1e-6)
    assert np.abs(in_views - as_it_is).max() > 0.1


@pytest.mark.parametrize("kind", ALTERATIONS)
def test_an_altered_picture_is_ranked_as_a_search_ranks_it(evaluate, colour_home, tmp_path, kind):
    _, evidence = pictures(evaluate, "altered-to-image")
    with open_searcher(colour_home) as searcher:
        for token in list(searcher.catalog.iter_tokens()):
            with Image.open(colour_home.dataset_dir / token.image) as picture:
                alter(picture, kind, f"0:{token.ref}").save(tmp_path / "asked.png")
            ranked = searcher.rankings(Query(image=tmp_path / "asked.png", k=7))["image"]
            run = evidence.runs["pooled", "image"][f"{token.ref}#{kind}"]
            scores = {str(ref): round(score, 5) for ref, score in ranked}
            in_order = [scores[ref] for ref in sorted(run, key=run.__getitem__, reverse=True)]
            assert in_order == sorted(in_order, reverse=True)
            assert in_order[0] > in_order[-1]


def test_a_picture_that_went_missing_is_named(evaluate, colour_home):
    next(colour_home.dataset_dir.glob("Tiles/images/*.png")).unlink()
    with pytest.raises(InputError, match=r"Tiles/images/Tiles_\d+\.png was indexed and cannot be read"):
        pictures(evaluate, "altered-to-image")


@pytest.mark.parametrize("task", ["image-to-caption", "altered-to-image"])
def test_words_signals_cannot_be_asked_with_a_picture(evaluate, task):
    with pytest.raises(InputError, match="only the image signal"):
        evaluate(task=task)


def test_training_tokens_cannot_be_asked_for_among_the_held_out(evaluate):
    with pytest.raises(InputError, match="--gallery all"):
        evaluate(ask="any")


def test_the_mean_of_collections_weighs_a_small_one_like_a_large_one(evaluate):
    report, _ = evaluate(systems=("image",))
    (row,) = [row for row in report.over_collections if row.reading == "strict"]
    # 4 of 5 Swatches and 2 of 2 Tiles.
    assert row.figures["Success@1"].mean == pytest.approx((4 / 5 + 1) / 2)
    assert row.figures["Success@1"].chance == pytest.approx((1 / 5 + 1 / 2) / 2)
    assert row.figures["Success@1"].low <= row.figures["Success@1"].mean <= row.figures["Success@1"].high
    assert (row.queries, row.gallery_size) == (7, 3.5)


def test_the_image_signal_alone_needs_no_caption_index(evaluate, colour_home, monkeypatch):
    whole, _ = evaluate()
    monkeypatch.setattr("retrieval.backends.text_encoder", None)
    monkeypatch.setattr("eval.retrieval.open_searcher", None)
    alone, _ = evaluate(systems=("image",))
    assert alone.provenance.text_encoder is None
    assert alone.rows == tuple(row for row in whole.rows if row.system == "image")


def test_an_image_index_of_another_encoder_or_dataset_is_refused(colour_home, monkeypatch):
    from magpie.errors import IndexMismatchError
    from retrieval.encoders.hashing import HashingImageEncoder

    plan = Plan(systems=("image",))
    monkeypatch.setattr(HashingImageEncoder, "id", "hashing:other")
    with pytest.raises(IndexMismatchError, match="the image index was built with"):
        run(colour_home, plan, tick=lambda *_: None)
    monkeypatch.undo()
    with Catalog(colour_home.catalog_path) as catalog:
        catalog.remove_collection("Tiles")
    with pytest.raises(IndexMismatchError, match="the dataset has changed"):
        run(colour_home, plan, tick=lambda *_: None)
    (colour_home.chroma_dir / "manifest.json").unlink()
    with pytest.raises(IndexMismatchError, match="run `magpie index`"):
        run(colour_home, plan, tick=lambda *_: None)


def test_only_the_named_collections_are_asked_and_ranked(evaluate):
    report, _ = evaluate(collections=("tiles",))
    assert (report.queries, report.gallery, report.plan.collections) == (2, 2, ("Tiles",))
    assert figures(report, "pooled", "strict")["Success@1"].mean == 1


def test_an_unknown_collection_is_refused_by_name(evaluate):
    with pytest.raises(InputError, match="unknown collection 'Tyles'; did you mean 'Tiles'"):
        evaluate(collections=("Tyles",))


def test_a_cap_on_queries_leaves_the_gallery_whole(evaluate):
    report, _ = evaluate(queries=2)
    assert (report.queries, report.gallery, report.held_out) == (2, 7, 7)


def test_an_index_of_other_encoders_is_refused(colour_home):
    from magpie.errors import IndexMismatchError

    other = colour_home.model_copy(update={"text_encoder": "sentence-transformers:all-minilm-l6-v2"})
    with pytest.raises(IndexMismatchError, match="magpie index"), open_searcher(other):
        pass


def write(evaluate, folder, **plan):
    report, evidence = evaluate(**plan)
    artefacts.write(folder, report, evidence)
    return report


def test_equal_runs_write_equal_bytes_and_another_seed_does_not(evaluate, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write(evaluate, tmp_path / name, seed=seed, queries=4)
    names = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert len(names) == 2 * len(SYSTEMS) + 2 * 2 + len(
        ["queries.tsv", "per_query.csv", "summary.json", "config.json"]
    )
    assert all((tmp_path / "a" / n).read_bytes() == (tmp_path / "b" / n).read_bytes() for n in names)
    assert (tmp_path / "a" / "queries.tsv").read_bytes() != (tmp_path / "c" / "queries.tsv").read_bytes()


def test_another_tool_computes_the_same_figures_from_the_files(evaluate, tmp_path):
    report = write(evaluate, tmp_path / "out")
    for row in report.rows:
        qrels = ir_measures.read_trec_qrels(
            str(tmp_path / "out" / "qrels" / f"{row.scope}.{row.reading}.trec")
        )
        found = ir_measures.read_trec_run(str(tmp_path / "out" / "runs" / f"{row.scope}.{row.system}.trec"))
        measures = [ir_measures.parse_measure(name) for name in row.figures]
        again = ir_measures.calc_aggregate(measures, list(qrels), list(found))
        assert {str(m): v for m, v in again.items()} == pytest.approx(
            {n: f.mean for n, f in row.figures.items()}
        )


def test_the_mean_of_the_per_query_values_is_the_figure(evaluate, tmp_path):
    report = write(evaluate, tmp_path / "out")
    with (tmp_path / "out" / "per_query.csv").open() as file:
        lines = list(csv.DictReader(file))
    for row in report.rows:
        own = [
            ln
            for ln in lines
            if (ln["scope"], ln["system"], ln["reading"]) == (row.scope, row.system, row.reading)
        ]
        assert len(own) == row.queries
        for name, figure in row.figures.items():
            assert np.mean([float(line[name]) for line in own]) == pytest.approx(figure.mean)


def test_the_config_says_what_was_measured_with_what(evaluate, tmp_path, colour_home):
    write(evaluate, tmp_path / "out", seed=5)
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["plan"]["seed"] == 5
    assert config["provenance"]["image_encoder"]["id"].startswith("hashing:")
    assert len(config["provenance"]["dataset"]) == 64
    assert {"numpy", "ir_measures"} <= set(config["provenance"]["versions"])
    assert str(colour_home.home) not in (tmp_path / "out" / "config.json").read_text()


def test_a_folder_in_use_is_refused_and_left_alone(evaluate, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="not an empty folder; give --out a new one"):
        write(evaluate, tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["mine.txt"]
