"""Which tokens are for training, which for choosing, which for reporting: the same in every run.

Weights are fitted on ``train``; checkpoints, fusion weights and thresholds are chosen on ``validation``;
figures are reported on ``test``, which nothing was chosen on.
"""

import hashlib
from typing import Literal

from magpie.domain import TokenRef

Split = Literal["train", "validation", "test"]
TEST_IN_TEN = 1
VALIDATION_IN_256 = 13  # about a twentieth of what is not for testing


def split_of(ref: TokenRef) -> Split:
    """The split of a token, decided by its identity alone: about 85, 5 and 10 of 100."""
    if _byte(f"magpie:split:{ref}") % 10 < TEST_IN_TEN:
        return "test"
    return "validation" if _byte(f"magpie:validation:{ref}") < VALIDATION_IN_256 else "train"


def is_held_out(ref: TokenRef) -> bool:
    """Whether the token is for reporting only."""
    return split_of(ref) == "test"


def _byte(words: str) -> int:
    return hashlib.sha256(words.encode()).digest()[0]
