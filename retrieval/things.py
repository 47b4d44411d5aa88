"""Words that name a thing, and how near they come to what is here: a submarine, among punks.

A word is judged by its caption vector: how surely it names something that a picture can show (a linear
classifier), and its cosine with the nearest published value. Both are calibrated for each text encoder by
`python -m tools.no_match`, which writes `no_match.json`; an encoder that is not in there judges nothing.
"""

import hashlib
import io
import json
from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np

from magpie.files import write_atomic
from magpie.progress import Tick, unseen
from retrieval.ports import TextEncoder, Vectors

_BATCH = 512


class Calibration(NamedTuple):
    """What is known of one encoder. ``weights`` are (d,); the others are in [0, 1].

    A word that is a thing with at least the probability ``thing``, and whose nearest value has a cosine under
    ``near``, is not here; one with a cosine of ``same`` or more means that value.
    """

    weights: Vectors
    bias: float
    thing: float
    near: float
    same: float


class Judged(NamedTuple):
    """One word: the probability that it names a thing, its cosine with the nearest of the known words, and
    which known words come about as near.
    """

    word: str
    thing: float
    cosine: float
    nearest: tuple[str, ...]


_ABOUT = 0.02  # of cosine: what comes so close to the nearest is as near


@cache
def calibration(encoder: str) -> Calibration | None:
    """Of the text encoder with this id; None if it was not calibrated."""
    known = json.loads(files("retrieval").joinpath("no_match.json").read_text("utf-8"))["encoders"]
    if encoder not in known:
        return None
    found = known[encoder]
    weights = np.array(found["weights"], np.float32)
    return Calibration(weights, *(found[name] for name in ("bias", "thing", "near", "same")))


def probability(vectors: Vectors, weights: Vectors, bias: float) -> Vectors:
    """(n,): how surely each of the (n, d) is of a word that names a thing."""
    found: Vectors = 1 / (1 + np.exp(-(vectors @ weights + bias)))
    return found


class Words:
    """The published words of a home, as vectors of the caption encoder; kept in a file beside the index."""

    def __init__(self, encoder: TextEncoder, known: Sequence[str], folder: Path) -> None:
        self._encoder, self._known = encoder, sorted(set(known))
        self._file = folder / f"{hashlib.sha256(encoder.id.encode()).hexdigest()[:16]}.npz"
        self._held: Vectors | None = None

    def judge(self, words: Sequence[str], among: Collection[str], by: Calibration) -> list[Judged]:
        """Each of the words, in order, beside those of the known words that are ``among`` these."""
        asked = self._encoder.encode(words, kind="query")
        likely = probability(asked, by.weights, by.bias)
        rows = [row for row, known in enumerate(self._known) if known in among]
        if not rows:
            return [Judged(word, float(thing), 0.0, ()) for word, thing in zip(words, likely, strict=True)]
        found = []
        for word, thing, cosines in zip(words, likely, asked @ self.vectors()[rows].T, strict=True):
            nearest = np.flatnonzero(cosines >= cosines.max() - _ABOUT)
            names = tuple(self._known[rows[at]] for at in nearest)
            found.append(Judged(word, float(thing), float(cosines.max()), names))
        return found

    def vectors(self, tick: Tick = unseen) -> Vectors:
        """(n, d) of the known words, ascending. What the file lacks is encoded and added; ticks count it."""
        if self._held is None:
            held = self._read()
            missing = [word for word in self._known if word not in held]
            for start in range(0, len(missing), _BATCH):
                batch = missing[start : start + _BATCH]
                held |= dict(zip(batch, self._encoder.encode(batch, kind="query"), strict=True))
                tick("index words", start + len(batch), len(missing))
            if missing:
                self._write(held)
            self._held = np.array([held[word] for word in self._known], np.float32)
        return self._held

    def _read(self) -> dict[str, Vectors]:
        try:
            with np.load(self._file, allow_pickle=False) as kept:
                return dict(zip(kept["words"].tolist(), kept["vectors"], strict=True))
        except (OSError, ValueError, KeyError):
            return {}  # it is only a copy: what cannot be read is made again

    def _write(self, held: dict[str, Vectors]) -> None:
        content = io.BytesIO()
        words = sorted(set(self._known) & set(held))
        np.savez(content, words=np.array(words), vectors=np.array([held[word] for word in words], np.float32))
        write_atomic(self._file, content.getvalue())
