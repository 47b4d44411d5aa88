"""What the catalogue keeps of itself is forgotten as soon as it is not true any more."""

import sqlite3

import pytest

from magpie import catalog_kept
from magpie.catalog import Catalog


@pytest.fixture
def punks(catalog, make_collection, make_token):
    home = make_collection()
    catalog.put_collection(home)
    catalog.put_tokens(home, [make_token(1, ["Hat=Cap"]), make_token(2, ["Hat=Cap", "Eyes=Blue"])])
    return home


def put(catalog, make_token, home, *args, **fields):
    catalog.put_tokens(home, [make_token(*args, **fields)])


def test_every_kind_of_change_makes_another_version_and_forgets(catalog, punks, make_token, make_collection):
    seen = set()

    def changed():
        assert catalog_kept.get(catalog._db, "trait counts") is None
        assert catalog.version() not in seen
        seen.add(catalog.version())
        catalog.trait_counts()
        assert catalog_kept.get(catalog._db, "trait counts") is not None

    changed()
    put(catalog, make_token, punks, 3, ["Hat=Beanie"])
    changed()
    put(catalog, make_token, punks, 3, ["Hat=Crown"])  # its traits alone
    changed()
    catalog.remove_tokens(punks.name, [3])
    changed()
    catalog.put_collection(punks.model_copy(update={"subject": "cat"}))
    changed()
    catalog.put_ranks(punks.name, ("sum", 1.0, ""), [(1, 1, 2.0)])
    changed()
    catalog.remove_collection(punks.name)
    changed()


def test_what_changes_nothing_keeps_the_version(catalog, punks, make_token):
    before = catalog.version()
    put(catalog, make_token, punks, 1, ["Hat=Cap"])
    catalog.trait_counts()
    catalog.dataset_hash()
    assert catalog.version() == before


def test_kept_counts_and_hashes_are_those_that_are_worked_out(catalog, punks, tmp_path):
    counts, digest = catalog.trait_counts(), catalog.dataset_hash()
    assert catalog_kept.get(catalog._db, "dataset hash") == digest
    assert catalog.trait_counts() == counts
    assert catalog.trait_counts([punks.name]) == counts
    assert catalog.dataset_hash() == digest
    catalog._db.execute("DELETE FROM kept")
    assert catalog.dataset_hash() == digest


def test_nothing_is_kept_of_a_catalogue_that_changed_while_it_was_read(catalog, punks, make_token):
    before = catalog.version()
    put(catalog, make_token, punks, 3, ["Hat=Beanie"])
    catalog_kept.keep(catalog._db, "dataset hash", "old", before)
    assert catalog_kept.get(catalog._db, "dataset hash") is None


def test_two_catalogues_are_never_of_one_version(tmp_path):
    with (
        Catalog(tmp_path / "a.sqlite", create=True) as one,
        Catalog(tmp_path / "b.sqlite", create=True) as other,
    ):
        assert one.version() != other.version()


def test_a_catalogue_of_before_is_given_what_it_needs(tmp_path, make_collection, make_token):
    path, home = tmp_path / "old.sqlite", make_collection()
    with Catalog(path, create=True) as catalog:
        catalog.put_collection(home)
        put(catalog, make_token, home, 1, ["Hat=Cap"])
        digest = catalog.dataset_hash()
    db = sqlite3.connect(path)
    for table, event in catalog_kept._CHANGES:
        db.execute(f"DROP TRIGGER {table}_{event}")
    db.execute("DROP TABLE kept")
    db.execute("DROP TABLE version")
    db.commit()
    db.close()
    with Catalog(path) as catalog:
        assert catalog.dataset_hash() == digest
        before = catalog.version()
        put(catalog, make_token, home, 2, ["Hat=Cap"])
        assert catalog.version() != before
        assert catalog.dataset_hash() != digest


def test_without_a_place_to_keep_it_the_answers_are_the_same(catalog, punks):
    counts, digest = catalog.trait_counts(), catalog.dataset_hash()
    for table, event in catalog_kept._CHANGES:
        catalog._db.execute(f"DROP TRIGGER {table}_{event}")
    catalog._db.execute("DROP TABLE kept")
    catalog._db.execute("DROP TABLE version")
    assert catalog.version() is None
    assert (catalog.trait_counts(), catalog.dataset_hash()) == (counts, digest)
