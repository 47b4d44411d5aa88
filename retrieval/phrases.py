"""Words of a question read as trait conditions. Pure.

Only published values become conditions. How sure a reading is, from 1 down: the value as published, or with
its type ("gold fur"); a synonym, the value's last words ("glasses" for 3D Glasses) or a kind of it (a fedora
for a hat); some of its words ("blonde hair" for Straight Hair Blonde); its type with any value. A misspelt
word multiplies that by its similarity.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from magpie import text
from magpie.catalog_rows import TraitCount
from magpie.domain import Collection, Trait
from magpie.query import PhraseMatch
from retrieval.lexicon import BY_TYPE, PARTLY, Found, Lexicon, merged
from retrieval.question import ANYONE, ARTICLES, COLOURS, GENERIC, NUMBERS, Word, negated, split

_LONGEST = 5  # words in a phrase


class Reading(NamedTuple):
    """What a question says. ``wanted`` is its text without what it does not want, for signals deaf to "not";
    ``unread`` are its remaining words that mean something; ``named`` the collections that it calls by name.
    """

    matches: tuple[PhraseMatch, ...]
    wanted: str
    unread: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def understand(text: str, counts: Sequence[TraitCount]) -> tuple[PhraseMatch, ...]:
    """The words of ``text`` that name published traits, as conditions, in the order typed."""
    return Vocabulary(counts).read(text).matches


class _Span(NamedTuple):
    """Words ``start`` to ``end`` read as one condition."""

    start: int
    end: int
    traits: tuple[Trait, ...]
    score: float


@dataclass
class _Draft:
    """A question being read. ``free`` says which words nothing has claimed yet."""

    words: list[Word]
    unwanted: list[bool]
    free: list[bool]

    def windows(self) -> Iterator[tuple[int, int]]:
        """Runs of free words without a comma inside, longest first, then leftmost; follows the claims."""
        for length in range(min(_LONGEST, len(self.words)), 0, -1):
            for start in range(len(self.words) - length + 1):
                end = start + length
                broken = any(word.after_break for word in self.words[start + 1 : end])
                if all(self.free[start:end]) and not broken and len(set(self.unwanted[start:end])) == 1:
                    yield start, end

    def claim(self, start: int, end: int) -> None:
        self.free[start:end] = [False] * (end - start)

    def key(self, start: int, end: int) -> str:
        return " ".join(word.key for word in self.words[start:end])

    def is_described(self, at: int) -> bool:
        """Whether an unclaimed word says what kind of this one is meant."""
        before = at - 1
        return (
            at > 0 and self.free[before] and self.words[before].is_content and not self.words[at].after_break
        )


class Vocabulary:
    """What the published traits of the searched collections are called."""

    def __init__(self, counts: Sequence[TraitCount], collections: Sequence[Collection] = ()) -> None:
        """``collections`` are the searched ones: their names and subjects are no traits."""
        self._lexicon = Lexicon(counts)
        self._names = _aliases(collections)
        self._subjects: dict[str, list[str]] = {}  # to the collections of such things
        for collection in collections:
            for noun in dict.fromkeys(text.key(collection.subject).split()):
                self._subjects.setdefault(noun, []).append(collection.name)

    def read(self, question: str) -> Reading:
        """The conditions that ``question`` states, and what it says beside them."""
        words = split(question)
        draft = _Draft(words, negated(words), [True] * len(words))
        named = self._take_names(draft) or self._of_subjects(draft)
        spans = sorted(self._spans(draft))
        matches = tuple(
            PhraseMatch(
                phrase=question[words[span.start].start : words[span.end - 1].end],
                traits=span.traits,
                negated=draft.unwanted[span.start],
                score=span.score,
            )
            for span in _joined_by_or(spans, draft)
        )
        left = zip(words, draft.free, draft.unwanted, strict=True)
        rest = [word for word, free, no in left if free and not no and word.is_content]
        said = (word.low for word in rest if word.key not in self._subjects and word.low not in ANYONE)
        unread = dict.fromkeys(low for low in said if not (low.isdigit() or low in NUMBERS))
        return Reading(matches, _without_unwanted(question, draft), tuple(unread), named)

    def _take_names(self, draft: _Draft) -> tuple[str, ...]:
        """The collections called by their whole names, whose words are then claimed."""
        named: dict[str, None] = {}
        for start, end in draft.windows():
            key = draft.key(start, end)
            if _joined(key) in self._names and not self._lexicon.is_value(key):
                draft.claim(start, end)
                if not draft.unwanted[start]:
                    named[self._names[_joined(key)]] = None
        return tuple(named)

    def _of_subjects(self, draft: _Draft) -> tuple[str, ...]:
        """The collections of the things asked for, such as robots, if no value is called so."""
        nouns = [word for word, no in zip(draft.words, draft.unwanted, strict=True) if not no]
        telling = [
            word.key for word in nouns if word.low not in ANYONE and not self._lexicon.is_value(word.key)
        ]
        return tuple(dict.fromkeys(name for noun in telling for name in self._subjects.get(noun, ())))

    def _spans(self, draft: _Draft) -> Iterator[_Span]:
        """Longest phrases first; each word is used once."""
        spelt = [(w.key, 1.0) if w.key in self._subjects else self._lexicon.spell(w) for w in draft.words]
        for start, end in draft.windows():
            if self._is_accident(draft, start, end) or self._is_shade(draft, start, end):
                continue
            keys = [key for key, _ in spelt[start:end]]
            levels = self._lexicon.levels(keys)
            if draft.unwanted[start]:
                levels.append((PARTLY, self._lexicon.mentioning(" ".join(keys))))
            else:
                levels[-1] = (BY_TYPE, {} if draft.is_described(start) else self._uncommon(levels[-1][1]))
            sure = max((score for score, level in levels if level), default=0.0)
            if sure:
                draft.claim(start, end)
                found = _all_of(levels) if draft.unwanted[start] else _best_of(levels)
                yield _Span(start, end, found, round(sure * min(alike for _, alike in spelt[start:end]), 3))

    def _is_accident(self, draft: _Draft, start: int, end: int) -> bool:
        """Whether these words would equal a value only by chance."""
        word, last = draft.words[start], draft.words[end - 1]
        if end - start > 1:
            whole = word.is_content and last.is_content
            return not (whole or self._lexicon.is_value(draft.key(start, end)))
        too_little = word.low in GENERIC or word.key.isdigit() or len(word.key) < 2
        return too_little or not word.is_content or word.key in self._subjects

    def _is_shade(self, draft: _Draft, start: int, end: int) -> bool:
        """Whether these words are a colour of what follows: a blue cap is not something blue and a cap."""
        *shades, last = (word.low for word in draft.words[start:end])
        if last not in COLOURS or not set(shades) <= COLOURS | GENERIC or end == len(draft.words):
            return False
        follows = draft.words[end]
        return follows.is_content and not follows.after_break and follows.key not in self._subjects

    def _uncommon(self, types: Found) -> Found:
        """Without the types that nearly every token of its collection has."""
        common = self._lexicon.is_common
        return {home: held for home, held in types.items() if not common(home, held[0].key[0])}


def _best_of(levels: Iterable[tuple[float, Found]]) -> tuple[Trait, ...]:
    """For each collection the traits of its surest reading."""
    chosen: dict[str, list[Trait]] = {}
    for _, level in levels:
        for home, traits in level.items():
            chosen.setdefault(home, traits)
    return _distinct(chosen)


def _all_of(levels: Iterable[tuple[float, Found]]) -> tuple[Trait, ...]:
    """Every reading at once: who wants no glasses wants none of any kind."""
    return _distinct(merged(level for _, level in levels))


def _distinct(found: Found) -> tuple[Trait, ...]:
    return tuple({trait.key: trait for traits in found.values() for trait in traits}.values())


def _joined_by_or(spans: Sequence[_Span], draft: _Draft) -> Iterator[_Span]:
    """Wanted phrases with only "or" between them as one condition."""
    pending: _Span | None = None
    for span in spans:
        if pending and not draft.unwanted[pending.start] and not draft.unwanted[span.start]:
            between = {word.low for word in draft.words[pending.end : span.start]}
            if "or" in between and between <= ARTICLES | {"or"}:
                traits = tuple(dict.fromkeys(pending.traits + span.traits))
                pending = _Span(pending.start, span.end, traits, min(pending.score, span.score))
                continue
        if pending:
            yield pending
        pending = span
    if pending:
        yield pending


def _without_unwanted(question: str, draft: _Draft) -> str:
    """``question`` with the words under a negation cut out."""
    if not any(draft.unwanted):
        return question
    kept, at = [], 0
    for word, no in zip(draft.words, draft.unwanted, strict=True):
        if no:
            kept.append(question[at : word.start])
            at = word.end
    left = " ".join("".join([*kept, question[at:]]).split()).lstrip(" ,;.")
    return left if any(word.is_content for word in split(left)) else ""


def _aliases(collections: Iterable[Collection]) -> dict[str, str]:
    """Joined keys of names to the names; "Moods Sample" is also "moods"."""
    found: dict[str, str] = {}
    for collection in collections:
        key = text.key(collection.name)
        for alias in (key, key.removesuffix(" sample")):
            if len(_joined(alias)) > 3:
                found.setdefault(_joined(alias), collection.name)
    return found


def _joined(key: str) -> str:
    return key.replace(" ", "")
