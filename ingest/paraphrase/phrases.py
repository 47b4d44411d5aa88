"""Traits -> the phrases that a sentence can use: what is seen, its noun, and what says the same. Pure.

One `Phrase` a visible trait, in published order. ``forms[0]`` is how a caption names it plainly ("gold fur",
"laser eyes", "a pipe"); the others are wordings that read as well; ``options`` and ``heads`` are what
`ingest.paraphrase.check` accepts. What is visible is told in `ingest.paraphrase.visible`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from ingest.paraphrase.lexicon import TYPE_NOUNS, Noun, Number, Role
from ingest.paraphrase.visible import is_visible
from ingest.paraphrase.vocabulary import (
    COLOURS,
    GENDERS,
    MODIFIERS,
    PREPOSITIONS,
    SHADES,
    SMALL_WORDS,
    SYNONYMS,
    TITLE_WORDS,
)
from ingest.paraphrase.wording import (
    COLOUR_TYPE,
    Said,
    Wording,
    coloured,
    guess_number,
    known_noun,
    shown,
    spoken,
    type_noun,
    value_of,
)
from ingest.paraphrase.words import spaced, stem, stems, words
from magpie import text
from magpie.domain import Trait

_MOODS = MODIFIERS - COLOURS


@dataclass(frozen=True)
class Phrase:
    """How one visible trait can be said.

    ``options``: for each word of the value that matters, the stem sequences that say it. ``heads``: stems of
    the nouns it must be tied to ("gold" to "fur"), none if the value names the thing by itself. ``of``: the
    place in the list of the phrase whose colour this is, or None.
    """

    trait: Trait
    role: Role
    forms: tuple[Wording, ...]
    options: tuple[frozenset[tuple[str, ...]], ...]
    heads: frozenset[str]
    type_stems: frozenset[str]
    of: int | None = None

    @cached_property
    def value_stems(self) -> frozenset[str]:
        """Every stem that may stand for the value."""
        return frozenset(s for option in self.options for sequence in option for s in sequence)

    @cached_property
    def form_stems(self) -> frozenset[str]:
        """Every stem of its wordings."""
        return frozenset(s for form in self.forms for s in stems(form.text))

    @cached_property
    def noun_stems(self) -> frozenset[str]:
        """The stems of the nouns that its wordings end in."""
        return frozenset(stem(_noun_of(form.text)) for form in self.forms)


def _noun_of(wording: str) -> str:
    """The last word before what follows the noun: "fur" of "fur in gold"."""
    said = words(wording)
    cut = next((i for i, word in enumerate(said) if i and word in {*PREPOSITIONS, "called"}), len(said))
    return said[cut - 1]


class Mention(NamedTuple):
    """What a sentence lists: one phrase, or one with its colours joined to it ("a red hoodie")."""

    role: Role
    forms: tuple[Wording, ...]
    phrases: tuple[Phrase, ...]


def describe(traits: Sequence[Trait]) -> list[Phrase]:
    """The phrases of the visible ``traits``, in their order; two traits of equal wording stay two phrases."""
    described = [_phrase(trait) for trait in traits if is_visible(trait)]
    phrases = [phrase for phrase in described if _is_readable(phrase)]
    for place, phrase in enumerate(phrases):
        match = COLOUR_TYPE.match(spaced(phrase.trait.type))
        partner = _partner(match["of"], phrases) if match else None
        if partner is not None and partner != place:
            heads = phrase.heads | phrases[partner].noun_stems
            phrases[place] = replace(phrase, of=partner, heads=heads)
    return phrases


def mentions(phrases: Sequence[Phrase]) -> list[Mention]:
    """The phrases as a sentence lists them, in order; those that are worded alike are listed once."""
    listed: dict[tuple[Wording, ...], Mention] = {}
    for place, phrase in enumerate(phrases):
        if phrase.of is None:
            colours = [other for other in phrases if other.of == place]
            forms = phrase.forms
            for colour in colours:
                forms = tuple(_with_colour(colour, form) for form in forms)
            before = listed[forms].phrases if forms in listed else ()
            listed[forms] = Mention(phrase.role, forms, (*before, phrase, *colours))
    return list(listed.values())


def _is_readable(phrase: Phrase) -> bool:
    """Whether every wording has words: what is left of a value of marks alone has none."""
    return all(all(option) for option in phrase.options) and bool(phrase.options)


def kind_words(kinds: Sequence[Wording], subject: str) -> str:
    """What stands before the subject ("male zombie"): gender first, no word twice, none that it says."""
    ordered = sorted(kinds, key=lambda kind: kind.text.lower() not in GENDERS)
    used = set(stems(subject))
    kept: list[str] = []
    for word in " ".join(kind.text for kind in ordered).split():
        roots = set(stems(word))
        if not roots <= used:
            kept.append(word)
            used |= roots
    return " ".join(kept)


def _partner(named: str, phrases: Sequence[Phrase]) -> int | None:
    wanted = text.key(named)
    return next((i for i, p in enumerate(phrases) if text.key(spaced(p.trait.type)) == wanted), None)


def _with_colour(colour: Phrase, form: Wording) -> Wording:
    said = value_of(colour.trait.value, type_noun(colour.trait.type)).front
    noun = known_noun(form.text.split())
    put = coloured(said, form.text.split(), noun.text if noun else form.text)
    return Wording(" ".join(put), form.number)


def _phrase(trait: Trait) -> Phrase:
    noun = type_noun(trait.type)
    if trait.value.casefold() in ("true", "yes"):
        said = Said(tuple(shown(trait.type).split()))
        return _named(trait, known_noun(said.front) or replace_number(noun, said), said, noun)
    said = value_of(trait.value, noun)
    if noun.role is Role.PLACE:
        return _with_head(trait, noun, said)
    if len(said.front) == 1 and said.front[0] in GENDERS:
        return _kind(trait, TYPE_NOUNS["gender"], said)
    known = known_noun(said.front)
    if known and known.role is Role.HELD and noun.role is Role.LOOK:
        known = known._replace(role=Role.LOOK) if noun.text in ("", "mouth", "face", "head") else None
    if known:
        mood = said.front[: len(said.front) - len(known.text.split())]
        if noun.text == "mouth" and mood and all(word in _MOODS for word in mood) and _is_thing(known):
            return _mouthful(trait, noun, mood, known)
        return _named(trait, known, said, noun)
    if noun.role is Role.KIND:
        return _kind(trait, noun, said)
    if noun.text == "hand" or (not noun.text and said.front[-1] not in MODIFIERS and not _is_title(said)):
        return _named(trait, replace_number(noun, said), said, noun)
    return _with_head(trait, noun, said)


def replace_number(noun: Noun, said: Said) -> Noun:
    """``noun``'s role, with the number of the value's last word."""
    return noun._replace(number=guess_number(said.front, unknown=Number.COUNT))


def _is_thing(noun: Noun) -> bool:
    return noun.text not in (
        "mouth",
        "smile",
        "grin",
        "frown",
        "smirk",
        "scowl",
        "pout",
        "lips",
        "teeth",
        "tongue",
    )


def _is_title(said: Said) -> bool:
    inner = said.front[:-1]
    return len(said.front) > 2 and any(word in TITLE_WORDS for word in inner)


def _named(trait: Trait, noun: Noun, said: Said, typed: Noun) -> Phrase:
    """A value that names the thing: "a beanie", "sunglasses"."""
    spelled = spoken(said.front, before_noun=False)
    forms = [Wording(" ".join([spelling, *said.tail]), noun.number) for spelling in spelled]
    return _assembled(trait, noun.role, forms, said, frozenset(), typed)


def _kind(trait: Trait, noun: Noun, said: Said) -> Phrase:
    spelled = spoken(said.front, before_noun=True)
    forms = [Wording(" ".join([spelling, *said.tail]), Number.COUNT) for spelling in spelled]
    return _assembled(trait, Role.KIND, forms, said, frozenset(), noun)


def _mouthful(trait: Trait, noun: Noun, mood: Sequence[str], held: Noun) -> Phrase:
    """A mood and a thing: "Bored Unshaven Cigarette" is a bored unshaven mouth with a cigarette."""
    thing = Wording(held.text, held.number)
    forms = [
        Wording(f"{' '.join(mood)} {head} with {thing}", Number.COUNT) for head in ("mouth", "expression")
    ]
    return _assembled(trait, Role.LOOK, forms, Said((*mood, *held.text.split())), frozenset(), noun)


def _with_head(trait: Trait, noun: Noun, said: Said) -> Phrase:
    """A value that needs its type's noun: "gold fur", "a blue background"."""
    head = noun.text or "detail"
    head_stems = set(stems(head))
    front = list(said.front)
    while len(front) > 1 and stem(front[-1]) in head_stems:
        front.pop()
    if {stem(word) for word in front} == head_stems and not said.tail:
        forms, heads = [Wording(" ".join(front), noun.number)], set[str]()
    else:
        forms = _around(front, said.tail, head, noun)
        heads = head_stems | {stem(word) for also in noun.also for word in also.split()}
    return _assembled(trait, noun.role, forms, Said(tuple(front), said.tail), frozenset(heads), noun)


def _around(front: list[str], tail: Sequence[str], head: str, noun: Noun) -> list[Wording]:
    """The value before its noun; after it where that reads better, or as well."""
    if front[0] in PREPOSITIONS:
        return [Wording(" ".join([head, *front, *tail]), noun.number)]
    if _is_title(Said(tuple(front))):
        return [Wording(f'{head} called "{" ".join(word.capitalize() for word in front)}"', noun.number)]
    if front[0] == "the" and len(front) > 1:
        front = front[1:]
    last = front[-1]
    if last.isalpha() and text.singular(last) + "s" == last and last not in MODIFIERS:
        front = [*front[:-1], text.singular(last)]
    forms = [Wording(" ".join([said, head, *tail]), noun.number) for said in spoken(front, before_noun=True)]
    hues = all(word in COLOURS for word in front) and front[-1] not in SHADES
    if hues and not tail and noun.role is not Role.KIND and head != "skin tone":
        forms.insert(1, Wording(" ".join([head, "in", *front, *tail]), noun.number))
    return forms


def _assembled(
    trait: Trait, role: Role, forms: Sequence[Wording], said: Said, heads: frozenset[str], noun: Noun
) -> Phrase:
    spelled = [word for part in (*said.front, *said.tail) for word in words(part)]
    needed = [word for word in spelled if word not in SMALL_WORDS] or spelled
    type_words = (
        *words(spaced(trait.type)),
        *words(noun.text),
        *(w for also in noun.also for w in words(also)),
    )
    return Phrase(
        trait=trait,
        role=role,
        forms=tuple(dict.fromkeys(forms)),
        options=tuple(_said_as(word) for word in needed),
        heads=heads,
        type_stems=frozenset(stem(word) for word in type_words),
    )


def _said_as(word: str) -> frozenset[tuple[str, ...]]:
    """The stem sequences that stand for one word of a value."""
    others = SYNONYMS.get(word, ()) + SYNONYMS.get(text.singular(word), ())
    return frozenset(stems(other) for other in (word, *others))
