"""A traced question asked again, and what has changed in its answer. Timings are not compared."""

from collections.abc import Iterator
from itertools import islice, zip_longest
from math import isclose
from typing import Any

from agent.answer import Answer, Versions
from agent.assemble import open_agent
from agent.trace import Trace, ask, require_pictures, settings_told
from agent.wording import PATIENT_SECONDS, TOO_SLOW
from magpie import text
from magpie.domain import Model
from magpie.errors import InputError
from magpie.settings import Settings

MOST_TOLD = 20
VALUE_LIMIT = 200
NOTHING = "(nothing)"


class Difference(Model):
    """One place, with its value in the trace and now; both cleaned and cut."""

    where: str
    traced: str
    now: str

    def __str__(self) -> str:
        return f"{self.where}: {self.traced}, now {self.now}"


class Replay(Model):
    """The answer of now. ``differences`` of text, calls and evidence are at most `MOST_TOLD`.

    ``versions`` and ``settings`` are those that are others than the trace's, and may be why.
    """

    same: bool
    differences: tuple[Difference, ...]
    versions: tuple[Difference, ...]
    settings: tuple[Difference, ...]
    answer: Answer


def replay(settings: Settings, trace: Trace, *, anyway: bool = False) -> Replay:
    """Ask again with what was remembered and the seed. Nothing of it is kept.

    Raises `InputError` if a picture is not the one that it was, and, unless ``anyway``, if the index, a model
    or Magpie itself are others.
    """
    require_pictures(trace)
    patience = 0.0 if TOO_SLOW in trace.answer.notices else PATIENT_SECONDS
    with open_agent(settings, patience=patience) as agent:
        others = _versions(trace.answer.versions, agent.versions(trace.asked.seed))
        if others and not anyway:
            raise InputError(
                f"the trace was made with {'; '.join(map(str, others))}: bring them back, or give --anyway"
            )
        with agent.apart(trace.memory) as speaker:
            answer = ask(speaker, trace.asked)
    found = tuple(islice(_differences("", _told(trace.answer), _told(answer)), MOST_TOLD))
    now = settings_told(settings)
    return Replay(
        same=not found,
        differences=found,
        versions=others,
        settings=tuple(_differences("", {name: trace.settings.get(name, "") for name in now}, now)),
        answer=answer,
    )


def _versions(traced: Versions | None, now: Versions) -> tuple[Difference, ...]:
    before = traced.model_dump(exclude={"seed"}) if traced else {}
    return tuple(_differences("", before, now.model_dump(exclude={"seed"})))


def _told(answer: Answer) -> dict[str, Any]:
    """What a replay has to bring back."""
    told = answer.model_dump(mode="json", include={"intent", "outcome", "calls", "evidence", "shown"})
    for item in told["evidence"]:
        item["facts"] = [f"{fact['label']}: {fact['value']}" for fact in item["facts"]]
    return {"text": answer.text.split("\n"), **told}


def _differences(where: str, traced: Any, now: Any) -> Iterator[Difference]:  # noqa: ANN401 (JSON)
    """Every place where two JSON values differ, in order; numbers by more than rounding."""
    if isinstance(traced, dict) and isinstance(now, dict):
        for name in {**traced, **now}:
            yield from _differences(f"{where} {name}".strip(), traced.get(name), now.get(name))
    elif isinstance(traced, list) and isinstance(now, list):
        for number, (one, other) in enumerate(zip_longest(traced, now), start=1):
            yield from _differences(f"{where} {number}", one, other)
    elif isinstance(traced, float) and isinstance(now, float):
        if not isclose(traced, now, rel_tol=1e-3, abs_tol=1e-6):
            yield Difference(where=where, traced=str(traced), now=str(now))
    elif traced != now:
        yield Difference(where=text.clean(where, VALUE_LIMIT), traced=_shown(traced), now=_shown(now))


def _shown(value: Any) -> str:  # noqa: ANN401 (JSON)
    if value is None:
        return NOTHING
    return text.clean(value if isinstance(value, str) else repr(value), VALUE_LIMIT) or '""'
