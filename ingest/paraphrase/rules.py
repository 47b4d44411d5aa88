"""Three fluent sentences about a token's traits, by rule: what is kept where the model's captions fail. Pure.

The same seed, subject and traits give the same three. Each names every visible trait and nothing else; they
differ in opening, verbs, order and wording.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ingest.paraphrase.check import CAPTIONS, check_three
from ingest.paraphrase.lexicon import Role
from ingest.paraphrase.phrases import Mention, describe, kind_words, mentions
from ingest.paraphrase.wording import Wording
from ingest.paraphrase.words import article, stems
from magpie.domain import Trait

ATTEMPTS = 8
MAX_LISTED = 6  # things in one list, before a second one is begun
_OPENINGS = (
    "A picture of {S}",
    "A portrait of {S}",
    "An image of {S}",
    "An illustration of {S}",
    "This picture shows {S}",
    "This image depicts {S}",
    "This portrait presents {S}",
    "Here is {S}",
    "Here we see {S}",
    "The picture features {S}",
)
_PARTICIPLES = {
    Role.LOOK: ("with", "featuring", "showing", "displaying"),
    Role.WORN: ("wearing", "sporting", "outfitted with"),
    Role.HELD: ("holding", "carrying"),
    Role.PLACE: ("against", "in front of", "set against", "placed before"),
}
_VERBS = {
    Role.LOOK: ("has", "shows", "displays", "features"),
    Role.WORN: ("wears", "sports"),
    Role.HELD: ("holds", "carries"),
    Role.PLACE: (
        "stands against",
        "poses in front of",
        "appears against",
        "stands before",
        "is seen against",
    ),
}
_LAST = ((" and ",), (" along with ", " as well as "), (" and ", " plus "))
_ALONE = ("A picture of {S}.", "This image shows {S}.", "Here is {S}.", "The portrait depicts {S}.")


_Thing = TypeVar("_Thing")


@dataclass
class _Words:
    """What one caption is built of. ``parts``: what is still to be said, in order."""

    rng: random.Random
    subject: str
    whole: str
    parts: list[tuple[Role, list[str]]]
    joins: list[str]
    used: set[str] = field(default_factory=set)

    def listed(self, things: Sequence[str]) -> str:
        if len(things) == 1:
            return things[0]
        join = self.joins.pop() if self.joins else " and "
        return ", ".join(things[:-1]) + join + things[-1]

    def said(self, verbs: dict[Role, tuple[str, ...]], role: Role, things: Sequence[str]) -> str:
        """A verb that this caption has not used, and the things."""
        fresh = [verb for verb in verbs[role] if verb[:4] not in self.used] or list(verbs[role])
        verb = self.rng.choice(fresh)
        self.used.add(verb[:4])
        return f"{verb} {self.listed(things)}"

    def take(self, *roles: Role) -> tuple[Role, list[str]] | None:
        """The first part of one of ``roles``, which is then said."""
        for place, (role, _) in enumerate(self.parts):
            if role in roles:
                return self.parts.pop(place)
        return None

    def participles(self) -> str:
        """The rest as ``, with ..., wearing ...``."""
        clauses = [self.said(_PARTICIPLES, role, things) for role, things in self.parts]
        self.parts = []
        return "".join(f", {clause}" if place else f" {clause}" for place, clause in enumerate(clauses))

    def verbs(self, parts: Sequence[tuple[Role, list[str]]]) -> str:
        """``has ..., wears ... and stands against ...``."""
        clauses = [self.said(_VERBS, role, things) for role, things in parts]
        if len(clauses) < 3:
            listing = any(len(things) > 1 for _, things in parts)
            return (", and " if listing else " and ").join(clauses)
        return ", ".join(clauses[:-1]) + ", and " + clauses[-1]


def paraphrase(subject: str, traits: Sequence[Trait], *, seed: int = 0) -> tuple[str, ...]:
    """Three captions, each of which passes `ingest.paraphrase.check.check`."""
    listed = mentions(describe(traits))
    for attempt in range(ATTEMPTS):
        rng = random.Random(f"{seed} {attempt} {subject} {[str(trait) for trait in traits]}")
        captions = _three(rng, subject, listed)
        if not check_three(captions, subject, traits):
            break
    return captions


def _three(rng: random.Random, subject: str, listed: Sequence[Mention]) -> tuple[str, ...]:
    kinds = [mention for mention in listed if mention.role is Role.KIND and not is_said(mention, subject)]
    rest = [mention for mention in listed if mention.role is not Role.KIND]
    styles = _styles({mention.role for mention in rest})
    rng.shuffle(styles)
    rng.shuffle(rest)
    openings = rng.sample(_OPENINGS, CAPTIONS)
    captions: list[str] = []
    for place in range(CAPTIONS):
        ordered = reordered(rest, place)
        whole = f"{kind_words(_wordings(kinds, place, rng), subject)} {subject}".strip()
        said = _Words(
            rng, subject, f"{article(whole)} {whole}", _parts(ordered, place, rng), [rng.choice(_LAST[place])]
        )
        said.used = {verb[:4] for verb in openings[place].lower().split()}
        if rest:
            caption = styles[place % len(styles)](said, openings[place])
        else:
            caption = _ALONE[(place + rng.randrange(2)) % len(_ALONE)].format(S=said.whole)
        captions.append(caption[0].upper() + caption[1:])
    return tuple(captions)


def is_said(mention: Mention, subject: str) -> bool:
    """Whether the subject says the kind already: Type=Toad of a toad."""
    own = set(stems(subject))
    return all(
        any(own.issuperset(sequence) for sequence in option)
        for phrase in mention.phrases
        for option in phrase.options
    )


def reordered(things: Sequence[_Thing], place: int) -> list[_Thing]:
    """Three orders in which few neighbours stay neighbours: as given, backwards, every other one first."""
    match place:
        case 0:
            return list(things)
        case 1:
            return list(reversed(things))
        case _:
            return [*things[1::2], *things[0::2]]


def _parts(ordered: Sequence[Mention], place: int, rng: random.Random) -> list[tuple[Role, list[str]]]:
    """The things by role, in lists of at most `MAX_LISTED`, looks first and the place last."""
    worded = _wordings(ordered, place, rng)
    parts: list[tuple[Role, list[str]]] = []
    for role in (Role.LOOK, Role.WORN, Role.HELD, Role.PLACE):
        things = [str(form) for mention, form in zip(ordered, worded, strict=True) if mention.role is role]
        rows = -(-len(things) // MAX_LISTED)
        size = -(-len(things) // rows) if rows else 1
        parts += [(role, things[start : start + size]) for start in range(0, len(things), size)]
    if place == CAPTIONS - 1 and len(parts) > 2 and parts[-1][0] is not Role.LOOK:
        parts.insert(1, parts.pop())
    return parts


def _wordings(listed: Sequence[Mention], place: int, rng: random.Random) -> list[Wording]:
    """One wording a mention; "fur in gold" for one in six at most, since many read badly."""
    worded: list[Wording] = []
    turned = 0
    for mention in listed:
        is_enough = turned > len(listed) // MAX_LISTED
        forms = [form for form in mention.forms if not (is_enough and " in " in form.text)] or mention.forms
        worded.append(forms[(place + rng.randrange(2)) % len(forms)])
        turned += " in " in worded[-1].text
    return worded


_Style = Callable[[_Words, str], str]


def _styles(roles: set[Role]) -> list[_Style]:
    """The sentence plans that these roles allow: three at least."""
    plans: list[_Style] = [_named, _this, _two]
    if Role.PLACE in roles:
        plans.append(_placed)
    if Role.WORN in roles:
        plans.append(_dressed)
    if Role.LOOK in roles and len(roles) > 1:
        plans.append(_looking)
    return plans


def _named(said: _Words, opening: str) -> str:
    return f"{opening.format(S=said.whole)}{said.participles()}."


def _this(said: _Words, _: str) -> str:
    whole = said.whole.split(" ", 1)[1]
    return f"This {whole} {said.verbs(said.parts)}."


def _two(said: _Words, opening: str) -> str:
    """Looks in the first sentence, the rest in the second."""
    half = max(1, len(said.parts) // 2)
    first, second = said.parts[:half], said.parts[half:]
    said.parts = first
    start = f"{opening.format(S=said.whole)}{said.participles()}."
    return f"{start} The {said.subject} {said.verbs(second)}." if second else start


def _placed(said: _Words, opening: str) -> str:
    place = said.take(Role.PLACE)
    front = said.said({Role.PLACE: ("against", "in front of", "set against")}, *place) if place else ""
    if not said.parts:
        return f"{front}, {said.whole} is {said.rng.choice(('shown', 'pictured', 'seen'))}."
    return f"{front}, {said.whole} {said.verbs(said.parts)}."


def _dressed(said: _Words, opening: str) -> str:
    worn = said.take(Role.WORN)
    front = said.said({Role.WORN: ("wearing", "sporting")}, *worn) if worn else ""
    if not said.parts:
        return f"{front}, {said.whole} poses for the portrait."
    return f"{front}, {said.whole} {said.verbs(said.parts)}."


def _looking(said: _Words, opening: str) -> str:
    look = said.take(Role.LOOK)
    front = f"with {said.listed(look[1])}" if look else ""
    return f"{front}, {said.whole} {said.verbs(said.parts)}."
