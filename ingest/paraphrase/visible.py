"""Which traits can be seen in a picture, told from type and value alone. Pure.

Left out of captions are: dates, bare numbers, percentages, ids, hashes, addresses and links; rarity, rank,
score, level, generation, status and other records (by type); "false" and "no", values that only deny
("No Hat", "Nothing"), and codes: what is left of a value without its type's words is a label
(``Skin Tone 5``, ``serA``) or a word of rarity.
"""

import re

from ingest.paraphrase.vocabulary import RARITY, RECORD_WORDS
from ingest.paraphrase.words import spaced, stem, words
from magpie.domain import Trait

_RECORD_WORDS = frozenset(stem(word) for word in RECORD_WORDS)
_DENIALS = re.compile(
    r"^(?:no|without|not|non)\s|^(?:nothing|empty|false|no|blank|unknown|hidden|0|\?+|-+)$", re.I
)
_NUMBER = re.compile(r"^[#$€£]?[+-]?\d[\d.,:/\-\s]*(?:%|st|nd|rd|th|k|x)?$", re.IGNORECASE)
_DATE = re.compile(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[t ].*)?$", re.IGNORECASE)
_CODE = re.compile(
    r"^(?:0x[0-9a-f]+|(?=[0-9a-f]*\d)[0-9a-f]{6,}|#[0-9a-f]{3,8}|[a-z]+://\S+|\S+@\S+|(?:Qm|baf)\w{20,})$",
    re.I,
)
_LABEL = re.compile(r"^(?:\d+|[A-Z]|I{1,3}|IV|VI{0,3}|v\d+)$")


def is_visible(trait: Trait) -> bool:
    """Whether a caption has to name ``trait``."""
    value = trait.value.strip()
    if _DENIALS.match(spaced(value)) or _NUMBER.match(value) or _DATE.match(value) or _CODE.match(value):
        return False
    if not words(value):
        return False
    type_words = {stem(word) for word in words(spaced(trait.type))}
    if type_words & _RECORD_WORDS:
        return False
    if value.casefold() in ("true", "yes"):
        return bool(type_words)
    left = [word for word in words(" ".join(bare_words(spaced(value)))) if stem(word) not in type_words]
    if left:
        return not all(word in RARITY for word in left)
    return (
        bare_words(spaced(value)) == spaced(value).split()
    )  # "Flies=Flies" is seen, "Skin Tone=Skin Tone 5" is a code


def bare_words(value: str) -> list[str]:
    """The words of ``value`` without the labels of variants at its end: ``Party Hat 2``, ``nounish J``."""
    kept = value.split()
    while len(kept) > 1 and _LABEL.match(kept[-1]):
        kept.pop()
    return kept
