"""``magpie eval retrieval``: captions, traits and pictures of tokens, looked for in the index.

docs/evaluation.md has the definitions; `eval.tasks` makes the questions.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from eval import metrics, signals, summary
from eval.altered import SecondLook, altered_vectors
from eval.artefacts import Evidence
from eval.protocol import CUTOFFS, READINGS, SCOPES, Reading, Scope, Source, Task
from eval.provenance import provenance
from eval.ranking import DEPTH, as_run
from eval.report import ASK_CAVEATS, CAVEATS, Plan, Report, System
from eval.signals import Scorer, Sides, VectorIndex
from eval.systems import Systems, by_vectors, needed
from eval.tasks import make_task
from ingest.captions import template_caption
from magpie.catalog import Catalog
from magpie.errors import InputError
from magpie.progress import Tick
from magpie.query import Signal
from magpie.settings import Settings
from retrieval import backends, manifest
from retrieval.ports import IndexKind
from retrieval.search import Searcher, open_searcher

MEASURES = metrics.names(CUTOFFS)
WRONG_ONES = [f"{metrics.CLEAN}@{k}" for k in CUTOFFS]  # where a wrong answer is worse than none


@dataclass(frozen=True)
class _Opened:
    """``searcher`` is None where pictures' vectors are all that the plan needs."""

    catalog: Catalog
    searcher: Searcher | None
    indices: Mapping[IndexKind, VectorIndex]


def run(settings: Settings, plan: Plan, *, tick: Tick) -> tuple[Report, Evidence]:
    """Evaluate ``plan`` on what ``settings`` have indexed. The image signal alone needs no caption index.

    Raises `InputError` for an unknown collection, for a plan that contradicts itself, and if no token can be
    asked for; `IndexMismatchError` if an index that is needed is absent or stale.
    """
    _refuse_contradictions(plan)
    with _open(settings, plan) as opened:
        named = tuple(opened.catalog.collection(name).name for name in plan.collections)
        plan = plan.model_copy(update={"collections": named})
        sources = _sources(opened.catalog, plan)
        task = _task(sources, opened, plan)
        sides = _sides(settings, task, opened, plan, tick)
        looks_again = task.name == "altered-to-image" and plan.views
        again = SecondLook(settings, opened.catalog, task, plan) if looks_again else None
        evidence = measure(task, sides, _systems(task, opened, plan, sides), plan, again, tick=tick)
        ids = {kind: index.encoder for kind, index in opened.indices.items()}
        dataset = opened.catalog.dataset_hash()
    verbatim = [sources[str(case.ref)].token.caption == case.text for case in task.cases]
    report = Report(
        plan=plan,
        provenance=provenance(settings, dataset=dataset, image=ids["image"], text=ids.get("caption")),
        resamples=metrics.RESAMPLES,
        depth=DEPTH,
        candidates=task.candidates,
        held_out=task.held_out,
        queries=len(task.cases),
        gallery=len(task.gallery.items),
        undefined=dict(task.undefined),
        verbatim=sum(verbatim) / len(verbatim),
        caveats=CAVEATS[plan.task] + ASK_CAVEATS[plan.ask],
        **summary.tables(task, evidence, seed=plan.seed),
    )
    return report, evidence


def measure(
    task: Task,
    sides: Mapping[Signal, Sides],
    systems: Systems | None,
    plan: Plan,
    again: SecondLook | None = None,
    *,
    tick: Tick,
) -> Evidence:
    """Rank every case with every system and measure. An error in any query ends it: a crash is not a zero.

    A plan's image and caption systems are ranked by their ``sides``, then ``again``; others by ``systems``.
    """
    runs: dict[tuple[Scope, System], dict[str, dict[str, float]]] = {
        (scope, system): {} for scope in SCOPES for system in plan.systems
    }
    ids = task.gallery.ids
    for scope, system in runs:
        if system == "image" or system == "caption":
            ranked = by_vectors(task, sides[system], scope)
            if again is not None:
                ranked = again.rank(ranked, scope, tick=partial(tick, "second look"))
            runs[scope, system] = {query: as_run(ids, columns) for query, columns in ranked.items()}
    others = set(plan.systems) - {"image", "caption"}
    for done, case in enumerate(task.cases if systems and others else (), start=1):
        for scope in SCOPES:
            for system, columns in systems.rank(case, scope).items() if systems else ():
                runs[scope, system][case.id] = as_run(ids, columns[:DEPTH])
        tick("ranking", done, len(task.cases))
    readings = READINGS[task.name]
    measures = MEASURES + WRONG_ONES if plan.wording == "negated" else MEASURES
    qrels = {(scope, reading): _qrels(task, scope, reading) for scope in SCOPES for reading in readings}
    values: dict[tuple[Scope, System, Reading], Mapping[str, Mapping[str, float]]] = {}
    for (scope, system), run in runs.items():
        for reading in readings:
            # Without twins both readings judge alike, and measuring is the slowest step of many queries.
            twin = readings[0] if qrels[scope, reading] == qrels[scope, readings[0]] else reading
            known = values.get((scope, system, twin))
            values[scope, system, reading] = known or metrics.per_query(measures, qrels[scope, reading], run)
    return Evidence({case.id: case.text for case in task.cases}, runs, qrels, values)


def _refuse_contradictions(plan: Plan) -> None:
    if not plan.by_words and set(plan.systems) != {"image"}:
        raise InputError(
            f"{plan.task} asks with pictures, which only the image signal can: give --signal image"
        )
    if plan.wording != "plain" and plan.task != "traits-to-image":
        raise InputError(f"questions of {plan.task} are not worded: give --task traits-to-image")
    if plan.ask == "any" and plan.gallery != "all":
        raise InputError("tokens of the training split are not among the held-out ones: give --gallery all")


@contextmanager
def _open(settings: Settings, plan: Plan) -> Iterator[_Opened]:
    if set(plan.systems) != {"image"}:
        kinds: tuple[IndexKind, ...] = ("image", "caption")
        with open_searcher(settings) as searcher:
            indices = {kind: signals.open_index(settings, kind) for kind in kinds}
            yield _Opened(searcher.catalog, searcher, indices)
        return
    with Catalog(settings.catalog_path) as catalog:
        built = manifest.read(settings)
        captions = built.caption.encoder if built else ""  # whatever they are, they are not looked at
        expected = manifest.Expected(catalog.dataset_hash(), backends.image_encoder(settings).id, captions)
        manifest.require_match(settings, expected)
        yield _Opened(catalog, None, {"image": signals.open_index(settings, "image")})


def _task(sources: Mapping[str, Source], opened: _Opened, plan: Plan) -> Task:
    indexed = frozenset.intersection(*(index.ids for index in opened.indices.values()))
    task = make_task(sources.values(), plan, indexed=indexed)
    if not task.cases:
        counted = [f"{count} {reason}" for reason, count in task.undefined.items()]
        why = ", ".join(counted) or "no token is of that split"
        raise InputError(f"nothing can be asked for ({why}): ingest more tokens, or drop --collection")
    return task


def _qrels(task: Task, scope: Scope, reading: Reading) -> dict[str, dict[str, int]]:
    ids = task.gallery.ids
    return {
        case.id: dict.fromkeys((ids[at] for at in task.gallery.relevant(case, scope, reading)), 1)
        for case in task.cases
    }


def _sources(catalog: Catalog, plan: Plan) -> dict[str, Source]:
    subjects = {collection.name: collection.subject for collection in catalog.collections()}
    return {
        str(token.ref): Source(
            token, subjects[token.collection], template_caption(subjects[token.collection], token.traits)
        )
        for token in catalog.iter_tokens(plan.collections)
    }


def _sides(settings: Settings, task: Task, opened: _Opened, plan: Plan, tick: Tick) -> dict[Signal, Sides]:
    """What each vector signal of the plan compares with what."""
    found: dict[Signal, Sides] = {}
    for signal, index in opened.indices.items():
        if signal not in needed(plan):
            continue
        said: Callable[[int, int], None] = partial(tick, f"texts for the {signal} index")
        stored = signals.stored_vectors(index, task.gallery.ids)
        if task.name == "image-to-caption":
            captions = [item.caption for item in task.gallery.items]
            asked = stored[[task.gallery.column[case.ref] for case in task.cases]]
            found[signal] = Sides(asked, signals.text_vectors(index, captions, tick=said))
        elif task.name == "altered-to-image":
            seen = partial(tick, "altered pictures")
            asked = altered_vectors(settings, task.gallery, task.cases, plan, tick=seen)
            found[signal] = Sides(asked, stored)
        else:
            asked = signals.text_vectors(index, [case.text for case in task.cases], tick=said)
            found[signal] = Sides(asked, stored)
    return found


def _systems(task: Task, opened: _Opened, plan: Plan, sides: Mapping[Signal, Sides]) -> Systems | None:
    if opened.searcher is None:
        return None
    questions = [case.text for case in task.cases]
    scorers: dict[Signal, Scorer] = {
        signal: signals.scorer(opened.indices[signal], sides[signal], questions)
        for signal in opened.indices
        if signal in sides
    }
    if "bm25" in needed(plan):
        scorers["bm25"] = signals.bm25_scorer(opened.catalog, task.gallery)
    return Systems(opened.searcher, task.gallery, scorers, plan)
