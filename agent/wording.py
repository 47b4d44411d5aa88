"""How an answer opens: one sentence with no facts, from a model if there is one, else the first of a list.

The model sees the person's question and what kind of answer follows. It never sees a token's name, a trait,
an owner or anything else out of metadata: what it has not read it cannot repeat, nor be steered by.
"""

import re
import threading
import time
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol

from magpie import text

if TYPE_CHECKING:
    from agent.chat_model import ChatModel

QUESTION_LIMIT = 120
SECONDS = 3.0  # for one sentence; a busy machine gets the template instead of a wait
FREE_SECONDS = 20.0  # whoever installs a larger model has chosen to wait for it
PATIENT_SECONDS = 50.0  # where nobody waits: rather the same words tomorrow than quick ones
TOO_SLOW = "worded from templates: the model was too slow"
SEED = 7
MOST_SEED = 2**32 - 2  # llama.cpp takes the next one for "any"
CAPABLE_FROM = 1_000_000_000  # parameters; below, free sentences drift off the subject (docs/LOG.md)
# One sentence of plain letters, so that a model spends its tokens on words that may pass the check.
SENTENCE_GRAMMAR = r"""
root ::= [A-Z] [a-z']* (joint [a-z']+){4,16} [.!]
joint ::= ", " | " "
"""
_SHOWN_AS_EXAMPLES = ("found_one", "found_many", "no_match", "count")
_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")


class Opener(Protocol):
    """Writes one opening sentence for a situation. It may be anything: `agent.check` decides."""

    def write(self, situation: str, question: str, stopping: threading.Event, *, seed: int = SEED) -> str: ...


class ModelOpener:
    """Openings by a chat model: a small one chooses words within our lines, a capable one writes freely."""

    def __init__(self, model: "ChatModel", patience: float | None = None) -> None:
        """``patience``: seconds for one sentence, 0 asks no model; None lets its size decide."""
        self._model, self._patience = model, patience

    def write(self, situation: str, question: str, stopping: threading.Event, *, seed: int = SEED) -> str:
        """Empty if it took too long, also to be this one's turn, or ``stopping`` was set.

        Equal questions and seeds give equal words.

        Raises `MagpieError` if the model cannot be loaded, or its server does not answer.
        """
        from agent.chat_model import StoppedError, as_messages

        if self._patience == 0:
            return ""
        said = text.clean(question, QUESTION_LIMIT) or "(a picture)"
        now = _ask(situation, said)
        # A server cannot be sent a grammar: it writes freely, whatever its size, and the check decides.
        free = not self._model.takes_grammar or self._model.parameters >= CAPABLE_FROM
        # Held to our lines a model needs no examples, and a short prompt is a quick one.
        examples = [(_ask(name, "…"), plainest(openers()[name][-1])) for name in _SHOWN_AS_EXAMPLES if free]
        grammar = SENTENCE_GRAMMAR if free else lines_grammar(openers()[situation])
        messages = as_messages(prompt("openers_system"), examples, now)
        started, words = time.monotonic(), ""
        patience = self._patience or (FREE_SECONDS if free else SECONDS)
        try:
            for piece in self._model.stream(
                messages, grammar=grammar, stopping=stopping, patience=patience, seed=seed
            ):
                words += str(piece.content)
                if stopping.is_set() or time.monotonic() - started > patience:
                    return ""
        except StoppedError:
            return ""
        return " ".join(words.split())


def _ask(situation: str, said: str) -> str:
    return f"{situation.replace('_', ' ')}: {said}"


def plainest(line: str) -> str:
    """``line`` with the first of each choice."""
    return _CHOICE.sub(lambda match: match[1].split("|")[0], line)


def template_opening(situation: str) -> str:
    """The opening without a model; empty for a situation that needs none."""
    lines = openers().get(situation, ())
    return plainest(lines[0]) if lines else ""


def lines_grammar(lines: tuple[str, ...]) -> str:
    """A GBNF grammar of exactly the sentences that ``lines`` and their choices allow."""
    alternatives = []
    for line in lines:
        parts = _CHOICE.split(line)  # literals at even places, choices at odd ones
        terms = [
            "(" + " | ".join(f'"{choice}"' for choice in part.split("|")) + ")" if place % 2 else f'"{part}"'
            for place, part in enumerate(parts)
            if part
        ]
        alternatives.append(" ".join(terms))
    return "root ::= " + " | ".join(alternatives)


@cache
def openers() -> dict[str, tuple[str, ...]]:
    """Opening lines by situation."""
    return {
        name: tuple(re.findall(r"^- (.+)$", body, re.MULTILINE))
        for name, body in _sections("openers").items()
    }


@cache
def fixed() -> dict[str, str]:
    """Whole answers that need no tool, by topic."""
    return {name: " ".join(body.split()) for name, body in _sections("fixed").items()}


@cache
def prompt(name: str) -> str:
    """The text of prompts/<name>.md."""
    return files("agent").joinpath(f"prompts/{name}.md").read_text("utf-8").strip()


def _sections(name: str) -> dict[str, str]:
    """The bodies below each ``## name`` of a prompt file."""
    parts = re.split(r"^## (\w+)\n", prompt(name), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
