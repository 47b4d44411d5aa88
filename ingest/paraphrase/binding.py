"""Ties a value to its noun in a caption's words: is "gold" said of the fur, or of another's hat? Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ingest.paraphrase.lexicon import Role
from ingest.paraphrase.phrases import Phrase
from ingest.paraphrase.reading import Reading, places
from ingest.paraphrase.vocabulary import SMALL_WORDS

_AFTER = frozenset(("on", "its", "the", "his", "her", "their", "and", "a", "an", ",", "coloured", "colored"))
_BEFORE = frozenset({"of", "in", "is", "are", "that", "which", "a", "an", "the", "coloured", "colored"})
_SKIPPED = SMALL_WORDS | {",", "coloured", "colored", "its"}
_MOST_SKIPPED = 4


class _Span(NamedTuple):
    start: int
    end: int


def is_present(phrase: Phrase, others: Sequence[Phrase], caption: Reading) -> bool:
    """Whether the caption names the trait of ``phrase``, one of ``others``."""
    if phrase in caption.named:
        return True
    said, roots = caption.said, caption.roots
    if phrase.role is Role.KIND:  # "Human Male" is "a male human"
        return all(any(places(roots, sequence) for sequence in option) for option in phrase.options)
    bridges = _bridges(phrase, others)
    firsts = {option[0] for option in phrase.options[0] if option}
    starts = [start for start, root in enumerate(roots) if root in firsts]
    spans = [span for start in starts for span in _matches(phrase, bridges, said, roots, start, 0)]
    return any(not phrase.heads or _is_tied(phrase, bridges, said, roots, span) for span in spans)


def _matches(
    phrase: Phrase,
    bridges: frozenset[str],
    said: Sequence[str],
    roots: Sequence[str],
    start: int,
    place: int,
) -> Iterator[_Span]:
    """Spans from ``start`` that say the value's words from ``place`` on, in order, with little between."""
    for option in sorted(phrase.options[place]):
        end = start + len(option)
        if not option or tuple(roots[start:end]) != option:
            continue
        if place + 1 == len(phrase.options):
            yield _Span(start, end)
            continue
        following = end
        while following < len(roots) and following - end <= _MOST_SKIPPED:
            rest = list(_matches(phrase, bridges, said, roots, following, place + 1))
            if rest:
                yield _Span(start, rest[0].end)
                break
            if said[following] not in _SKIPPED and roots[following] not in bridges:
                break
            following += 1


def _is_tied(
    phrase: Phrase, bridges: frozenset[str], said: Sequence[str], roots: Sequence[str], span: _Span
) -> bool:
    """Whether a noun of the type follows the value, or precedes it ("fur in gold"), nothing between."""
    if any(root in phrase.heads for root in roots[span.start : span.end]):
        return True
    for place in range(span.end, len(roots)):
        if roots[place] in phrase.heads:
            return True
        if said[place] not in _AFTER and roots[place] not in bridges:
            break
    for place in range(span.start - 1, -1, -1):
        if roots[place] in phrase.heads:
            return True
        if said[place] not in _BEFORE and roots[place] not in bridges:
            break
    return False


def _bridges(phrase: Phrase, others: Sequence[Phrase]) -> frozenset[str]:
    """What may stand between: values said of the same noun, and nouns of which the same value is said."""
    found = {*phrase.form_stems, *phrase.heads}
    for other in others:
        if other is phrase:
            continue
        if other.heads & phrase.heads or other.noun_stems & phrase.heads or phrase.noun_stems & other.heads:
            found |= other.value_stems | other.form_stems
        if other.options == phrase.options:
            found |= other.heads
    return frozenset(found)


def misplaced(
    phrases: Sequence[Phrase], caption: Reading, subject: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Words of one trait's value right before the noun of another: ("red", "fur") of a red hat's owner."""
    values = _union(phrase.value_stems for phrase in phrases)
    kinds = _union(phrase.value_stems for phrase in phrases if phrase.role is Role.KIND)
    for place, root in enumerate(caption.roots):
        owners = [p for p in phrases if p.role is not Role.KIND and root in p.heads | p.noun_stems]
        if not owners:
            continue
        fitting = subject | kinds | _fitting(root, owners, phrases)
        before = place - 1
        while before >= 0 and caption.roots[before] in values and caption.said[before] not in SMALL_WORDS:
            if caption.roots[before] not in fitting and not caption.together(before, place):
                yield caption.said[before], caption.said[place]
            before -= 1


def _fitting(root: str, owners: Sequence[Phrase], phrases: Sequence[Phrase]) -> frozenset[str]:
    """What may stand before the noun ``root``: all that is said of it, or of a thing with it in its name."""
    holders = [phrase for phrase in phrases if root in phrase.value_stems]
    nouns = {root}.union(*(holder.noun_stems for holder in holders))
    own = _union(p.value_stems | p.type_stems | p.form_stems | p.heads for p in owners)
    said = _union(phrase.value_stems for phrase in phrases if phrase.heads & nouns)
    return own | said | _union(holder.value_stems for holder in holders)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)
