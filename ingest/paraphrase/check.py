"""Whether a caption says what the traits say: every visible one, nothing else, as one or two sentences. Pure.

A trait is present if each word of its value, or an accepted paraphrase of it, stands in order, tied to the
noun of its type where the value alone does not name the thing. Two traits of equal value share one mention if
they are worded alike, or if both nouns follow it ("gold fur and hat"). A word is added if it is neither the
subject's, nor a visible trait's, nor one of the plain words of `ingest.paraphrase.vocabulary`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from ingest.paraphrase.binding import is_present, misplaced
from ingest.paraphrase.form import ARTICLE, LENGTH, LISTED, NOT_A_SENTENCE, REPEATED, faults_of_form
from ingest.paraphrase.phrases import Phrase, describe
from ingest.paraphrase.reading import Reading, read
from ingest.paraphrase.vocabulary import NEGATIONS, PLAIN
from ingest.paraphrase.words import stems, words
from magpie.domain import Trait

MISSING, ADDED, NEGATED, MISPLACED = "missing trait", "added word", "negation", "misplaced word"
NO_SUBJECT, ALIKE, COUNT = "no subject", "too alike", "not three captions"
KINDS = (
    MISSING,
    ADDED,
    NEGATED,
    MISPLACED,
    NO_SUBJECT,
    NOT_A_SENTENCE,
    LENGTH,
    LISTED,
    REPEATED,
    ARTICLE,
    ALIKE,
    COUNT,
)
CAPTIONS = 3


class Fault(NamedTuple):
    """Why a caption is not kept: one of `KINDS`, and what exactly."""

    kind: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else self.kind


def check(caption: str, subject: str, traits: Sequence[Trait]) -> list[Fault]:
    """Everything wrong with one caption; empty if it may be kept."""
    return check_phrases(caption, subject, describe(traits))


def check_three(captions: Sequence[str], subject: str, traits: Sequence[Trait]) -> list[Fault]:
    """Everything wrong with a token's captions: each by itself, and that they differ from each other."""
    phrases = describe(traits)
    faults = [fault for caption in captions for fault in check_phrases(caption, subject, phrases)]
    if len(captions) != CAPTIONS:
        faults.append(Fault(COUNT, str(len(captions))))
    return faults + [Fault(ALIKE, one) for one, other in combinations(captions, 2) if alike(one, other)]


def check_phrases(caption: str, subject: str, phrases: Sequence[Phrase]) -> list[Fault]:
    """`check`, for whoever has described the traits already."""
    reading = read(caption, phrases)
    form = [Fault(kind, detail) for kind, detail in faults_of_form(caption, subject, phrases, reading)]
    return [*form, *_content(reading, subject, phrases)]


def alike(one: str, other: str) -> bool:
    """Whether two captions say the same in the same way: only reordered, or but for a word or two."""
    first, second = Counter(words(one)), Counter(words(other))
    different = max((first - second).total(), (second - first).total())
    return different < 2


def _content(reading: Reading, subject: str, phrases: Sequence[Phrase]) -> Iterator[Fault]:
    own = frozenset(stems(subject))
    if not own <= set(reading.roots):
        yield Fault(NO_SUBJECT, subject)
    for phrase in phrases:
        if not is_present(phrase, phrases, reading):
            yield Fault(MISSING, str(phrase.trait))
    allowed = own.union(*(phrase.value_stems | phrase.type_stems | phrase.form_stems for phrase in phrases))
    for token, root in zip(reading.said, reading.roots, strict=True):
        if root not in allowed and token not in PLAIN:
            yield Fault(NEGATED if token in NEGATIONS else ADDED, token)
    for word, noun in misplaced(phrases, reading, own):
        yield Fault(MISPLACED, f"{word} {noun}")
