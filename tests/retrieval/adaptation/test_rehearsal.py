"""How much of the batches what is known already gets."""

import numpy as np
import pytest

from magpie.domain import Collection
from retrieval.training.batches import Sampler
from retrieval.training.corpus import assemble
from retrieval.training.recipe import Recipe

HOMES = [
    Collection(name=name, chain="eip155:1", contract="0x" + digit * 40)
    for name, digit in (("Old", "1"), ("Older", "2"), ("New", "3"))
]


@pytest.fixture
def corpus(make_token):
    tokens = [make_token(number, ["Eyes=Red"], home) for home in HOMES for number in range(150)]
    return assemble(tokens, HOMES, np.zeros((len(tokens), 8, 8, 4), np.uint8))


def share_of_old(corpus, **fields):
    sampler = Sampler(corpus, Recipe(batch=32, disturbed=0.0, **fields))
    rows = np.concatenate([sampler.batch(step).rows for step in range(200)])
    return np.mean([corpus.tokens[row].collection != "New" for row in rows])


@pytest.mark.parametrize("share", [0.15, 0.3, 0.5])
def test_what_is_rehearsed_gets_its_share_of_the_rows_however_many_collections_it_is(corpus, share):
    assert share_of_old(corpus, rehearsed=("Old", "Older"), rehearsal=share) == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize("rehearsed", [(), ("Old", "Older", "New"), ("Elsewhere",)])
def test_where_nothing_or_everything_is_known_size_decides(corpus, rehearsed):
    assert share_of_old(corpus, rehearsed=rehearsed, rehearsal=0.1) == pytest.approx(2 / 3, abs=0.05)
