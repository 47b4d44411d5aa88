"""What the shipped weights are trained on."""

import numpy as np

from ingest.sources.punks import PUNKS, PunkSource, is_rare
from magpie.splits import split_of
from tools.train_clip.avatars import PUNKS_TAKEN, chosen_punks


def test_no_punk_that_the_sample_holds_out_or_chooses_by_is_trained_on():
    chosen = chosen_punks(np.random.default_rng(7))
    collection = PunkSource(full=True).collection
    assert len(chosen) == PUNKS_TAKEN
    assert {split_of(collection.ref(number)) for number in chosen} == {"train"}


def test_rare_punks_are_chosen_more_often_than_there_are():
    table = PunkSource(full=True)._table
    chosen = chosen_punks(np.random.default_rng(7))
    rare = sum(is_rare(table[number]) for number in range(PUNKS)) / PUNKS
    assert sum(is_rare(table[number]) for number in chosen) / len(chosen) > 1.5 * rare
