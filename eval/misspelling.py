"""Slips of the fingers: questions as people type them in a hurry. Pure.

One letter is left out, doubled, swapped with the next, or hit beside its key. Never the first letter of a
word, and never a word of under four letters: both are rare in corpora of typing errors (Pollock and Zamora,
1984).
"""

import random
from collections.abc import Collection

from retrieval.question import Word, split

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    letter: row[max(at - 1, 0) : at] + row[at + 1 : at + 2] for row in _ROWS for at, letter in enumerate(row)
}
_SHORTEST = 4


def misspelt(question: str, slips: int, rng: random.Random, *, spared: Collection[str] = ()) -> str | None:
    """``question`` with ``slips`` of its content words, none of them in ``spared``, mistyped by one letter.

    None if it has fewer such words. The words ``spared`` are comparison keys.
    """
    words = [word for word in split(question) if _can_slip(question, word) and word.key not in spared]
    if len(words) < slips:
        return None
    for word in sorted(rng.sample(words, slips), key=lambda word: -word.start):
        typed = _slipped(question[word.start : word.end], rng)
        question = question[: word.start] + typed + question[word.end :]
    return question


def _can_slip(question: str, word: Word) -> bool:
    typed = question[word.start : word.end]
    return word.is_content and len(typed) >= _SHORTEST and typed.isascii() and typed.isalpha()


def _slipped(typed: str, rng: random.Random) -> str:
    """``typed`` with one slip; never the word itself."""
    while True:
        at = rng.randrange(1, len(typed))
        letter = typed[at]
        match rng.choice(("left out", "doubled", "swapped", "beside")):
            case "left out":
                made = typed[:at] + typed[at + 1 :]
            case "doubled":
                made = typed[:at] + letter + typed[at:]
            case "swapped":
                made = typed[:at] + typed[at + 1 : at + 2] + letter + typed[at + 2 :]
            case _:
                made = typed[:at] + rng.choice(_BESIDE.get(letter.lower(), letter)) + typed[at + 1 :]
        if made != typed:
            return made
