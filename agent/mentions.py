"""What a question mentions: collections, token ids, addresses, places in the last list. Pure, no model.

Collections are matched against the catalogue, exactly first and then by spelling; the rest are patterns.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field
from rapidfuzz import fuzz, process

from magpie import text
from magpie.domain import Address, Collection, CollectionName, Model
from retrieval.question import FUNCTION

FUZZY_FROM = 88.0  # of 100, rapidfuzz ratio: one letter wrong in eight
_FUZZY_LETTERS = 6  # shorter words are too near too many others
_VAGUE_SUBJECTS = frozenset({"character", "token", "nft", "picture", "image", "avatar", "collectible"})
_LABELS = frozenset({"sample", "collection", "official", "nft", "nfts", "the"})
ASKING = FUNCTION | {
    "tell",
    "compare",
    "explain",
    "verify",
    "own",
    "owns",
    "owned",
    "owner",
    "first",
    "second",
    "last",
}

_ADDRESS = re.compile(r"\b0[xX][0-9a-fA-F]{40}\b")
_PART_ADDRESS = re.compile(r"\b0[xX][0-9a-fA-F]{0,64}(?:\u2026|\.{2,3}[0-9a-fA-F]*)?")
_ENS = re.compile(r"\b[\w-]{3,}\.eth\b", re.IGNORECASE)
_HASH_ID = re.compile(r"#\s?(\d{1,78})\b")
_NAMED_ID = re.compile(r"\b(?:token|number|no\.?|nft|id|like|similar to)\s*#?\s*(\d{1,78})\b", re.IGNORECASE)
_LISTED = re.compile(r"\b(and|or|vs\.?|versus|than|between)(?!\w)|&", re.IGNORECASE)
_ONE_MORE = re.compile(r"\s*(?:,|and|&|or|vs\.?|versus)\s*#?\s*(\d{1,78})\b(?!\s*d\b)", re.IGNORECASE)
_AFTER_NAME = re.compile(r"\s*(?:/|number|no\.?|token|id)?\s*#?\s*(\d{1,78})\b", re.IGNORECASE)
_ORDINALS = {
    word: place
    for place, words in enumerate(
        (
            "first 1st",
            "second 2nd",
            "third 3rd",
            "fourth 4th",
            "fifth 5th",
            "sixth 6th",
            "seventh 7th",
            "eighth 8th",
            "ninth 9th",
            "tenth 10th",
        ),
        1,
    )
    for word in words.split()
} | {"last": -1}
_COUNT_WORDS = {
    w: n for n, w in enumerate(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 2)
}
_ORDINAL = re.compile(
    rf"\b(?:the|(?<=\bthe first )and|(?<=\bthe second )and)\s+({'|'.join(_ORDINALS)})\b"
    rf"(?:\s+(\d|{'|'.join(_COUNT_WORDS)})\b)?(?!\s+(?:week|month|year|time|sale|owner))",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:it|its|(?:that|this|the same) (?:one|token|punk)|more like (?:that|this)|those|these|them|they)\b"
    r"|\bsimilar (?:ones?|tokens?)\W*$",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    rf"\b(?:show|find|give|list|top|recommend|suggest|see|want)(?:\s+me)?(?:\s+the)?(?:\s+top|\s+best)?\s+"
    rf"(\d{{1,2}}|{'|'.join(_COUNT_WORDS)})\b(?!\s*d\b)",
    re.IGNORECASE,
)

HowMatched = Literal["name", "contract", "subject", "fuzzy"]


class CollectionMention(Model):
    """Words of the question that name a collection; ``score`` is 1 for an exact match."""

    collection: CollectionName
    phrase: str
    how: HowMatched
    score: float = Field(ge=0, le=1)


class Mentions(Model):
    """Everything found. ``rest`` is the question with ids, addresses and places blanked out.

    ``homed`` are the ids that stand right after the name of a collection, with it.
    """

    collections: tuple[CollectionMention, ...] = ()
    token_ids: tuple[int, ...] = ()
    addresses: tuple[Address, ...] = ()
    half_address: str | None = None
    ens: str | None = None
    ordinals: tuple[int, ...] = ()
    pointing: bool = False
    limit: int | None = Field(default=None, ge=1, le=99)
    homed: tuple[tuple[CollectionName, int], ...] = ()
    rest: str = ""


@dataclass(frozen=True)
class Names:
    """The collections of a catalogue and every spelling that means one of them, folded."""

    collections: Mapping[str, Collection]
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    subjects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, collections: Iterable[Collection]) -> "Names":
        """A whole name is nobody else's short one: "CryptoPunks" never means "Official CryptoPunks"."""
        known = {collection.name: collection for collection in collections}
        whole = {alias for name in known for alias in _spellings(text.words(name))}
        aliases: dict[str, list[str]] = {}
        subjects: dict[str, list[str]] = {}
        for name, collection in known.items():
            for alias in _spellings(text.words(name)):
                aliases.setdefault(alias, []).append(name)
            for alias in _spellings([word for word in text.words(name) if word not in _LABELS]) - whole:
                aliases.setdefault(alias, []).append(name)
            subject = text.key(collection.subject)
            if subject and subject not in _VAGUE_SUBJECTS:
                subjects.setdefault(text.fold(subject), []).append(name)
        return cls(known, _frozen(aliases), _frozen(subjects))

    def by_contract(self, address: str) -> str | None:
        return next((c.name for c in self.collections.values() if c.contract == address.lower()), None)


def _frozen(table: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {alias: tuple(dict.fromkeys(names)) for alias, names in table.items()}


def _spellings(words: Sequence[str]) -> set[str]:
    """A name folded, as it is and with its last word in the singular.

    None of a name without letters and digits, or of words that any question has ("Show Me").
    """
    if ASKING.issuperset(words):
        return set()
    spellings = {"".join(words), "".join([*words[:-1], text.singular(words[-1])])}
    return {spelling for spelling in spellings if len(spelling) > 2}


def find_mentions(question: str, names: Names, *, guess_except: Sequence[str] | None = None) -> Mentions:
    """Everything ``question`` mentions.

    With ``guess_except``, words other than these may be misspelt collections; without it none is guessed.
    """
    rest = question
    addresses, contracts = [], []
    for match in _ADDRESS.finditer(question):
        home = names.by_contract(match[0])
        if home:
            contracts.append(CollectionMention(collection=home, phrase=match[0], how="contract", score=1))
        else:
            addresses.append(match[0].lower())
    rest = _ADDRESS.sub(" ", rest)
    half = _PART_ADDRESS.search(rest)
    rest = _PART_ADDRESS.sub(" ", rest)
    ens = _ENS.search(rest)
    rest = _ENS.sub(" ", rest)
    named, homed = _collections(rest, names, guess_except)
    ids = [(at, number) for at, number, _ in homed]
    for pattern in (_HASH_ID, _NAMED_ID):
        ids += [(m.start(1), int(m[1])) for m in pattern.finditer(rest)]
    ids = [(at, n) for at, n in (*ids, *_listed_after(rest, ids)) if n < 2**256]
    limit = _LIMIT.search(rest)
    limited = limit and not any(at == limit.start(1) for at, _ in ids)
    ordinals = [place for m in _ORDINAL.finditer(rest) for place in _places(m[1], m[2])]
    return Mentions(
        collections=tuple({m.collection: m for m in reversed([*contracts, *named])}.values())[::-1],
        token_ids=tuple(dict.fromkeys(n for _, n in sorted(ids))),
        addresses=tuple(dict.fromkeys(addresses)),
        half_address=half[0] if half else None,
        ens=ens[0] if ens else None,
        ordinals=tuple(ordinals),
        pointing=bool(_POINTING.search(rest)),
        limit=_limit(limit[1]) if limit and limited else None,
        homed=tuple(dict.fromkeys((home, n) for _, n, home in sorted(homed))),
        rest=_blank_out(rest),
    )


def _places(ordinal: str, many: str | None) -> range:
    """Of "the first" or, with ``many``, of "the first two" and "the last two"."""
    place = _ORDINALS[ordinal.casefold()]  # IGNORECASE also lets a long s through
    count = (_limit(many) or 1) if many else 1
    return range(place, place + count) if place > 0 else range(-count, 0)


def _listed_after(question: str, ids: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ids that go on a list: "punks 7804, 3100 and 12"."""
    found = []
    for at, number in ids:
        end = at + len(str(number))
        while more := _ONE_MORE.match(question, end):
            found.append((more.start(1), int(more[1])))
            end = more.end()
    return found


def _limit(word: str) -> int | None:
    count = _COUNT_WORDS.get(word.casefold()) or int(word)
    return count if count > 0 else None


def _blank_out(question: str) -> str:
    for pattern in (_HASH_ID, _NAMED_ID, _ORDINAL):
        question = pattern.sub(" ", question)
    return " ".join(question.split())


def _collections(
    question: str, names: Names, guess_except: Sequence[str] | None
) -> tuple[list[CollectionMention], list[tuple[int, int, CollectionName]]]:
    """Collections that the words name, in order, and the ids right after them: place, id and collection."""
    spans = [(m.start(), m.end(), m[0]) for m in re.finditer(r"[^\W_]+(?:['’][^\W_]+)*", question)]
    taken: set[int] = set()
    found: list[tuple[int, CollectionMention]] = []
    ids: list[tuple[int, int, CollectionName]] = []
    no_guess = frozenset(word for phrase in guess_except or () for word in text.words(phrase))
    for how in ("name", "subject", "fuzzy")[: 2 if guess_except is None else 3]:
        if found and (how == "fuzzy" or (how == "subject" and not _LISTED.search(question))):
            break
        for size in (1, 2, 3, 4) if how == "fuzzy" else (4, 3, 2, 1):
            for start in range(len(spans) - size + 1):
                places = range(start, start + size)
                phrase = question[spans[start][0] : spans[start + size - 1][1]]
                if taken.intersection(places) or (
                    how == "fuzzy" and no_guess.intersection(text.words(phrase))
                ):
                    continue
                at = spans[start][0]
                is_id = any(at == place for place, *_ in ids) or question[:at].endswith("#")
                mentions = [] if is_id else _match(phrase, how, names)
                if mentions:
                    taken.update(places)
                    found += [(start, mention) for mention in mentions]
                    after = _AFTER_NAME.match(question, spans[start + size - 1][1])
                    ids += [(after.start(1), int(after[1]), mentions[0].collection)] if after else []
    return [mention for _, mention in sorted(found, key=lambda one: one[0])], ids


def _match(phrase: str, how: str, names: Names) -> list[CollectionMention]:
    folded = text.fold(phrase)
    singular = text.fold(text.key(phrase))
    if how == "name":
        name, numbered, _ = phrase.partition("#")
        if (
            numbered and text.fold(name) in names.aliases
        ):  # a token of that, even if a collection is called so
            return []
        hits = names.aliases.get(folded) or names.aliases.get(singular) or ()
        if phrase in names.collections and phrase[1:] != phrase[1:].lower():  # "NICE NFT", as it is written
            hits = (phrase,)
        return [CollectionMention(collection=name, phrase=phrase, how="name", score=1) for name in hits]
    if how == "subject":
        hits = names.subjects.get(singular) or ()
        return [CollectionMention(collection=name, phrase=phrase, how="subject", score=0.9) for name in hits]
    if len(folded) < _FUZZY_LETTERS:
        return []
    near = process.extractOne(folded, list(names.aliases), scorer=fuzz.ratio, score_cutoff=FUZZY_FROM)
    if near is None:
        return []
    alias, score, _ = near
    return [
        CollectionMention(collection=name, phrase=phrase, how="fuzzy", score=round(score / 100, 3))
        for name in names.aliases[alias]
    ]
