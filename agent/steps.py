"""The steps of a turn as people see them: what runs, how it went, how long it took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent.answer import Event, Step, StepFinished, StepStarted
from agent.evidence import NAME_LIMIT, plain, told
from agent.findings import Failed, Finding
from agent.onchain.receipt import Receipt
from agent.understanding import Understanding


def describe(found: Understanding) -> str:
    """What was understood, in one line for people: intent, collections with their scores, conditions."""
    named = [
        f"{plain(m.collection, NAME_LIMIT)} (“{m.phrase}”, {m.score:.2f})" for m in found.mentions.collections
    ]
    wanted = [f"{'no ' if m.negated else ''}“{m.phrase}”" for m in found.conditions]
    tokens = [f"#{ref.token_id}" for ref in found.tokens]
    said = "; ".join(filter(None, (", ".join(named), ", ".join(wanted), ", ".join(tokens))))
    return f"{found.intent.replace('_', ' ')} ({found.confidence:.2f}){': ' if said else ''}{said}"


def outcome(finding: Finding) -> str:
    """One line about a tool's result."""
    match finding:
        case Failed():
            return told(finding.problem)
        case Receipt():
            return finding.verdict.replace("_", " ")
        case _:
            return told(finding.summary)


class Note:
    """What a step says about itself when it ends."""

    detail: str = ""
    ok: bool = True


@contextmanager
def step(steps: list[Step], write: Callable[[Event], None], name: str, title: str) -> Iterator[Note]:
    """Tells when the step starts, and when it ends how it went; then it is one of ``steps``."""
    started, note = time.monotonic(), Note()
    write(StepStarted(name=name, title=title))
    yield note
    seconds = round(time.monotonic() - started, 3)
    done = Step(name=name, title=title, detail=note.detail, ok=note.ok, seconds=seconds)
    steps.append(done)
    write(StepFinished(step=done))
