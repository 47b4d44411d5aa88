"""Words of captions and trait values: tokens, stems that forgive inflection, a or an. Pure."""

import re
import unicodedata
from functools import lru_cache

from magpie import text

_CAMEL = re.compile(r"(?<=[a-z]{2})(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_+")
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[,;:.!?]|[^\w\s\"'’()\-–—/&+%*#.,;:!?\[\]{}“”‘`~|<>=^$@\\]+")
MARKS = frozenset(",;:.!?")
_ENDINGS = (("ing", 3), ("ed", 3), ("en", 4), ("y", 3), ("e", 3))
_STEMS = {
    "eyed": "eye",
    "tshirt": "t-shirt",
    "wolves": "wolf",
    "grey": "gray",
    "furry": "fur",
    "sunny": "sun",
}
_VOWEL_SOUND = re.compile(
    r"^(?:[aeiou]|8|1[18](?:\D|$)|hour|honest|heir|[fhlmnrsx](?:$|[^a-z]))", re.IGNORECASE
)
_CONSONANT_SOUND = re.compile(
    r"^(?:uni(?![mn])|use|uk|us$|euro|ufo|one|once|u(?:$|[^a-z])|ewe)", re.IGNORECASE
)


def spaced(value: str) -> str:
    """``goldEarring_left`` as words with spaces; anything that is spaced already stays."""
    return " ".join(_CAMEL.sub(" ", value).split())


def tokens(caption: str) -> list[str]:
    """Case-folded words and symbols (emoji), with ``, ; : . ! ?`` as tokens of their own."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", caption).casefold())


def words(caption: str) -> list[str]:
    """`tokens` without punctuation."""
    return [token for token in tokens(caption) if token not in MARKS]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """One form for a word's inflections (``smile, smiling``; ``gold, golden``): to compare, never to show."""
    word = word.casefold().replace("’", "'")
    word = word.removesuffix("'s").removesuffix("'")
    word = _STEMS.get(word, text.singular(word))
    for ending, least in _ENDINGS:
        base = word.removesuffix(ending)
        if base != word and len(base) >= least and any(vowel in base for vowel in "aeiouy"):
            undoubled = len(base) > 3 and base[-1] == base[-2] and ending in ("ing", "ed", "en", "y")
            return base[:-1] if undoubled else base
    return word


def stems(phrase: str) -> tuple[str, ...]:
    """The stems of the words of ``phrase``."""
    return tuple(stem(word) for word in words(phrase))


def article(phrase: str) -> str:
    """``a`` or ``an``, by the sound of the first word; spelled-out capitals count (``an M1 hoodie``)."""
    first = next(iter(phrase.lstrip("\"'“‘").split()), "")
    if (
        first.isupper()
        and first.isalpha()
        and len(first) > 1
        and not re.search("[AEIOUY]", first[1:-1] or first)
    ):
        return "an" if first[0] in "AEFHILMNORSX" else "a"
    if _CONSONANT_SOUND.match(first):
        return "a"
    return "an" if _VOWEL_SOUND.match(first) else "a"
