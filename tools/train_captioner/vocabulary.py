"""The words of ``words.toml``, to invent collections from."""

import tomllib
from pathlib import Path

_TABLES = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def _words(listed: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in listed.split())


SUBJECTS = _words(_TABLES["subjects"])
VALUES = {kind: _words(listed) for kind, listed in _TABLES["values"].items()}
TYPES = {name.replace("_", " "): tuple(kinds.split()) for name, kinds in _TABLES["types"].items()}
COLOURED = frozenset(_TABLES["coloured"].split())
ONSETS, VOWELS = _words(_TABLES["onsets"]), _words(_TABLES["vowels"])
CODAS = (*_words(_TABLES["codas"]), "", "", "")  # a fifth of the syllables are open
