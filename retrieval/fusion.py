"""Weighted reciprocal rank fusion. Pure, but for the weights, which are frozen in a file beside it."""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files

from magpie.domain import TokenRef
from magpie.query import Hit, Signal, SignalScore

Ranking = Sequence[tuple[TokenRef, float]]

SMOOTHING = 60  # Cormack et al., SIGIR 2009
# Chosen on validation tokens by `python -m bench.fusion`, see docs/LOG.md.
WEIGHTS: Mapping[Signal, float] = json.loads(
    files("retrieval").joinpath("fusion_weights.json").read_text("utf-8")
)["weights"]


def fuse(rankings: Mapping[Signal, Ranking], weights: Mapping[Signal, float], k: int) -> list[Hit]:
    """The best ``k`` by the sum over signals of ``weight / (SMOOTHING + rank)``.

    Each ranking is best first; ranks count from 1 and equal scores share one, so that a signal which does not
    tell two tokens apart moves neither. ``Hit.score`` is exactly the ``sum`` of its contributions.
    Ties are broken by the order of the reference's parts, never by that of the input.
    """
    parts: dict[TokenRef, list[tuple[Signal, float, int, float]]] = {}
    for signal, ranking in rankings.items():
        rank, last = 0, None
        for place, (ref, score) in enumerate(ranking, start=1):
            if score != last:
                rank, last = place, score
            parts.setdefault(ref, []).append((signal, score, rank, weights[signal] / (SMOOTHING + rank)))
    scored = [(sum(part[3] for part in own), ref) for ref, own in parts.items()]
    scored.sort(key=lambda pair: (-pair[0], reference_order(pair[1])))
    return [Hit(ref=ref, score=score, signals=_signals(parts[ref])) for score, ref in scored[:k]]


def _signals(parts: Sequence[tuple[Signal, float, int, float]]) -> tuple[SignalScore, ...]:
    return tuple(
        SignalScore.model_construct(signal=signal, score=score, rank=rank, contribution=contribution)
        for signal, score, rank, contribution in parts
    )


def reference_order(ref: TokenRef) -> tuple[str, str, int]:
    """Sort key that puts token 9 before token 10."""
    return ref.chain, ref.contract, ref.token_id
