"""How often the agent reads what a question asks, and what fills its slots, on the committed utterances.

The intent is that of the classifier alone (`agent.routing`), before anything else is known. Slots are found
by look-up, so their precision and recall are counted over the classes to which something is looked up.
"""

from collections import Counter
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple

import numpy as np

from agent.routing.router import MEANS, Router
from eval import metrics
from eval.utterances import Said, Split, World, found_slots, utterances
from magpie.domain import Model
from magpie.progress import Tick

DECLINED = ("price", "trade", "advice", "out_of_scope", "injection")  # to which nothing is looked up


class Share(Model):
    """A share of ``of`` questions with the ends of its bootstrap interval."""

    name: str
    of: int
    mean: float
    low: float
    high: float


class Outcome(NamedTuple):
    """One question: its class, the class it was taken for, and the milliseconds that took."""

    said: Said
    name: str
    confidence: float
    ms: float


class IntentReport(Model):
    """``classes`` are recalls; ``slots`` precision, recall and F1; ``ms`` median and 95th percentile."""

    split: Split
    accuracy: Share
    out_of_scope: Share
    classes: tuple[Share, ...]
    slots: tuple[float, float, float]
    ms: tuple[float, float]
    chance: float


def run(router: Router, split: Split, *, seed: int = 200, tick: Tick) -> tuple[IntentReport, list[Outcome]]:
    """Every utterance of ``split``, its places filled by ``seed``."""
    world, outcomes, counted = World(), [], Counter[str]()
    lines = utterances(split)
    router.load()
    for done, line in enumerate(lines, start=1):
        said = world.said(line, seed)
        start = perf_counter()
        mentions, traits = world.read(said.text)
        route = router.route(said.text, mentions, traits, line.after)
        outcomes.append(Outcome(said, route.name, route.confidence, (perf_counter() - start) * 1000))
        if line.intent not in DECLINED:
            found = found_slots(mentions, traits)
            counted.update(right=len(found & said.slots), found=len(found), there=len(said.slots))
        tick("questions", done, len(lines))
    return _report(split, outcomes, counted, seed), outcomes


def _report(split: Split, outcomes: Sequence[Outcome], counted: Counter[str], seed: int) -> IntentReport:
    precision = counted["right"] / max(counted["found"], 1)
    recall = counted["right"] / max(counted["there"], 1)
    most = Counter(one.said.utterance.intent for one in outcomes).most_common(1)[0][1]
    times = [one.ms for one in outcomes]
    return IntentReport(
        split=split,
        accuracy=_share("all", outcomes, seed),
        out_of_scope=_share("out of scope", _of(outcomes, "out_of_scope"), seed),
        classes=tuple(_share(name, _of(outcomes, name), seed) for name in MEANS),
        slots=(precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)),
        ms=(float(np.median(times)), float(np.quantile(times, 0.95))),
        chance=most / len(outcomes),
    )


def _of(outcomes: Sequence[Outcome], name: str) -> list[Outcome]:
    return [one for one in outcomes if one.said.utterance.intent == name]


def _share(name: str, outcomes: Sequence[Outcome], seed: int) -> Share:
    right = np.array([[float(one.name == one.said.utterance.intent)] for one in outcomes])
    low, high = metrics.intervals(right, seed=seed)[:, 0]
    return Share(name=name, of=len(right), mean=float(right.mean()), low=float(low), high=float(high))
