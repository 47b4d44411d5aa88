"""Whether a caption is one or two plain English sentences of a fitting length, whatever it says. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from itertools import pairwise

from ingest.paraphrase.phrases import Phrase
from ingest.paraphrase.reading import Reading
from ingest.paraphrase.vocabulary import SMALL_WORDS
from ingest.paraphrase.words import MARKS, article, words

NOT_A_SENTENCE, LENGTH, LISTED = "not a sentence", "length", "a list, not prose"
REPEATED, ARTICLE = "repetition", "wrong article"
_RUN = 5  # words that must not come back
_ARTICLE = re.compile(r"(?<![\w'’-])(an?)\s+([\"“']?\S+)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)")
_LISTING = re.compile(r"\w\s*[:=]\s|^\s*[-*•\d]+[.)]?\s")
_MARKUP = re.compile(r"[<>{}\[\]`*_|\\#]|\n|\r")


def faults_of_form(
    caption: str, subject: str, phrases: Sequence[Phrase], reading: Reading
) -> Iterator[tuple[str, str]]:
    """(kind, detail) of everything that is wrong."""
    if not caption or caption != caption.strip() or not (caption[0].isupper() or not caption[0].isascii()):
        yield NOT_A_SENTENCE, "does not start with a capital"
    if not caption.endswith("."):
        yield NOT_A_SENTENCE, "does not end with a period"
    if len(_SENTENCE_END.findall(caption)) > 2:
        yield NOT_A_SENTENCE, "more than two sentences"
    verbatim = "".join(phrase.trait.value + phrase.trait.type for phrase in phrases) + subject
    if any(mark[0] not in verbatim for mark in _MARKUP.finditer(caption)):
        yield NOT_A_SENTENCE, "markup or several lines"
    if _LISTING.search(caption):
        yield LISTED, ""
    yield from _length(caption, subject, phrases)
    published = SMALL_WORDS & {word for p in phrases for form in p.forms for word in words(form.text)}
    yield from _repetition(reading, published)
    if "a" not in published:  # "grade A fur": no telling it from the article
        yield from _articles(caption)


def _length(caption: str, subject: str, phrases: Sequence[Phrase]) -> Iterator[tuple[str, str]]:
    """At most what wordings of every trait and eight words each around them can take."""
    needed = len(words(subject)) + sum(max(len(words(f.text)) for f in phrase.forms) for phrase in phrases)
    most = needed + 12 + 8 * len(phrases)
    if not 3 <= len(words(caption)) <= most:
        yield LENGTH, f"{len(words(caption))} words"


def _repetition(reading: Reading, published: Set[str]) -> Iterator[tuple[str, str]]:
    """A word twice in a row, or a run of words that comes back, unless a trait is worded so itself."""
    for place, (one, other) in enumerate(pairwise(reading.said)):
        if one == other and one not in published and not reading.together(place, place + 1):
            yield REPEATED, one
            return
    spoken = [place for place, word in enumerate(reading.said) if word not in MARKS]
    runs = Counter(
        tuple(reading.said[place] for place in spoken[start : start + _RUN])
        for start in range(len(spoken) - _RUN + 1)
        if not reading.together(spoken[start], spoken[start + _RUN - 1])
    )
    for run, count in runs.items():
        if count > 1:
            yield REPEATED, " ".join(run)
            return


def _articles(caption: str) -> Iterator[tuple[str, str]]:
    for found in _ARTICLE.finditer(caption):
        if found[1].lower() != article(found[2]):
            yield ARTICLE, found[0]
