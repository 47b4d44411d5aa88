"""Which tokens are held out of training, the same on every machine and in every run."""

import hashlib

from magpie.domain import TokenRef

HELD_OUT_IN_TEN = 1


def is_held_out(ref: TokenRef) -> bool:
    """True for a fixed tenth of all tokens, chosen by their identity alone: never train on these."""
    return hashlib.sha256(f"magpie:split:{ref}".encode()).digest()[0] % 10 < HELD_OUT_IN_TEN
