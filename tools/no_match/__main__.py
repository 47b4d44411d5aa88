"""Fit what `retrieval.things` knows of a caption encoder, and write it to `retrieval/no_match.json`.

    python -m tools.no_match --home HOME

Two lists of English words, `things.txt` and `manners.txt`, teach a linear classifier which words name a
thing that a picture can show. The cosines at which a thing counts as here, and as the same as a published
value, are chosen on questions about validation tokens of HOME: of all settings that decline at most `_FALSE`
of the answerable questions, the one that declines most of the others. Prints what each setting does.
"""

import argparse
import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from eval.abstention import Question, questions
from magpie.catalog import Catalog
from magpie.files import write_atomic
from magpie.query import Filter
from magpie.settings import load_settings
from retrieval import backends, evidence
from retrieval.demands import combined, demands
from retrieval.ports import TextEncoder, TextKind, Vectors
from retrieval.reader import WORDS, Reader
from retrieval.things import Calibration

_HERE = Path(__file__).parent
_OUT = Path("retrieval/no_match.json")
_FALSE = 0.01
_MISTAKEN = 0.02  # of the words that name no thing, this share may be taken for one
_NEAR = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75)
_SAME = (0.7, 0.75, 0.8, 1.1)  # the last: never


class Line(NamedTuple):
    """One setting: the share of unanswerable and of answerable questions that it declines."""

    near: float
    same: float
    declined: float
    wrongly: float


class Remembering:
    """A text encoder that encodes no words twice."""

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder, self._held = encoder, dict[str, Vectors]()
        self.id, self.dim, self.load = encoder.id, encoder.dim, encoder.load

    def encode(self, texts: Sequence[str], *, kind: TextKind) -> Vectors:
        """As the encoder's own."""
        new = [text for text in dict.fromkeys(texts) if text not in self._held]
        self._held |= dict(zip(new, self._encoder.encode(new, kind=kind), strict=True))
        return np.array([self._held[text] for text in texts], np.float32).reshape(-1, self.dim)


def main() -> None:
    """Fit, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=200, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    settings = load_settings(flags={"home": given.home})
    encoder = Remembering(backends.text_encoder(settings))
    fitted = _classifier(encoder)
    with Catalog(settings.catalog_path) as catalog:
        asked = questions(catalog, "validation", given.queries, given.seed)
        print(f"{len(asked)} questions")
        lines = _settings(catalog, encoder, settings.home / WORDS, asked, fitted)
    allowed = [line for line in lines if line.wrongly <= _FALSE] or [
        min(lines, key=lambda line: line.wrongly)
    ]
    best = max(allowed, key=lambda line: (line.declined, -line.near, line.same))
    for line in lines:
        print(
            f"near {line.near:.2f} same {line.same:.2f}: declines {line.declined:.3f} of the unanswerable, "
            f"{line.wrongly:.3f} of the answerable{' <- chosen' * (line == best)}"
        )
    _write(encoder.id, fitted._replace(near=best.near, same=best.same))


def _classifier(encoder: TextEncoder) -> Calibration:
    """Everything but the cosines."""
    listed = {name: set((_HERE / f"{name}.txt").read_text("utf-8").split()) for name in ("things", "manners")}
    things, others = sorted(listed["things"]), sorted(listed["manners"] - listed["things"])
    vectors = encoder.encode([*things, *others], kind="query")
    truth = np.arange(len(vectors)) < len(things)
    model = LogisticRegression(C=10, max_iter=2000)
    judged = cross_val_predict(model, vectors, truth, cv=8, method="predict_proba")[:, 1]
    least = float(np.quantile(judged[~truth], 1 - _MISTAKEN))
    print(
        f"{len(vectors)} words, cross-validated: {np.mean((judged > 0.5) == truth):.3f} right; {least:.2f} is"
        f" reached by {np.mean(judged[truth] >= least):.3f} of the things and {_MISTAKEN} of the others"
    )
    model.fit(vectors, truth)
    weights = model.coef_[0].astype(np.float32)
    return Calibration(weights, round(float(model.intercept_[0]), 4), round(least, 3), 0.0, 1.0)


def _settings(
    catalog: Catalog, encoder: TextEncoder, folder: Path, asked: Sequence[Question], fitted: Calibration
) -> list[Line]:
    lines = []
    for near, same in product(_NEAR, _SAME):
        reader = Reader(catalog, encoder, folder, fitted._replace(near=near, same=same))
        declined: dict[bool, list[bool]] = {True: [], False: []}
        for question in asked:
            reading = reader.read(question.words)
            condition = combined(reading.named, demands(Filter(), reading.matches))
            nothing = bool(evidence.not_here(reading.absent, catalog, condition))
            declined[question.is_answerable].append(nothing or not catalog.select(condition))
        lines.append(Line(near, same, float(np.mean(declined[False])), float(np.mean(declined[True]))))
    return lines


def _write(encoder: str, known: Calibration) -> None:
    content = json.loads(_OUT.read_text("utf-8"))
    content["encoders"][encoder] = {
        "bias": known.bias,
        "thing": known.thing,
        "near": known.near,
        "same": known.same,
        "weights": [round(float(weight), 4) for weight in known.weights],
    }
    write_atomic(_OUT, (json.dumps(content) + "\n").encode())
    print(f"wrote {_OUT}")


if __name__ == "__main__":
    main()
