"""What the catalogue keeps, finds and refuses."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie.catalog import Catalog
from magpie.catalog_rows import Changes
from magpie.conditions import Has, Not, has_any
from magpie.domain import Trait
from magpie.errors import InputError, SourceError
from magpie.query import Filter


def any_of(*traits):
    return tuple(Trait(type=t.partition("=")[0], value=t.partition("=")[2]) for t in traits)


def demand(*groups, none_of=()):
    """A filter: one trait of each group, and none of the others."""
    barred = (Not(part=Has.of(trait)) for trait in any_of(*none_of))
    return Filter(where=(*(has_any(any_of(*group)) for group in groups), *barred))


@pytest.fixture
def punks(catalog, make_collection, make_token):
    """Five punks: 1 and 2 are zombies, 2 and 3 have a beanie, 4 has no trait, the last a zombie mask."""
    home = make_collection()
    catalog.put_collection(home)
    tokens = [
        make_token(1, ["Type=Zombie", "Accessory=Pipe"], caption="a zombie with a pipe"),
        make_token(2, ["Type=Zombie", "Accessory=Beanie"], caption="a zombie with a beanie"),
        make_token(3, ["Type=Ape", "Accessory=Beanie"], caption="an ape with a beanie"),
        make_token(4, []),
        make_token(2**256 - 1, ["Mask=Zombie"], caption="somebody behind a zombie mask"),
    ]
    catalog.put_tokens(home, tokens)
    return tokens


def ids(refs):
    return [ref.token_id for ref in refs]


def test_tokens_read_back_equal(catalog, punks):
    assert list(catalog.iter_tokens()) == punks
    assert catalog.token(punks[4].ref) == punks[4]


@pytest.mark.parametrize("asked", [0, 1, 499, 500, 501, 1200])
def test_many_tokens_are_read_in_the_order_asked(catalog, make_collection, make_token, asked):
    home = make_collection()
    catalog.put_collection(home)
    catalog.put_tokens(home, [make_token(number, ["Type=Ape"]) for number in range(1300)])
    wanted = [home.ref(number) for number in range(1299, 1299 - asked, -1)]
    found = catalog.tokens([*wanted, home.ref(5000), *wanted[:2]])
    assert list(found) == wanted
    assert all(token.ref == ref for ref, token in found.items())


def test_writing_the_same_tokens_again_changes_nothing(catalog, punks, make_collection):
    before = catalog.dataset_hash()
    assert catalog.put_tokens(make_collection(), punks) == Changes(0, 0, 5)
    assert catalog.dataset_hash() == before


def test_a_changed_trait_replaces_the_old_one_everywhere(catalog, punks, make_token, make_collection):
    ape = make_token(1, ["Type=Ape"], caption="an ape")
    assert catalog.put_tokens(make_collection(), [ape]) == Changes(0, 1, 0)
    assert catalog.token(ape.ref) == ape
    assert ids(catalog.select(demand(["Accessory=Pipe"]))) == []
    assert [ref.token_id for ref, _ in catalog.bm25("pipe", 5)] == []
    assert "Pipe" not in {count.trait.value for count in catalog.trait_counts()}


def test_a_failing_write_leaves_the_catalogue_as_it_was(catalog, punks, make_collection, make_token):
    def tokens():
        yield make_token(9, ["Type=Alien"])
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="broke"):
        catalog.put_tokens(make_collection(), tokens())
    assert list(catalog.iter_tokens()) == punks


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Filter(), [1, 2, 3, 4, 2**256 - 1]),
        (demand(["Type=zombies"]), [1, 2]),
        (demand(["=Zombie"]), [1, 2, 2**256 - 1]),
        (demand(["Type=Zombie"], ["Accessory=Beanie"]), [2]),
        (demand(["Type=Ape", "Accessory=Pipe"]), [1, 3]),
        (demand(none_of=["=Beanie"]), [1, 4, 2**256 - 1]),
        (demand(["Type=Zombie"], none_of=["=Pipe", "=Beanie"]), []),
        (Filter(collections=("Nobody",)), []),
    ],
)
def test_conditions_select_exactly(catalog, punks, condition, expected):
    assert ids(catalog.select(condition)) == expected


values = st.sampled_from(["Type=Zombie", "Type=Ape", "Accessory=Pipe", "Accessory=Beanie", "=Zombie", "=Cap"])


@settings(max_examples=60)
@given(
    groups=st.lists(st.lists(values, min_size=1, max_size=3), max_size=3), barred=st.lists(values, max_size=3)
)
def test_selection_agrees_with_reading_every_token(tmp_path_factory, groups, barred):
    from magpie.domain import Collection, Token

    home = Collection(name="P", chain="eip155:1", contract="0x" + "1" * 40)
    held = [("Type=Zombie", "Accessory=Pipe"), ("Type=Ape",), (), ("Mask=Zombie", "Accessory=Beanie")]
    tokens = [
        Token(ref=home.ref(i), collection="P", name=f"#{i}", traits=any_of(*traits))
        for i, traits in enumerate(held)
    ]
    condition = demand(*groups, none_of=barred)
    expected = [
        t.ref
        for t in tokens
        if all(any(map(t.has, any_of(*group))) for group in groups) and not any(map(t.has, any_of(*barred)))
    ]
    with Catalog(tmp_path_factory.mktemp("c") / "catalog.sqlite", create=True) as catalog:
        catalog.put_collection(home)
        catalog.put_tokens(home, tokens)
        assert catalog.select(condition) == expected


def test_bm25_puts_the_token_with_both_words_first(catalog, punks):
    assert ids(ref for ref, _ in catalog.bm25("zombies and beanies", 1)) == [2]


@pytest.mark.parametrize(
    "query", ["", "the of a", '"', "OR AND NOT", "body:x", "*", "zombie\x00", "NEAR(a b)"]
)
def test_no_words_of_a_question_are_search_syntax(catalog, punks, query):
    assert isinstance(catalog.bm25(query, 3), list)


def test_bm25_stays_within_the_filter(catalog, punks):
    found = catalog.bm25("zombie beanie", 5, demand(["Type=Ape"]))
    assert [ref.token_id for ref, _ in found] == [3]


def test_trait_counts_are_most_common_first(catalog, punks):
    assert [(str(c.trait), c.tokens) for c in catalog.trait_counts()] == [
        ("Accessory=Beanie", 2),
        ("Type=Zombie", 2),
        ("Accessory=Pipe", 1),
        ("Mask=Zombie", 1),
        ("Type=Ape", 1),
    ]


def test_a_token_with_one_value_twice_is_counted_once(catalog, make_collection, make_token):
    home = make_collection()
    catalog.put_collection(home)
    catalog.put_tokens(home, [make_token(1, ["Accessory=Mole", "Accessory=Mole"])])
    assert [c.tokens for c in catalog.trait_counts()] == [1]
    assert catalog.counts()["Punks"] == (1, 0, 2)


def test_removed_tokens_are_gone_from_every_table(catalog, punks):
    assert catalog.remove_tokens("Punks", [1, 99]) == 1
    assert ids(catalog.select(Filter())) == [2, 3, 4, 2**256 - 1]
    assert catalog.bm25("pipe", 5) == []


def test_removing_a_collection_leaves_the_others(catalog, punks, make_collection, make_token):
    apes = make_collection("Apes", contract="0x" + "2" * 40)
    catalog.put_collection(apes)
    catalog.put_tokens(apes, [make_token(1, ["Fur=Gold"], collection=apes)])
    assert catalog.remove_collection("Punks") == 5
    assert list(catalog.counts()) == ["Apes"]
    assert len(list(catalog.iter_tokens())) == 1


def test_one_contract_cannot_be_two_collections(catalog, punks, make_collection):
    with pytest.raises(InputError, match="'Punks'"):
        catalog.put_collection(make_collection("Other"))


def test_a_collection_is_found_in_any_spelling_and_suggested_when_misspelt(catalog, punks):
    assert catalog.collection("pun ks").name == "Punks"
    with pytest.raises(InputError, match="did you mean 'Punks'"):
        catalog.collection("Pinks")


def test_no_catalogue_is_said_with_the_command_that_makes_one(tmp_path):
    with pytest.raises(InputError, match="magpie ingest sample"):
        Catalog(tmp_path / "catalog.sqlite")


def test_a_file_that_is_no_catalogue_is_refused(tmp_path):
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(b"not a database, whatever its name says" * 100)
    with pytest.raises(SourceError, match="not a readable catalogue"):
        Catalog(path)


def test_another_format_version_is_refused(tmp_path):
    path = tmp_path / "catalog.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(SourceError, match="ingest again"):
        Catalog(path)


def test_the_dataset_hash_sees_pictures_and_captions(catalog, punks, make_collection, make_token):
    before = catalog.dataset_hash()
    catalog.put_tokens(
        make_collection(), [make_token(4, [], image="P/images/P_4.png", image_sha256="a" * 64)]
    )
    assert catalog.dataset_hash() != before


def test_a_database_that_breaks_while_open_is_one_line(tmp_path, make_collection):
    path = tmp_path / "catalog.sqlite"
    Catalog(path, create=True).close()
    other = sqlite3.connect(path)
    other.execute("DROP TABLE collections")
    other.close()
    with pytest.raises(SourceError, match=r"catalog\.sqlite: no such table"), Catalog(path) as broken:
        broken.put_collection(make_collection())


def test_threads_that_share_it_each_get_their_own_words(catalog):
    """What the index makes of words goes through a table of the connection's."""
    asked = [[f"word{at}", f"other{at}"] for at in range(400)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(catalog.columns.terms, asked)) == [[[one], [two]] for one, two in asked]


@pytest.mark.parametrize("name", ["PUNKS", "pun-ks", "Punks\u200b"])
def test_a_name_that_is_spelt_like_a_known_one_is_refused(catalog, punks, make_collection, name):
    with pytest.raises(InputError, match="is spelt like 'Punks', which is ingested already"):
        catalog.put_collection(make_collection(name, contract="0x" + "9" * 40))


def test_a_word_that_is_too_long_for_the_index_does_not_break_it(catalog, make_collection, make_token):
    home = make_collection()
    catalog.put_collection(home)
    catalog.put_tokens(home, [make_token(1, name="x" + "猫" * 100_000), make_token(2, name="cat")])
    words = [word for part in catalog.columns.postings() for word in part.words]
    assert "cat" in words
    assert max(map(len, words)) <= 8000
