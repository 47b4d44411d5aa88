"""What the caption model is asked, and how its answer is read. The text is part of the cache's key. Pure.

One prompt a trait set: three lines, each with the subject and the phrases in another seeded order. The model
writes one caption for each line, and names the phrases in the line's order, which it was trained to do.
"""

import random
import re
from collections.abc import Sequence
from typing import Protocol

from ingest.paraphrase.check import CAPTIONS
from ingest.paraphrase.lexicon import Role
from ingest.paraphrase.phrases import Mention, describe, kind_words, mentions
from ingest.paraphrase.rules import MAX_LISTED, is_said, reordered
from ingest.paraphrase.wording import Wording
from magpie import text
from magpie.domain import Trait

VERSION = 1  # bump when the text changes: captions of the old one are then made anew
MAX_LINE = 2000
_BULLET = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•])\s+")
_ORDER = (Role.LOOK, Role.WORN, Role.HELD, Role.PLACE)
_LEADS = {Role.LOOK: "", Role.WORN: "wears ", Role.HELD: "holds ", Role.PLACE: "before "}


class CaptionWriter(Protocol):
    """A model that writes captions. ``id`` changes with its weights."""

    @property
    def id(self) -> str: ...

    def write(self, prompts: Sequence[str], *, seed: int) -> list[list[str]]:
        """Three lines for each prompt, in order; fewer if the model gave fewer. Another seed, other lines."""


def prompt(subject: str, traits: Sequence[Trait], *, seed: int = 0) -> str:
    """Three lines that name the same things in other orders."""
    listed = mentions(describe(traits))
    rng = random.Random(f"{seed} {subject} {[str(trait) for trait in traits]}")
    things = [mention for mention in listed if mention.role is not Role.KIND]
    rng.shuffle(things)
    roles = [role for role in _ORDER if role in {thing.role for thing in things}]
    fronts = rng.sample(roles, len(roles))
    whole = " ".join([*kinds(subject, listed), subject])
    lines = []
    for place in range(CAPTIONS):
        front = fronts[place % len(fronts)] if fronts else Role.LOOK
        ordered = sorted(roles, key=lambda role: (role is not front, _ORDER.index(role)))
        lines.append(line(whole, [row for role in ordered for row in _rows(role, things, place)]))
    return "\n".join(lines)


def _rows(role: Role, things: Sequence[Mention], place: int) -> list[tuple[Role, list[str]]]:
    """The things of one role, in even lists of at most `MAX_LISTED`; each line has an order of its own."""
    of_role = reordered([thing for thing in things if thing.role is role], place)
    found = [str(_plain(thing, place)) for thing in of_role]
    size = -(-len(found) // -(-len(found) // MAX_LISTED))
    return [(role, found[start : start + size]) for start in range(0, len(found), size)]


def _plain(mention: Mention, place: int) -> Wording:
    """Another wording for another line: "robot fur", then "metallic fur"; turns are the model's."""
    forms = [form for form in mention.forms if " in " not in form.text] or mention.forms
    return forms[place % len(forms)]


def kinds(subject: str, listed: Sequence[Mention]) -> list[str]:
    """The words that stand before the subject: gender first, and none that the subject says already."""
    found = [mention for mention in listed if mention.role is Role.KIND and not is_said(mention, subject)]
    return kind_words([mention.forms[0] for mention in found], subject).split()


def line(whole: str, rows: Sequence[tuple[Role, Sequence[str]]]) -> str:
    """``bored ape | gold fur and laser eyes | wears a beanie | before a blue background``."""
    return " | ".join([whole, *(f"{_LEADS[role]}{_listed(things)}" for role, things in rows)])


def _listed(things: Sequence[str]) -> str:
    *before, last = things
    return f"{', '.join(before)} and {last}" if before else last


def read(answer: str) -> list[str]:
    """The captions in a model's answer: its lines, without numbers or quotes around them, at most three."""
    lines = [_BULLET.sub("", text.clean(line, MAX_LINE)).strip(" \"'") for line in answer.splitlines()]
    return [line for line in lines if line][:CAPTIONS]
