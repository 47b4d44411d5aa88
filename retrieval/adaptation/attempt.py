"""One adaptation: its recipe and tokens, the training, the comparison that decides, and what is recorded."""

import hashlib
import json
import shutil
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from magpie.domain import Token
from magpie.progress import Tick
from magpie.settings import Settings
from magpie.splits import split_of
from retrieval import backends
from retrieval.adaptation import record as records
from retrieval.adaptation.decision import decide, rival
from retrieval.adaptation.record import Adapted, Attempt, Comparison, Figures, Record
from retrieval.adaptation.selection import FEWEST, Scope, minutes_for, take_part
from retrieval.training import starts, weights
from retrieval.training.corpus import load
from retrieval.training.recipe import Recipe
from retrieval.training.trainer import Result, Trainer
from retrieval.training.validation import Scores

REHEARSAL = 0.3  # share of the rows of collections seen before; chosen by `python -m bench.adaptation`
_VALIDATIONS = 15
# Chosen on validation tokens of seven collections (docs/LOG.md). Pictures mostly stay as they are, for small
# traits are hard enough to see: a search undoes what happened to a picture that somebody asks with. A crop it
# can only put back nearly in place, which has to be learnt.
_CHOSEN: dict[str, Any] = {
    "pictures_first": 0.65,
    "masking": "captions",
    "components": 0.0,
    "dropped_captions": 0.6,
    "disturbed": 0.1,
    "echoes": 0.15,
}
_RUNS = "runs"


class Home(NamedTuple):
    """A home as it is now. ``base_id`` is the configured encoder, ``digests`` are `selection.digests`."""

    settings: Settings
    record: Record | None
    base_id: str
    digests: dict[str, str]

    @property
    def original(self) -> str:
        """The configured encoder, as a recipe names a start."""
        return self.settings.image_encoder.partition(":")[2]

    @property
    def adapted(self) -> str | None:
        """The model that was kept, as a recipe names a start."""
        model = self.record.model if self.record else None
        return str(records.folder(self.settings) / model.folder) if model else None


class Work(NamedTuple):
    """An attempt that is decided on. ``tokens`` take part, in all three splits."""

    home: Home
    scope: Scope
    tokens: list[Token]
    recipe: Recipe

    @property
    def run(self) -> Path:
        """The folder of the run, named after everything that decides what it computes."""
        decisive = [self.home.base_id, self.home.digests, self.scope, self.recipe.as_dict()]
        key = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]
        return records.folder(self.home.settings) / _RUNS / key

    @property
    def is_enough(self) -> bool:
        """Whether there are tokens to train on, to decide by and to report on."""
        parts = Counter(split_of(token.ref) for token in self.tokens)
        return min(parts["train"], parts["validation"], parts["test"]) >= FEWEST


def plan(
    home: Home, scope: Scope, tokens: list[Token], minutes: float | None, steps: int | None = None
) -> Work:
    """The attempt on ``scope``; ``minutes`` None for as long as its training tokens suggest."""
    start = home.original if scope.afresh else home.adapted or home.original
    recipe = Recipe(start=start, rehearsed=scope.old, rehearsal=REHEARSAL, **_CHOSEN)
    recipe = starts.resolve(recipe, allow_network=home.settings.allow_network)
    chosen = take_part(tokens, scope)
    given = minutes or minutes_for(sum(split_of(token.ref) == "train" for token in chosen))
    recipe = replace(recipe, minutes=given, steps=steps, validate_seconds=60 * given / _VALIDATIONS)
    return Work(home, scope, chosen, recipe)


def carry_out(work: Work, *, tick: Tick) -> Record:
    """Train, compare, decide and record; the record is written, the run's folder is gone.

    Stopped at any moment, the same work goes on where it was.
    """
    began, settings, run = perf_counter(), work.home.settings, work.run
    for other in run.parent.glob("*"):
        if other != run:  # begun for what is not asked any more
            shutil.rmtree(other, ignore_errors=True)
    run.mkdir(parents=True, exist_ok=True)
    trainer = _trainer(work, tick)
    earlier = trainer.seconds
    result = trainer.fit(tick=tick)
    validation, held_out = _compare(work, trainer, result, tick)
    decision = decide(validation, work.scope.old)
    attempt = Attempt(
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        minutes=work.recipe.minutes,
        new=work.scope.new,
        rehearsed=work.scope.old,
        tokens=len(trainer.corpus.train),
        steps=result.steps,
        best_step=result.best_step,
        train_seconds=round(result.seconds, 1),
        seconds=round(earlier + perf_counter() - began, 1),
        validation=validation,
        held_out=held_out,
        kept=decision.keep,
        reason=decision.reason,
    )
    record = _settle(work, attempt)
    records.write(settings, record)
    clear_runs(settings)
    return record


def _trainer(work: Work, tick: Tick) -> Trainer:
    settings, among = work.home.settings, {token.ref for token in work.tokens}
    corpus = load(settings, work.run, work.recipe.preprocess_cfg, among=among, tick=tick)
    return Trainer(
        corpus,
        work.recipe,
        work.run,
        threads=settings.threads,
        device=settings.device,
        allow_network=settings.allow_network,
    )


def clear_runs(settings: Settings) -> None:
    """Delete what runs left on the way: decoded pictures, checkpoints."""
    shutil.rmtree(records.folder(settings) / _RUNS, ignore_errors=True)


def _compare(work: Work, trainer: Trainer, result: Result, tick: Tick) -> tuple[Comparison, Comparison]:
    """On the validation and on the held-out tokens."""
    corpus, before = trainer.corpus, work.home.adapted
    parts = ((corpus.validation, result.validation), (corpus.held_out, result.held_out))
    found = []
    for at, (rows, adapted) in enumerate(parts):
        tick("compare", at, len(parts))
        found.append(
            Comparison(
                queries=len(rows),
                original=_figures(trainer.scores_of(work.home.original, rows)),
                before=_figures(trainer.scores_of(before, rows)) if before else None,
                adapted=_figures(adapted),
            )
        )
    tick("compare", len(parts), len(parts))
    return found[0], found[1]


def _figures(scores: Scores) -> Figures:
    values = scores._asdict()
    collections = {name: round(value, 4) for name, value in values.pop("collections").items()}
    measures = {name: round(value, 4) for name, value in values.items()}
    return Figures(choice=round(scores.choice, 4), measures=measures, collections=collections)


def _settle(work: Work, attempt: Attempt) -> Record:
    """The record after ``attempt``; weights that are kept are copied to their place first."""
    home, before = work.home, work.home.record
    model, retired = (before.model, before.retired) if before else (None, ())
    tried = {} if work.scope.afresh or before is None else before.tried
    active = model is not None and attempt.validation.before is rival(attempt.validation)
    if attempt.kept:
        best = work.run / "best"
        encoder = backends.adapted_image_encoder(home.settings, best).id
        place = encoder.rpartition("@")[2]
        weights.copy(best, records.folder(home.settings) / place)
        seen = set(work.scope.new) | (set() if work.scope.afresh or model is None else set(model.seen))
        retired = (*retired, model) if model and model.encoder != encoder else retired
        model, active = Adapted(encoder=encoder, folder=place, seen=tuple(sorted(seen))), True
    covered = {name: home.digests[name] for name in work.scope.new}
    return Record(
        base=home.settings.image_encoder,
        base_id=home.base_id,
        active=active,
        model=model,
        tried={name: digest for name, digest in (tried | covered).items() if name in home.digests},
        last=attempt,
        retired=retired,
    )
