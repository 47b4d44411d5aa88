"""Does a text say anything that this turn's evidence does not? Pure.

Two questions. `unsupported` looks at claims, in any text: citations, numbers in digits and in words,
addresses, ids, links, capitalised names, and every collection name and trait value of the catalogue. `poor`
looks at a sentence that a model wrote, before it may open an answer. Neither knows how the text was made.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from agent.answer import Evidence
from agent.trait_words import said_as
from agent.wording import openers, prompt
from magpie import text

_CITATION = re.compile(r"\[(\d+)\]")
_LINK = re.compile(r"\b(?:https?://|www\.|ipfs://)\S+|\b[\w-]+\.(?:eth|com|io|org|xyz|net)\b", re.IGNORECASE)
_HEX = re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![^\W\d_])\d[\d,]*(?:\.\d+)?(?![^\W\d_])")
_NUMBER_WORD = re.compile(
    r"\b(?:zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|"
    r"(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?|millions?|billions?|dozens?|half|twice|"
    r"second|third|fourth|fifth|percent)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
_FOREIGN = re.compile(r"[^\x00-\x7f‘’“”…–—−·]")
_APART = re.compile(r"[\n,;:()“”]")  # words on both sides of these are not one value
_LONGEST_VALUE = 6  # words of a vocabulary phrase that are looked for


@dataclass(frozen=True)
class Support:
    """What a text may say: the words of the evidence and of the person, by comparison key."""

    citations: frozenset[int]
    numbers: frozenset[str]
    hexes: frozenset[str]
    links: frozenset[str]
    words: frozenset[str]
    phrases: str

    @classmethod
    def of(cls, evidence: Iterable[Evidence], said: Iterable[str]) -> "Support":
        """From this turn's evidence and what the person ``said`` (their question, and what it leans on)."""
        items = tuple(evidence)
        source = "\n".join([*said, *(line for item in items for line in _lines(item))])
        return cls(
            citations=frozenset(item.number for item in items),
            numbers=frozenset(_plain_number(number) for number in _NUMBER.findall(source)),
            hexes=frozenset(found.lower() for found in _HEX.findall(source)),
            links=frozenset(_plain_link(found) for found in _LINK.findall(source)),
            words=frozenset(text.singular(word) for word in text.words(source)),
            phrases="\n" + "\n".join(f" {text.key(line)} " for line in source.split("\n")),
        )

    def has_phrase(self, key: str) -> bool:
        return f" {key} " in self.phrases


def unsupported(answer: str, support: Support, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """The claims of ``answer`` that nothing supports, in order of kind. Empty means it may be shown.

    ``vocabulary`` holds the keys of the catalogue's collection names and trait values.
    """
    return tuple(dict.fromkeys((*_symbols(answer, support), *_names(answer, support, vocabulary))))


def poor(sentence: str, ours: Iterable[str] = ()) -> tuple[str, ...]:
    """Why a model's ``sentence`` may not open an answer; empty if it may. Words of ``ours`` are fine."""
    fine = {word for line in ours for word in text.words(line)}
    words = text.words(sentence)
    problems = []
    if not 3 <= len(words) <= 22:
        problems.append(f"{len(words)} words")
    if sentence[:1] != sentence[:1].upper() or not sentence.endswith((".", "!")):
        problems.append("not a whole sentence")
    if re.search(r"[.!?]\s+\S", sentence) or "?" in sentence or "\n" in sentence:
        problems.append("not one statement")
    if _FOREIGN.search(sentence):
        problems.append("not plain English")
    if len(set(words)) < 0.7 * len(words):
        problems.append("repeats itself")
    problems += [f"claims “{word}”" for word in words if word in claim_words() - fine]
    return tuple(problems)


def strays(sentence: str, ours: Iterable[str], said: Support) -> tuple[str, ...]:
    """Words of a model's ``sentence`` that are neither plain, nor in ``ours``, nor said by the person.

    A blacklist cannot end: "the exact number is not known" holds no name and no number, and is false.
    """
    known = plain_words().union(*(text.words(line) for line in ours))
    unknown = [word for word in text.words(sentence) if word not in known]
    return tuple(f"brings in “{word}”" for word in unknown if text.singular(word) not in said.words)


@cache
def claim_words() -> frozenset[str]:
    """Words that would be claims wherever a model says them: verdicts, money, rarity, promises, orders."""
    return frozenset(text.words(prompt("claim_words")))


@cache
def plain_words() -> frozenset[str]:
    """Words that may start a sentence though no evidence says them: common ones, and our openings'."""
    ours = [line for lines in openers().values() for line in lines]
    return frozenset(text.words("\n".join([prompt("plain_words"), *ours])))


@cache
def our_words() -> frozenset[str]:
    """The plain words, and the others of our templates: no claims, whoever calls a trait like them."""
    return plain_words().union(text.words(prompt("template_words")))


def _symbols(answer: str, support: Support) -> list[str]:
    found = [f"[{n}]" for n in _CITATION.findall(answer) if int(n) not in support.citations]
    rest = _CITATION.sub(" ", answer)
    found += [link for link in _LINK.findall(rest) if _plain_link(link) not in support.links]
    rest = _LINK.sub(" ", rest)
    found += [value for value in _HEX.findall(rest) if value.lower() not in support.hexes]
    rest = _HEX.sub(" ", rest)
    found += [number for number in _NUMBER.findall(rest) if _plain_number(number) not in support.numbers]
    found += [word for word in _NUMBER_WORD.findall(rest) if text.singular(word.lower()) not in support.words]
    return found


def _names(answer: str, support: Support, vocabulary: frozenset[str]) -> list[str]:
    """Capitalised words and catalogue values that neither evidence nor question holds."""
    rest = _HEX.sub(" ", _LINK.sub(" ", _CITATION.sub(" ", answer)))
    rest = unicodedata.normalize("NFKC", rest)  # as the words of the evidence are
    found = [
        word
        for word in _WORD.findall(rest)
        if _is_name(word)
        and text.singular(word.casefold()) not in support.words
        and word.casefold() not in our_words()
    ]
    for part in _APART.split(rest):
        words = text.words(part)
        for size in range(1, _LONGEST_VALUE + 1):
            for start in range(len(words) - size + 1):
                phrase = " ".join(words[start : start + size])
                told = text.key(" ".join(_told(words[start : start + size])))
                if told and text.key(phrase) in vocabulary and not support.has_phrase(told):
                    found.append(phrase)
    return found


def _told(words: Sequence[str]) -> Sequence[str]:
    """``words`` without the plain ones and numbers around them: of "tokens of CryptoPunks here" the name.

    Whoever calls a trait like a sentence of ours could otherwise make it a claim.
    """
    telling = [at for at, word in enumerate(words) if not (word.isdigit() or word in our_words())]
    return words[telling[0] : telling[-1] + 1] if telling else ()


def _is_name(word: str) -> bool:
    """A capital anywhere, or letters and digits mixed ("3D", "x9"); plain numbers are looked at elsewhere."""
    return word != word.lower() or (word.isalnum() and not word.isalpha() and not word.isdigit())


def _lines(item: Evidence) -> Sequence[str]:
    facts = [line for fact in item.facts for line in (fact.value, f"{fact.label} {fact.value}")]
    facts += [said_as(fact.label, fact.value) for fact in item.facts]
    parts = [f"{name} {abs(value):.3f}" for name, value in item.parts]
    ref = [str(item.ref), f"#{item.ref.token_id}"] if item.ref else []
    score = [f"{item.score:.3f}"] if item.score is not None else []
    lacks = list(item.hit.lacks) if item.hit else []
    return [item.title, item.collection or "", item.url, *facts, *parts, *ref, *score, *lacks]


def _plain_link(link: str) -> str:
    return link.lower().rstrip(".,;:!?)'\"”’…")


def _plain_number(number: str) -> str:
    return number.replace(",", "").rstrip(".") or number
