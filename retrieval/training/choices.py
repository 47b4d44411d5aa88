"""The second lesson: which value a token has of each trait type of its collection, or that it has none.

Contrast alone learns colours early and eyes and mouths late. Here every type asks for its own answer among
the values that the collection knows, so a rare value is told from its like and not from everything. Pure.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from magpie.facts import Fact

Facts = Collection[Fact]
Numbers = npt.NDArray[np.int64]
_TRAIT, _NONE = "trait", "none"


class Terms(NamedTuple):
    """``t`` choices that are made: by which sample, among what, and each one's right answer, all (t,).

    ``held`` (samples, answers) tells all that is right of a sample: a type may have several values.
    """

    samples: Numbers
    choices: Numbers
    right: Numbers
    held: npt.NDArray[np.bool_]


class Choices:
    """Numbers the answers and the choices of a corpus.

    ``among`` (choices, most answers) lists each choice's answers; -1 fills up.
    """

    def __init__(self, known: Iterable[tuple[str, Facts]], limit: int) -> None:
        """``known`` is each token's collection and facts; the ``limit`` commonest answers are taught."""
        counts: Counter[Fact] = Counter()
        types: dict[tuple[str, str], set[Fact]] = {}
        sizes: Counter[str] = Counter()
        having: Counter[tuple[str, str]] = Counter()
        for collection, facts in known:
            traits = [fact for fact in facts if fact[0] == _TRAIT]
            counts.update(traits)
            sizes[collection] += 1
            having.update({(collection, type_) for _, type_, _ in traits})
            for fact in traits:
                types.setdefault((collection, fact[1]), set()).add(fact)
        for (collection, type_), found in having.items():
            if found < sizes[collection]:
                none = (_NONE, type_, "")
                counts[none] += sizes[collection] - found
                types[collection, type_].add(none)
        taught = sorted(counts, key=lambda fact: (-counts[fact], fact))[:limit]
        self.numbers = {fact: number for number, fact in enumerate(taught)}
        answers = {
            choice: sorted(self.numbers[fact] for fact in facts if fact in self.numbers)
            for choice, facts in sorted(types.items())
        }
        listed = {choice: found for choice, found in answers.items() if len(found) > 1}
        self._choices = {choice: number for number, choice in enumerate(listed)}
        self._types: dict[str, list[str]] = {}
        for collection, type_ in listed:
            self._types.setdefault(collection, []).append(type_)
        self.among = np.full((len(listed), max(map(len, listed.values()), default=1)), -1, np.int64)
        for row, numbers in enumerate(listed.values()):
            self.among[row, : len(numbers)] = numbers

    def terms(self, samples: Sequence[tuple[str, Facts, Facts | None]]) -> Terms:
        """What the samples' answers are.

        A sample is its collection, what is true of it, and all that is true of its token: a type of which the
        token has no value is answered by none. Without the latter, only what is true of it is asked for.
        """
        found: list[tuple[int, int, int]] = []
        held = np.zeros((len(samples), len(self.numbers)), np.bool_)
        for row, (collection, facts, whole) in enumerate(samples):
            right = [fact for fact in facts if fact[0] == _TRAIT]
            if whole is not None:
                has = {type_ for kind, type_, _ in whole if kind == _TRAIT}
                right += [(_NONE, type_, "") for type_ in self._types.get(collection, ()) if type_ not in has]
            for fact in right:
                choice, answer = self._choices.get((collection, fact[1])), self.numbers.get(fact)
                if choice is not None and answer is not None:
                    found.append((row, choice, answer))
                    held[row, answer] = True
        columns = np.array(found, np.int64).reshape(-1, 3).T
        return Terms(columns[0], columns[1], columns[2], held)


def named(claims: Facts, facts: Facts) -> set[Fact]:
    """Those traits of ``facts`` whose value the words claim, with its type or without."""
    return {
        fact for fact in facts if fact[0] == _TRAIT and (fact in claims or ("value", "", fact[2]) in claims)
    }
