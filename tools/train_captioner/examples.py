"""Trait sets -> lines to ask, and the captions to answer with, from the rule-based paraphrases."""

import random
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from ingest.paraphrase.check import check_three
from ingest.paraphrase.lexicon import Role
from ingest.paraphrase.phrases import Mention, describe, mentions
from ingest.paraphrase.prompt import kinds, line
from ingest.paraphrase.rules import paraphrase
from ingest.paraphrase.writing import TraitSet
from tools.train_captioner.trait_sets import invented, sampled

_PER_STYLE, _PUNKS = 120, 600  # tokens of the sample to choose from
_JOINS = frozenset({", ", " and ", " along with ", " as well as ", " plus "})


class Example(NamedTuple):
    """One line of a prompt and the caption it asks for."""

    line: str
    caption: str


def training_examples(count: int, *, seed: int, sampled_share: float) -> list[Example]:
    """``count`` examples, three of a trait set, in random order."""
    rng = random.Random(f"examples {seed}")
    wanted = round(count * sampled_share / 3)
    known = sampled(min(_PER_STYLE, wanted), min(_PUNKS, 5 * wanted))
    rng.shuffle(known)
    known = known[:wanted]
    made = chain.from_iterable(of(found, seed=seed) for found in chain(known, invented(rng)))
    examples = list(islice(made, count))
    rng.shuffle(examples)
    return examples


def of(found: TraitSet, *, seed: int) -> Iterator[Example]:
    """The teacher's captions of one set, each with the line that names its things in its order.

    Nothing if the teacher's captions fail the check: a wrong sentence teaches wrong.
    """
    captions = paraphrase(found.subject, found.traits, seed=seed)
    if check_three(captions, found.subject, found.traits):
        return
    listed = mentions(describe(found.traits))
    whole = " ".join([*kinds(found.subject, listed), found.subject])
    things = [mention for mention in listed if mention.role is not Role.KIND]
    for caption in captions:
        rows = _as_said(things, caption)
        if rows is not None:
            yield Example(line(whole, rows), caption)


def _as_said(things: Sequence[Mention], caption: str) -> list[tuple[Role, list[str]]] | None:
    """``things`` as the caption lists them, in its order; None if one cannot be told from another."""
    low = caption.lower()
    places: dict[int, tuple[Mention, int]] = {}
    for thing in sorted(things, key=lambda mention: -max(len(form.text) for form in mention.forms)):
        worded = [str(form).lower() for form in thing.forms]
        found = [(low.find(form), len(form)) for form in worded]
        found = [(start, size) for start, size in found if start >= 0 and start not in places]
        if not found:
            return None
        start, size = min(found)
        places[start] = (thing, start + size)
    rows: list[tuple[Role, list[str]]] = []
    previous = 0
    for start, (thing, end) in sorted(places.items()):
        if start < previous:
            return None
        if rows and rows[-1][0] is thing.role and low[previous:start] in _JOINS:
            rows[-1][1].append(str(thing.forms[0]))
        else:
            rows.append((thing.role, [str(thing.forms[0])]))
        previous = end
    return rows
