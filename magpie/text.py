"""Comparison keys and clean display forms of text that somebody else wrote. Pure."""

import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_HIDDEN = frozenset({"Cc", "Cf", "Cs"})  # control, format (bidi, zero width), surrogate
_MARKUP = re.compile(r"<[^<>]*>")  # linear: it stops at the next bracket
_MARKS = 4  # accents on one letter; scripts that stack them need no more
_JSON_PART = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)  # linear in time and space
_WORD = re.compile(r"\w+(?:['’]\w+)*", re.UNICODE)
_POSSESSIVE = re.compile(r"(?:['’]s)+$")
_IRREGULAR = {
    "glasses": "glasses",
    "shades": "shades",
    "goggles": "goggles",
    "wolves": "wolf",
    "teeth": "tooth",
    "men": "man",
    "women": "woman",
}


def clean(text: str, limit: int = 500) -> str:
    """``text`` safe to show: one line, no control or bidi characters, no markup, at most ``limit`` long.

    Of the accents piled on a letter the first few stay.
    """
    flat = _CONTROL.sub("", unicodedata.normalize("NFC", text))
    flat = _MARKUP.sub("", flat if flat.isascii() else _few_marks(visible(flat)))
    if _MARKUP.search(flat):  # tags within tags, to be left over as tags
        flat = flat.replace("<", "").replace(">", "")
    flat = " ".join(flat.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def visible(text: str) -> str:
    """``text`` without control, bidi, zero-width and surrogate characters; white space and markup stay."""
    return "".join(c for c in text if c.isspace() or unicodedata.category(c) not in _HIDDEN)


def _few_marks(text: str) -> str:
    """At most `_MARKS` combining marks in a row, and none before the first letter."""
    kept, run = [], _MARKS
    for character in text:
        run = run + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if run <= _MARKS:
            kept.append(character)
    return "".join(kept)


def words(text: str) -> list[str]:
    """The words of ``text``, case-folded, accents kept, punctuation and underscores dropped."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold().replace("_", " "))


def singular(word: str) -> str:
    """A rough English singular, the same for both forms: for comparing, never for showing."""
    word = _POSSESSIVE.sub("", word)
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith("ie"):  # "zombie" and "zombies" must meet
        return word[:-2] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def article(phrase: str) -> str:
    """By the first letter: "an" before a vowel, else "a"."""
    return "an" if phrase[:1].lower() in {*"aeiou"} else "a"


def key(text: str) -> str:
    """The comparison key: ``"Gold  Chains"``, ``"gold_chain"`` and ``"GOLD-CHAIN"`` are one."""
    return " ".join(singular(word) for word in words(text))


def fold(text: str) -> str:
    """A key for names: case-folded letters and digits only, so ``"Crypto Punks"`` is ``"cryptopunks"``.

    A name without any, such as an emoji, is its own key but for white space.
    """
    return "".join(words(text)) or "".join(text.split())


def nests_deeper(json_text: str, limit: int) -> bool:
    """Whether JSON opens more than ``limit`` brackets within each other: ask before parsing a stranger's.

    Not left to `RecursionError`: libraries (py-evm, by way of py_ecc) raise the recursion limit so far that
    the parser overflows the stack first, which ends the process.
    """
    if json_text.count("[") + json_text.count("{") <= limit:
        return False
    depth = 0
    for part in _JSON_PART.finditer(json_text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(part[0], 0)
        if depth > limit:
            return True
    return False
