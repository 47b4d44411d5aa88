"""Whether an adapted model replaces the one in use. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from retrieval.adaptation.record import Comparison, Figures

GAIN = 0.005  # of the score models are chosen by; less is not worth encoding every picture again
FORGOTTEN = 0.02  # of the mean in-collection R@1 over the collections adapted to before


class Decision(NamedTuple):
    keep: bool
    reason: str


def decide(validation: Comparison, old: Sequence[str]) -> Decision:
    """Keep the adapted model if it finds more than both others, and what was known is not forgotten.

    ``old`` names the collections that the model in use was adapted to before.
    """
    adapted, best = validation.adapted, rival(validation)
    if adapted.choice < best.choice + GAIN:
        return Decision(False, f"validation score {best.choice:.3f} -> {adapted.choice:.3f}, under +{GAIN}")
    before, after = _mean(best, old), _mean(adapted, old)
    if after < before - FORGOTTEN:
        return Decision(
            False, f"collections adapted to before would lose: mean R@1 {before:.3f} -> {after:.3f}"
        )
    return Decision(True, f"validation score {best.choice:.3f} -> {adapted.choice:.3f}")


def rival(validation: Comparison) -> Figures:
    """The better of the models that an adapted one must beat."""
    others = [figures for figures in (validation.before, validation.original) if figures is not None]
    return max(others, key=lambda figures: figures.choice)


def _mean(figures: Figures, names: Sequence[str]) -> float:
    """0 if no collection is named."""
    held = [figures.collections[name] for name in names if name in figures.collections]
    return sum(held) / max(1, len(held))
