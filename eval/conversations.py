"""Whole conversations with the agent over a small invented world, each turn with what is expected of it.

``conversations.jsonl`` holds what a demanding person wants, not what the agent happens to say. A turn is
right if all that it expects is so; besides, `eval.claims` checks every answer for claims without ground.
"""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple, get_args

import numpy as np
from pydantic import Field

from agent.answer import Answer, Outcome
from agent.assemble import Agent, open_agent
from agent.cues import Intent
from agent.graph import UNPROVEN
from eval import metrics, world
from eval.claims import Fault, faults
from eval.truth import Truth
from magpie.domain import Model, TokenRef
from magpie.errors import InputError
from magpie.progress import Tick
from magpie.settings import Settings

TurnKind = Literal[
    "lookup",
    "pronoun",
    "ordinal",
    "refinement",
    "correction",
    "topic change",
    "compound",
    "decline",
    "injection",
    "taste",
    "why",
    "compare",
    "clarify",
]
_NO_TOOLS = frozenset({"understand", "plan", "compose", "check"})
_CONVERSATION = "evaluation"


class Places(Model):
    """Tokens by their places, from 1 (-1 is the last), in what an earlier ``turn``, from 1, showed."""

    turn: int = Field(ge=1)
    at: tuple[int, ...] = Field(min_length=1)


class Turn(Model):
    """What is said, and what must come of it; a field left out may be anything.

    ``shown`` are token ids in any order, as are ``places``; ``has`` and ``lacks`` are pieces of the text,
    ``tools`` all that were called, in order. ``intent`` is that of the first of several questions.
    """

    say: str = Field(min_length=1)
    kind: TurnKind
    intent: Intent
    outcome: Outcome
    shown: tuple[int, ...] | None = None
    places: Places | None = None
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    tools: tuple[str, ...] | None = None


class Talk(Model):
    """One conversation; it begins with nothing remembered."""

    name: str = Field(min_length=1)
    turns: tuple[Turn, ...] = Field(min_length=3, max_length=6)


class Share(Model):
    """The share of ``of`` turns that are right, with the ends of its bootstrap interval."""

    name: str
    of: int
    mean: float
    low: float
    high: float


class Failure(Model):
    """A turn that is not right: what is wrong, and what was answered."""

    talk: str
    turn: int
    say: str
    wrong: tuple[str, ...]
    text: str


class FoundFault(Model):
    """A claim without ground, and where it stands."""

    talk: str
    turn: int
    kind: str
    claim: str
    sentence: str


class TalkReport(Model):
    """``unsupported`` counts claims that nothing in their answer holds or that are not true, ``citations``
    those that only the cited evidence does not hold; ``seconds`` are the median and the 95th percentile.
    """

    llm: str
    talks: int
    whole: int
    all: Share
    kinds: tuple[Share, ...]
    answers: int
    cited: int
    unsupported: int
    citations: int
    seconds: tuple[float, float]
    notices: tuple[str, ...]
    failures: tuple[Failure, ...]
    faults: tuple[FoundFault, ...]


class Asked(NamedTuple):
    """One turn that was asked: its answer, or why there is none, and what is wrong about it."""

    talk: str
    number: int
    turn: Turn
    answer: Answer | None
    wrong: tuple[str, ...]
    faults: tuple[Fault, ...]


@cache
def talks() -> tuple[Talk, ...]:
    """The committed conversations, in order."""
    lines = files("eval").joinpath("conversations.jsonl").read_text("utf-8").splitlines()
    return tuple(Talk.model_validate(json.loads(line)) for line in lines if line)


def run(settings: Settings, chosen: Sequence[Talk] | None = None, *, seed: int = 0, tick: Tick) -> TalkReport:
    """Hold the ``chosen`` conversations, all by default, with the agent that ``settings`` give.

    Its home, encoders and nodes are the small world's, whatever ``settings`` say of them. Raises `InputError`
    for no conversation.
    """
    chosen = talks() if chosen is None else chosen
    if not chosen:
        raise InputError("there is no conversation to hold; choose at least one")
    total, truth = sum(len(talk.turns) for talk in chosen), Truth()
    asked: list[Asked] = []
    with TemporaryDirectory(prefix="magpie-eval-", ignore_cleanup_errors=True) as folder:
        within = world.build(Path(folder))
        own = {name: getattr(settings, name) for name in ("llm", "llm_key", "allow_network", "threads")}
        with open_agent(within.model_copy(update=own)) as agent:
            for talk in chosen:
                for one in _held(agent, talk, truth):
                    asked.append(one)
                    tick("turns", len(asked), total)
    return _report(settings.llm, asked, seed)


def mismatches(turn: Turn, answer: Answer, before: Sequence[Sequence[TokenRef]] = ()) -> tuple[str, ...]:
    """What of ``answer`` is not as ``turn`` expects; earlier turns showed ``before``. Empty if right."""
    shown = [ref.token_id for ref in answer.shown]
    tools = tuple(step.name for step in answer.steps if step.name not in _NO_TOOLS)
    wrong = []
    if answer.intent != turn.intent:
        wrong.append(f"read as {answer.intent}, not {turn.intent}")
    if answer.outcome != turn.outcome:
        wrong.append(f"{answer.outcome}, not {turn.outcome}")
    if turn.shown is not None and sorted(shown) != sorted(turn.shown):
        wrong.append(f"shows {shown}, not {list(turn.shown)}")
    if turn.places is not None:
        wrong += _misplaced(turn.places, answer, before)
    if turn.tools is not None and tools != turn.tools:
        wrong.append(f"calls {', '.join(tools) or 'nothing'}, not {', '.join(turn.tools) or 'nothing'}")
    if answer.text == UNPROVEN:
        wrong.append("says that it can prove no answer")
    wrong += [f"lacks {piece!r}" for piece in turn.has if piece not in answer.text]
    wrong += [f"says {piece!r}" for piece in turn.lacks if piece in answer.text]
    return tuple(wrong)


def _misplaced(places: Places, answer: Answer, before: Sequence[Sequence[TokenRef]]) -> list[str]:
    listed = before[places.turn - 1]
    if max(places.at) > len(listed):
        return [f"turn {places.turn} showed only {len(listed)} tokens"]
    meant = {listed[place - 1 if place > 0 else place] for place in places.at}
    if set(answer.shown) == meant:
        return []
    shown = [ref.token_id for ref in answer.shown]
    return [f"shows {shown}, not {sorted(ref.token_id for ref in meant)}"]


def _held(agent: Agent, talk: Talk, truth: Truth) -> list[Asked]:
    agent.forget(_CONVERSATION)
    agent.profiles.forget()
    asked: list[Asked] = []
    said: list[str] = []
    before: list[tuple[TokenRef, ...]] = []
    listed = 0
    for number, turn in enumerate(talk.turns, start=1):
        said.append(turn.say)
        try:
            answer = agent.ask(turn.say, conversation=_CONVERSATION)
        except InputError as error:
            asked.append(Asked(talk.name, number, turn, None, (f"refused: {error}",), ()))
            before.append(())
            continue
        found = faults(answer, truth, said, listed=listed)
        listed = len(answer.shown) if len(answer.shown) > 1 else listed or len(answer.shown)
        asked.append(Asked(talk.name, number, turn, answer, mismatches(turn, answer, before), found))
        before.append(answer.shown)
    return asked


def _report(llm: str, asked: Sequence[Asked], seed: int) -> TalkReport:
    answers = [one.answer for one in asked if one.answer]
    found = [
        FoundFault(talk=one.talk, turn=one.number, **fault._asdict()) for one in asked for fault in one.faults
    ]
    times = [answer.seconds for answer in answers] or [0.0]
    broken = {one.talk for one in asked if one.wrong}
    names = dict.fromkeys(one.talk for one in asked)
    return TalkReport(
        llm=llm,
        talks=len(names),
        whole=len(names) - len(broken),
        all=_share("all", asked, seed),
        kinds=tuple(
            _share(kind, of_kind, seed)
            for kind in get_args(TurnKind)
            if (of_kind := [one for one in asked if one.turn.kind == kind])
        ),
        answers=len(answers),
        cited=sum(bool(answer.evidence) for answer in answers),
        unsupported=sum(fault.kind != "citation" for fault in found),
        citations=sum(fault.kind == "citation" for fault in found),
        seconds=(float(np.median(times)), float(np.quantile(times, 0.95))),
        notices=tuple(dict.fromkeys(notice for answer in answers for notice in answer.notices)),
        failures=tuple(_failure(one) for one in asked if one.wrong),
        faults=tuple(found),
    )


def _failure(one: Asked) -> Failure:
    text = one.answer.text if one.answer else ""
    return Failure(talk=one.talk, turn=one.number, say=one.turn.say, wrong=one.wrong, text=text)


def _share(name: str, asked: Sequence[Asked], seed: int) -> Share:
    right = np.array([[float(not one.wrong)] for one in asked])
    low, high = metrics.intervals(right, seed=seed)[:, 0]
    return Share(name=name, of=len(right), mean=float(right.mean()), low=float(low), high=float(high))
