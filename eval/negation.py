"""Questions that say what is not wanted: "a punk with a beanie but no earring". Pure."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from eval import wording
from eval.protocol import Source, claimable
from eval.wording import Asked, TypesOf
from magpie import facts, text

_NEGATIONS = (
    " but no {}",
    " but not {article}{}",
    ", no {}",
    " without {article}{}",
    ", but without {article}{}",
)


class Negated(NamedTuple):
    """A question, what it claims and what it denies: a right answer has all of the one, none of the other."""

    words: str
    claims: frozenset[facts.Fact]
    denies: frozenset[facts.Fact]
    traits: int


class Negations:
    """Makes such questions of some tokens, each of which rules out another of them."""

    def __init__(self, sources: Sequence[Source], types: TypesOf) -> None:
        self._types = types
        having: dict[tuple[str, facts.Fact], list[Source]] = defaultdict(list)
        for source in sources:
            for fact in claimable(source):
                having[source.token.collection, fact].append(source)
        self._having: Mapping[tuple[str, facts.Fact], Sequence[Source]] = having

    def ask(self, source: Source, seed: int) -> Negated | None:
        """One or two of the token's traits, and one it lacks; None if no token has both.

        The same for a seed. What is denied is a trait of another token of the collection that has everything
        that is claimed, so that who does not heed "no" finds a wrong one.
        """
        asked = wording.ask(source, self._types, seed, counts=(1, 2))
        if asked is None:
            return None
        rng = random.Random(f"{seed}:negation:{source.token.ref}")
        own = claimable(source)
        denials = sorted(
            {denial for other in self._alike(source, asked) for denial in self._denials(other, own)}
        )
        if not denials:
            return None
        phrase, denied = rng.choice(denials)
        article = "" if text.words(phrase)[-1].endswith("s") else f"{text.article(phrase)} "
        said = rng.choice(_NEGATIONS).format(phrase, article=article)
        return Negated(asked.words + said, asked.claims, frozenset([denied]), asked.traits)

    def _alike(self, source: Source, asked: Asked) -> list[Source]:
        """The other tokens of the collection that have everything that is claimed."""
        fewest = min((self._having[source.token.collection, claim] for claim in asked.claims), key=len)
        return [other for other in fewest if other is not source and asked.claims <= claimable(other)]

    def _denials(self, other: Source, own: frozenset[facts.Fact]) -> list[tuple[str, facts.Fact]]:
        """What ``other`` has and a token of the facts ``own`` has not, as phrases."""
        collection = other.token.collection
        said = (
            wording.denial(trait, self._types[collection, facts.key(trait)[1]])
            for trait in wording.sayable(other.token.traits)
        )
        return [denial for denial in said if denial and denial[1] not in own]
