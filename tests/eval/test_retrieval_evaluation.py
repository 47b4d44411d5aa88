"""The whole evaluation on pictures of one colour: every figure below can be counted on the fingers."""

import csv
import json

import ir_measures
import numpy as np
import pytest

from eval import artefacts
from eval.protocol import CUTOFFS
from eval.report import SYSTEMS, Plan
from eval.retrieval import run
from magpie.errors import InputError
from magpie.query import Filter, Query
from retrieval.search import open_searcher


@pytest.fixture
def evaluate(colour_home):
    def go(**plan):
        with open_searcher(colour_home) as searcher:
            return run(searcher, colour_home, Plan(**plan), tick=lambda *_: None)

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
        assert set(row.figures) == {f"{m}@{k}" for m in ("Success", "R") for k in CUTOFFS}
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
    from eval import retrieval

    monkeypatch.setattr(
        retrieval,
        "vector_scorer",
        lambda index, gallery, *_, **__: lambda _: np.arange(len(gallery.refs)) * -1.0,
    )
    with open_searcher(colour_home) as searcher:
        report, _ = run(searcher, colour_home, Plan(systems=("image",)), tick=lambda *_: None)
    assert figures(report, "pooled", "strict")["Success@1"].mean == pytest.approx(1 / 7)
    assert figures(report, "in-collection", "strict")["Success@1"].mean == pytest.approx(2 / 7)


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
