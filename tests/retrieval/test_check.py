"""The recall that `magpie index --check` prints is that of the store, against every vector."""

import pytest

from magpie.errors import IndexMismatchError
from retrieval import backends
from retrieval.check import K, check


def test_a_store_that_finds_all_has_recall_one(toys, silent):
    assert [(one.kind, one.rows, one.recall, one.used) for one in check(toys, tick=silent)] == [
        ("image", 8, 1.0, False),
        ("caption", 8, 1.0, False),
    ]


def test_what_the_store_misses_is_counted(toys, silent, monkeypatch):
    opened = backends.open_store

    class Forgetful:
        """Finds the first half of what there is."""

        def __init__(self, store):
            self._store = store

        def __len__(self):
            return len(self._store)

        def search(self, query, k):
            return self._store.search(query, k)[: len(self._store) // 2]

        def vectors(self, ids):
            return self._store.vectors(ids)

    monkeypatch.setattr(backends, "open_store", lambda *args: Forgetful(opened(*args)))
    assert K >= 8
    assert [one.recall for one in check(toys, tick=silent)] == [0.5, 0.5]


def test_a_home_without_an_index_is_not_checked(put, settings, cubes, silent):
    put(cubes, {1: ["Colour=Red"]})
    with pytest.raises(IndexMismatchError, match="magpie index"):
        check(settings, tick=silent)
