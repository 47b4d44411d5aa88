"""The splits are fixed, disjoint and of the stated sizes."""

from collections import Counter

from magpie.domain import TokenRef
from magpie.splits import is_held_out, split_of

REFS = [TokenRef(chain="eip155:1", contract="0x" + "1" * 40, token_id=n) for n in range(10_000)]


def test_the_sizes_are_about_85_5_and_10_of_100():
    sizes = Counter(map(split_of, REFS))
    assert 0.83 < sizes["train"] / len(REFS) < 0.87
    assert 0.035 < sizes["validation"] / len(REFS) < 0.06
    assert 0.09 < sizes["test"] / len(REFS) < 0.12


def test_the_split_of_a_token_never_changes():
    held_out = [ref.token_id for ref in REFS[:12] if split_of(ref) == "test"]
    assert held_out == [0, 1, 3, 10, 11]


def test_only_test_tokens_are_held_out():
    assert all(is_held_out(ref) == (split_of(ref) == "test") for ref in REFS[:500])
