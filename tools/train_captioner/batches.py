"""Examples as batches of token ids, grouped by length so that little is padding."""

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ingest.paraphrase.model import END, START
from tools.train_captioner.examples import Example

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

_POOL = 32  # batches sorted together
UNLEARNT = -100  # the label of a token that only asks


class Row(NamedTuple):
    """The ids of one example; the caption begins at ``begin``."""

    ids: list[int]
    begin: int


class Batch(NamedTuple):
    """Padded rows, each a tensor of (examples, longest)."""

    ids: "Tensor"
    mask: "Tensor"
    labels: "Tensor"


def encoded(examples: Sequence[Example], tokenizer: "PreTrainedTokenizerBase") -> list[Row]:
    """Each example between the two tokens that `ingest.paraphrase.model` puts around it."""
    rows = []
    for example in examples:
        asked = tokenizer(f"{START}{example.line}\n", add_special_tokens=False)["input_ids"]
        answer = tokenizer(example.caption + END, add_special_tokens=False)["input_ids"]
        rows.append(Row(asked + answer, len(asked)))
    return rows


def batches(rows: Sequence[Row], size: int, *, seed: int) -> Iterator[Batch]:
    """Batches of ``size``, over and over."""
    rng = random.Random(f"batches {seed}")
    while True:
        shuffled = rng.sample(rows, len(rows))
        for pool in range(0, len(shuffled), size * _POOL):
            pooled = sorted(shuffled[pool : pool + size * _POOL], key=lambda row: len(row.ids))
            groups = [pooled[start : start + size] for start in range(0, len(pooled), size)]
            rng.shuffle(groups)
            yield from map(_padded, groups)


def _padded(group: Sequence[Row]) -> Batch:
    import torch

    longest = max(len(row.ids) for row in group)
    ids = torch.zeros(len(group), longest, dtype=torch.long)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, UNLEARNT)
    for place, row in enumerate(group):
        ids[place, : len(row.ids)] = torch.tensor(row.ids)
        mask[place, : len(row.ids)] = 1
        labels[place, row.begin : len(row.ids)] = torch.tensor(row.ids[row.begin :])
    return Batch(ids, mask, labels)
