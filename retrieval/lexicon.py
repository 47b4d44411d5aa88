"""What published traits are called: value, value and type, last words, synonyms, misspellings. Pure."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files

from magpie import text
from magpie.catalog_rows import TraitCount
from magpie.domain import Trait
from magpie.facts import NOTHING, says_nothing
from retrieval.question import COLOURS, FUNCTION, GENERIC

EXACT, NEAR, PARTLY, BY_TYPE = 1.0, 0.9, 0.85, 0.8
_COMMON_TYPE = 0.9  # a type that this share of the tokens has is no condition ("eyes")
_BARE = frozenset({"bald"})  # says that there is no hair, so it is no value for "with hair"
_TYPE_TAILS = (" color", " colour", " style", " type", " tone")

Found = Mapping[str, list[Trait]]  # by collection
_Known = dict[str, dict[str, list[Trait]]]  # by comparison key, then by collection


class Lexicon:
    """Comparison keys of phrases to the traits of each collection that they may mean."""

    def __init__(self, counts: Sequence[TraitCount]) -> None:
        self._exact: _Known = defaultdict(lambda: defaultdict(list))
        self._tails: _Known = defaultdict(lambda: defaultdict(list))
        self._types: _Known = defaultdict(lambda: defaultdict(list))
        self._common = _common_types(counts)
        self._reordered: dict[frozenset[str], dict[str, list[Trait]]] = defaultdict(lambda: defaultdict(list))
        self._mentions: dict[str, set[int]] = defaultdict(set)  # a word's places in `_values`
        self._values: list[TraitCount] = []
        for count in counts:
            self._learn(count)
        spoken = [name for count in counts for name in (count.trait.type, count.trait.value)]
        self.spellings = {
            word: text.singular(word) for name in [*spoken, *_kinds()] for word in text.words(name)
        }
        self._words = set(self.spellings.values())

    def is_value(self, key: str) -> bool:
        """Whether a value is called exactly so, by itself or with its type."""
        return key in self._exact

    @cached_property
    def by_value(self) -> Mapping[str, list[Trait]]:
        """The traits of each value that says something, by the value in lower case."""
        found: dict[str, list[Trait]] = defaultdict(list)
        for count in self._values:
            found[count.trait.value.lower()].append(count.trait)
        return found

    def is_common(self, collection: str, type_: str) -> bool:
        """Whether nearly every token of the collection has a trait of this type (a comparison key)."""
        return (collection, type_) in self._common

    def _learn(self, count: TraitCount) -> None:
        type_key, value_key = count.trait.key
        if says_nothing(count.trait.value):
            return
        words = value_key.split()
        while len(words) > 1 and words[-1].isdigit():  # "Glasses 05" is one of several drawings of glasses
            words.pop()
        self._reordered[frozenset(words)][count.collection].append(count.trait)
        for word in words:
            self._mentions[word].add(len(self._values))
        self._values.append(count)
        names = {value_key, " ".join(words)}
        pairs = {
            pair
            for name in names
            for kind in _type_names(type_key)
            for pair in (f"{name} {kind}", f"{kind} {name}")
        }
        for key in names | pairs:
            self._exact[key][count.collection].append(count.trait)
        if value_key not in _BARE:
            self._types[type_key][count.collection].append(count.trait)
        for start in range(1, len(words)):
            self._tails[" ".join(words[start:])][count.collection].append(count.trait)

    def levels(self, keys: Sequence[str]) -> list[tuple[float, Found]]:
        """Readings of a phrase, surest first; the last is a type with any value."""
        phrase = " ".join(keys)
        near = [self._exact.get(name, {}) for name in _same(phrase)]
        if phrase not in COLOURS | GENERIC:
            tails = self._tails.get(phrase, {})  # but where all have eyes, "eyes" is not Laser Eyes
            near.append({home: held for home, held in tails.items() if not self.is_common(home, phrase)})
            for kind in _kinds().get(phrase, ()):
                near += [self._exact.get(kind, {}), self._tails.get(kind, {})]
        found: list[tuple[float, Found]] = [(EXACT, self._exact.get(phrase, {})), (NEAR, merged(near))]
        if len(keys) > 1 and all(key in self._words and key not in FUNCTION for key in keys):
            held = frozenset(keys)
            found += [(NEAR, self._reordered.get(held, {})), (PARTLY, self._holding(held))]
        return [*found, (BY_TYPE, self._types.get(phrase, {}))]

    def mentioning(self, phrase: str) -> Found:
        """Every value with the phrase, or a kind of it, among its words: "no hat", so no Cap Forward."""
        names = [phrase, *_same(phrase), *_kinds().get(phrase, ())]
        return merged(self._holding(frozenset(name.split())) for name in names)

    def _holding(self, keys: frozenset[str]) -> Found:
        found: dict[str, list[Trait]] = defaultdict(list)
        for at in sorted(set.intersection(*(self._mentions.get(key, set()) for key in keys))):
            found[self._values[at].collection].append(self._values[at].trait)
        return found


def merged(parts: Iterable[Found]) -> Found:
    """All traits of all parts, by collection."""
    whole: dict[str, list[Trait]] = defaultdict(list)
    for part in parts:
        for home, traits in part.items():
            whole[home] += traits
    return whole


def _common_types(counts: Sequence[TraitCount]) -> set[tuple[str, str]]:
    """(collection, type key) of the types that nearly every token has."""
    having: Counter[tuple[str, str]] = Counter()
    absent: Counter[tuple[str, str]] = Counter()
    for count in counts:
        type_key, value_key = count.trait.key
        (absent if value_key in NOTHING else having)[count.collection, type_key] += count.tokens
    most: Counter[str] = Counter()  # as good as the number of tokens, which is not told
    for at, number in (having + absent).items():
        most[at[0]] = max(most[at[0]], number)
    return {at for at, number in having.items() if number >= _COMMON_TYPE * most[at[0]]}


def _type_names(type_key: str) -> list[str]:
    """What people call a type: "hair color" is also just "hair"."""
    shorter = [type_key.removesuffix(tail) for tail in _TYPE_TAILS if type_key.endswith(tail)]
    return [name for name in (type_key, *shorter) if name]


@cache
def _synonyms() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """(same, kinds): what else a phrase is called, and what is a kind of it; all as comparison keys."""
    content = json.loads(files("retrieval").joinpath("synonyms.json").read_text("utf-8"))
    same: dict[str, tuple[str, ...]] = {}
    for group in content["same"]:
        keys = [text.key(name) for name in group]
        same |= {key: tuple(other for other in keys if other != key) for key in keys}
    kinds = {text.key(name): tuple(map(text.key, held)) for name, held in content["kinds"].items()}
    return same, kinds


def _same(phrase: str) -> tuple[str, ...]:
    return _synonyms()[0].get(phrase, ())


def _kinds() -> dict[str, tuple[str, ...]]:
    return _synonyms()[1]
