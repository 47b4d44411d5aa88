"""``magpie eval retrieval``: the NFT1000 protocol on the tokens that training never sees.

A held-out token's template caption is asked; its picture is looked for among its collection's tokens, and
among all. docs/evaluation.md has the definitions.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from eval import metrics, summary
from eval.artefacts import Evidence
from eval.protocol import CUTOFFS, READINGS, SCOPES, Reading, Scope, Source, Task, make_task
from eval.provenance import provenance
from eval.ranking import DEPTH, as_run
from eval.report import Plan, Report, System
from eval.signals import Scorer, VectorIndex, bm25_scorer, open_index, vector_scorer
from eval.systems import Systems, needed
from ingest.captions import template_caption
from magpie.catalog import Catalog
from magpie.errors import InputError
from magpie.progress import Tick
from magpie.query import Signal
from magpie.settings import Settings
from retrieval.ports import IndexKind
from retrieval.search import Searcher

KINDS: tuple[IndexKind, ...] = ("image", "caption")
MEASURES = metrics.names(CUTOFFS)


def run(searcher: Searcher, settings: Settings, plan: Plan, *, tick: Tick) -> tuple[Report, Evidence]:
    """Evaluate ``plan`` on what ``settings`` have indexed, which ``searcher`` must have opened.

    Raises `InputError` for an unknown collection, and if no held-out token can be asked for.
    """
    catalog = searcher.catalog
    named = tuple(catalog.collection(name).name for name in plan.collections)
    plan = plan.model_copy(update={"collections": named})
    indices = {kind: open_index(settings, kind) for kind in KINDS}
    sources = _sources(catalog, named)
    task = _task(sources, indices, plan)
    systems = Systems(searcher, task.gallery, _scorers(catalog, indices, task, plan, tick), plan)
    evidence = measure(task, systems, plan, tick=tick)
    verbatim = [sources[case.id].token.caption == case.text for case in task.cases]
    ids = {kind: index.encoder for kind, index in indices.items()}
    report = Report(
        plan=plan,
        provenance=provenance(
            settings, dataset=catalog.dataset_hash(), image=ids["image"], text=ids["caption"]
        ),
        resamples=metrics.RESAMPLES,
        depth=DEPTH,
        held_out=task.held_out,
        queries=len(task.cases),
        gallery=len(task.gallery.items),
        undefined=dict(task.undefined),
        verbatim=sum(verbatim) / len(verbatim),
        rows=tuple(summary.rows(task, evidence, seed=plan.seed)),
        by_collection=tuple(summary.collection_rows(task, evidence, seed=plan.seed)),
    )
    return report, evidence


def measure(task: Task, systems: Systems, plan: Plan, *, tick: Tick) -> Evidence:
    """Rank every case with every system and measure. An error in any query ends it: a crash is not a zero."""
    ids = [str(ref) for ref in task.gallery.refs]
    runs: dict[tuple[Scope, System], dict[str, dict[str, float]]] = {
        (scope, system): {} for scope in SCOPES for system in plan.systems
    }
    for done, case in enumerate(task.cases, start=1):
        for scope in SCOPES:
            for system, columns in systems.rank(case, scope).items():
                runs[scope, system][case.id] = as_run(ids, columns[:DEPTH])
        tick("ranking", done, len(task.cases))
    qrels = {(scope, reading): _qrels(task, scope, reading) for scope in SCOPES for reading in READINGS}
    values = {
        (scope, system, reading): metrics.per_query(MEASURES, qrels[scope, reading], run)
        for (scope, system), run in runs.items()
        for reading in READINGS
    }
    return Evidence({case.id: case.text for case in task.cases}, runs, qrels, values)


def _task(sources: Mapping[str, Source], indices: Mapping[IndexKind, VectorIndex], plan: Plan) -> Task:
    indexed = indices["image"].ids & indices["caption"].ids
    task = make_task(
        sources.values(), indexed=indexed, queries=plan.queries, seed=plan.seed, gallery=plan.gallery
    )
    if not task.cases:
        counted = [f"{count} {reason}" for reason, count in task.undefined.items()]
        why = ", ".join(counted) or "no token is held out"
        raise InputError(f"nothing can be asked for ({why}): ingest more tokens, or drop --collection")
    return task


def _qrels(task: Task, scope: Scope, reading: Reading) -> dict[str, dict[str, int]]:
    relevant = {case.id: task.gallery.relevant(case, scope, reading) for case in task.cases}
    return {query: {str(ref): 1 for ref in refs} for query, refs in relevant.items()}


def _sources(catalog: Catalog, collections: Sequence[str]) -> dict[str, Source]:
    subjects = {collection.name: collection.subject for collection in catalog.collections()}
    return {
        str(token.ref): Source(
            token, subjects[token.collection], template_caption(subjects[token.collection], token.traits)
        )
        for token in catalog.iter_tokens(collections)
    }


def _scorers(
    catalog: Catalog, indices: Mapping[IndexKind, VectorIndex], task: Task, plan: Plan, tick: Tick
) -> dict[Signal, Scorer]:
    questions = [case.text for case in task.cases]
    scorers: dict[Signal, Scorer] = {}
    for signal in needed(plan):
        if signal == "bm25":
            scorers[signal] = bm25_scorer(catalog, task.gallery)
        elif signal != "traits":
            asking = partial(tick, f"queries for the {signal} index")
            scorers[signal] = vector_scorer(indices[signal], task.gallery, questions, tick=asking)
    return scorers
