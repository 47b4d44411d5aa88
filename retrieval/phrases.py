"""Words of a question read as trait conditions. Pure.

Only published values become conditions. How sure a reading is, from 1 down: the value as published, or with
its type ("gold fur"); a synonym, the value's last words ("glasses" for 3D Glasses) or a kind of it (a fedora
for a hat); some of its words ("blonde hair" for Straight Hair Blonde); its type with any value. A misspelt
word multiplies that by its similarity.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from math import prod
from typing import NamedTuple

from magpie import text
from magpie.catalog_rows import TraitCount
from magpie.domain import Collection, Trait
from magpie.query import PhraseMatch
from retrieval.lexicon import BY_TYPE, PARTLY, Found, Lexicon, merged
from retrieval.question import ANYONE, ARTICLES, COLOURS, FUNCTION, GENERIC, NUMBERS, Word, negated, split
from retrieval.segments import Span, best_cover
from retrieval.spelling import Speller, Spelling

_LONGEST = 7  # words in a phrase
_SLIPS = 2  # words of a phrase
_PARTS = frozenset({"wearing", "wears", "holding", "holds"})


class Reading(NamedTuple):
    """What a question says. ``wanted`` is its text without what it does not want, for signals deaf to "not";
    ``unread`` are its remaining words that mean something, ``absent`` those of them that name a thing which
    is not here; ``named`` the collections that it calls by name.
    """

    matches: tuple[PhraseMatch, ...]
    wanted: str
    unread: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def understand(text: str, counts: Sequence[TraitCount]) -> tuple[PhraseMatch, ...]:
    """The words of ``text`` that name published traits, as conditions, in the order typed."""
    return Vocabulary(counts).read(text).matches


@dataclass
class _Draft:
    """A question being read. ``free`` are the words that nothing claims, ``ways`` how each may be spelt."""

    words: list[Word]
    unwanted: list[bool]
    free: list[bool]
    ways: list[tuple[Spelling, ...]]

    def windows(self, start: int) -> Iterator[int]:
        """The ends of the runs of free words from ``start``, longest first; none has a comma inside."""
        end = start
        while end < len(self.words) and end - start < _LONGEST and self._goes_on(start, end):
            end += 1
        yield from range(end, start, -1)

    def _goes_on(self, start: int, at: int) -> bool:
        alike = self.free[at] and self.unwanted[at] == self.unwanted[start]
        return alike and (at == start or self.words[at].after_break in ("", "("))

    def has_bracket(self, start: int, end: int) -> bool:
        """Whether an opening bracket stands between the words."""
        return any(word.after_break for word in self.words[start + 1 : end])

    def claim(self, start: int, end: int) -> None:
        self.free[start:end] = [False] * (end - start)

    def key(self, start: int, end: int) -> str:
        return " ".join(word.key for word in self.words[start:end])

    def left(self) -> Iterator[tuple[Word, str]]:
        """The wanted words that nothing claims, each with the key that it is likeliest meant for."""
        for word, free, no, ways in zip(self.words, self.free, self.unwanted, self.ways, strict=True):
            if free and not no:
                yield word, ways[0].key

    def is_worn(self, at: int) -> bool:
        """Whether the words before say that it is part of something: a bird wearing a toad."""
        while at and self.words[at - 1].low in ARTICLES:
            at -= 1
        return at > 0 and self.words[at - 1].low in _PARTS

    def describes(self, at: int) -> bool:
        """Whether this word, if nothing claims it, says what kind of the next one's thing is meant."""
        follows = self.words[at + 1 : at + 2]
        return self.free[at] and self.words[at].is_content and bool(follows) and not follows[0].after_break


class Vocabulary:
    """What the published traits of the searched collections are called."""

    def __init__(self, counts: Sequence[TraitCount], collections: Sequence[Collection] = ()) -> None:
        """``collections`` are the searched ones: their names and subjects are no traits."""
        self.lexicon = Lexicon(counts)
        self._names = _aliases(collections)
        self._subjects: dict[str, list[str]] = {}  # to the collections of such things
        for collection in collections:
            for noun in dict.fromkeys(text.key(collection.subject).split()):
                self._subjects.setdefault(noun, []).append(collection.name)
        self._speller = Speller(self.lexicon.spellings, self._subjects)

    def read(self, question: str) -> Reading:
        """The conditions that ``question`` states, and what it says beside them."""
        words = split(question)
        ways = [self._speller.ways(word, meant=word.key in self._subjects) for word in words]
        draft = _Draft(words, negated(words), [True] * len(words), ways)
        named = self._take_names(draft)
        spans = self._spans(draft)
        for span in spans:
            draft.claim(span.start, span.end)
        named = named or self._of_subjects(draft)
        matches = {
            (span.traits, draft.unwanted[span.start]): PhraseMatch(
                phrase=question[words[span.start].start : words[span.end - 1].end],
                traits=span.traits,
                negated=draft.unwanted[span.start],
                score=span.score,
            )
            for span in reversed(list(_joined_by_or(spans, draft)))
        }
        rest = [(word.low, noun) for word, noun in draft.left() if word.is_content]
        said = (low for low, noun in rest if noun not in self._subjects and noun not in ANYONE)
        unread = dict.fromkeys(low for low in said if not (low.isdigit() or low in NUMBERS))
        return Reading(
            tuple(reversed(matches.values())), _without_unwanted(question, draft), tuple(unread), named
        )

    def _take_names(self, draft: _Draft) -> tuple[str, ...]:
        """The collections called by their whole names, whose words are then claimed."""
        named: dict[str, None] = {}
        for start, end in _longest_first(draft):
            key = draft.key(start, end)
            joined = key.replace(" ", "")
            if joined in self._names and not self.lexicon.is_value(key):
                draft.claim(start, end)
                if not draft.unwanted[start]:
                    named[self._names[joined]] = None
        return tuple(named)

    def _of_subjects(self, draft: _Draft) -> tuple[str, ...]:
        """The collections of the things asked for, such as robots, if no value is called so."""
        nouns = [noun for _, noun in draft.left() if noun not in ANYONE]
        nouns = [noun for noun in nouns if not self.lexicon.is_value(noun)]
        return tuple(dict.fromkeys(name for noun in nouns for name in self._subjects.get(noun, ())))

    def _spans(self, draft: _Draft) -> tuple[Span, ...]:
        """What the words demand; each word is used once."""

        @cache
        def beginning(start: int, described: bool) -> list[Span]:
            found = (self._span(draft, start, end, described) for end in draft.windows(start))
            return [span for span in found if span]

        return best_cover(beginning, [draft.describes(at) for at in range(len(draft.words))])

    def _span(self, draft: _Draft, start: int, end: int, described: bool) -> Span | None:
        """The surest reading of these words, by whichever spelling."""
        best: Span | None = None
        telling = [word.is_content for word in draft.words[start:end]]
        # A value may be called "Just for the looks", of which no word tells anything by itself.
        told = telling if any(telling) else [True] * len(telling)
        for spelt in _spelt(draft.ways[start:end]):
            keys, alike = [way.key for way in spelt], prod(way.alike for way in spelt)
            if (best and alike <= best.score) or self._is_accident(draft, start, end, keys):
                continue
            if self._is_shade(draft, end, keys):
                continue
            daring = draft.has_bracket(start, end) or any(way.is_doubtful for way in spelt)
            if daring and (end - start == 1 or not self.lexicon.is_value(" ".join(keys))):
                continue
            sure, traits = self._reading(keys, draft.unwanted[start], described)
            if traits and (best is None or sure * alike > best.score):
                read = sum(way.alike for way, counts in zip(spelt, told, strict=True) if counts)
                best = Span(start, end, traits, round(sure * alike, 3), sure * read)
        return best

    def _reading(
        self, keys: Sequence[str], unwanted: bool, described: bool
    ) -> tuple[float, tuple[Trait, ...]]:
        """What words of these ``keys`` demand and how sure that is; (0, ()) if nothing."""
        levels = self.lexicon.levels(keys)
        if unwanted:
            levels.append((PARTLY, self.lexicon.mentioning(" ".join(keys))))
        else:
            levels[-1] = (BY_TYPE, {} if described else self._uncommon(levels[-1][1]))
        sure = max((score for score, level in levels if level), default=0.0)
        return sure, (_all_of(levels) if unwanted else _best_of(levels))

    def _is_accident(self, draft: _Draft, start: int, end: int, keys: Sequence[str]) -> bool:
        """Whether these words would equal a value only by chance."""
        word, last = draft.words[start], draft.words[end - 1]
        if end - start > 1:
            if word.is_content and last.is_content:
                return False
            # "Show me robots" asks, whatever is called "Show me".
            told = any(one.is_content for one in draft.words[:end]) or end - start == len(draft.words)
            return not (told and self.lexicon.is_value(" ".join(keys)))
        too_little = keys[0] in GENERIC or word.key.isdigit() or len(word.key) < 2
        noun = draft.ways[start][0].key  # a trait too where it is worn, and "not a toad" of apes with one on
        as_trait = draft.is_worn(start) or (draft.unwanted[start] and self.lexicon.is_value(noun))
        return too_little or not word.is_content or (noun in self._subjects and not as_trait)

    def _is_shade(self, draft: _Draft, end: int, keys: Sequence[str]) -> bool:
        """Whether these words are a colour of what follows: a blue cap is not something blue and a cap."""
        *shades, last = keys
        if last not in COLOURS or not set(shades) <= COLOURS | GENERIC or end == len(draft.words):
            return False
        follows = draft.words[end]
        return follows.is_content and not follows.after_break and follows.key not in self._subjects

    def _uncommon(self, types: Found) -> Found:
        """Without the types that nearly every token of its collection has."""
        common = self.lexicon.is_common
        return {home: held for home, held in types.items() if not common(home, held[0].key[0])}


def _longest_first(draft: _Draft) -> Iterator[tuple[int, int]]:
    """Runs of free words, longest first, then leftmost; follows the claims."""
    for length in range(min(_LONGEST, len(draft.words)), 0, -1):
        for start in range(len(draft.words) - length + 1):
            if start + length in draft.windows(start):
                yield start, start + length


def _spelt(ways: Sequence[Sequence[Spelling]]) -> Iterator[tuple[Spelling, ...]]:
    """The spellings that some words may have, at most `_SLIPS` of them slips, fewest first."""
    typed = [max(each, key=lambda way: way.alike) for each in ways]
    slips = [[way for way in each if way.alike < 1] for each in ways]
    for count in range(_SLIPS + 1):
        for places in combinations(range(len(ways)), count):
            for chosen in product(*(slips[place] for place in places)):
                spelt = dict(enumerate(typed)) | dict(zip(places, chosen, strict=True))
                yield tuple(spelt.values())


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


def _joined_by_or(spans: Sequence[Span], draft: _Draft) -> Iterator[Span]:
    """Wanted phrases with only "or" between them as one condition."""
    pending: Span | None = None
    for span in spans:
        if pending and not draft.unwanted[pending.start] and not draft.unwanted[span.start]:
            between = {word.low for word in draft.words[pending.end : span.start]}
            if "or" in between and between <= ARTICLES | {"or"}:
                traits = tuple(dict.fromkeys(pending.traits + span.traits))
                least = min(pending.score, span.score)
                pending = Span(pending.start, span.end, traits, least, pending.worth + span.worth)
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
    """Joined keys of names to the names; "Moods Sample" is also "moods", and "Show Me" is no name."""
    found: dict[str, str] = {}
    for collection in collections:
        key, asking = text.key(collection.name), FUNCTION.issuperset(text.words(collection.name))
        for alias in (key, key.removesuffix(" sample")):
            if len(joined := alias.replace(" ", "")) > 3 and not asking:
                found.setdefault(joined, collection.name)
    return found
