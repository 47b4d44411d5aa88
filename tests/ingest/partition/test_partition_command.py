"""`magpie ingest partition`: from the catalogue, and from lists alone."""

import json

import pytest
import typer
from typer.testing import CliRunner

from magpie.catalog import Catalog
from magpie.domain import LOCAL_FILES, local_contract
from magpie.errors import InputError, SourceError
from ui.commands import ingest as command


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def magpie(home):
    app = typer.Typer()
    command.register(app)
    app.callback()(lambda: None)
    return lambda *words: CliRunner().invoke(
        app, ["ingest", "partition", *map(str, words), "--home", str(home)]
    )


@pytest.fixture
def hold(home, make_collection, make_token):
    """Put a collection into the catalogue: so many tokens from id ``first``, and one without a picture."""

    def put(name, tokens, first=0, on_chain=True, verdict=None):
        number = int.from_bytes(name.encode()) % 10**9
        where = (f"0x{number:040}", "eip155:1") if on_chain else (local_contract(name), LOCAL_FILES)
        collection = make_collection(name, *where)
        with Catalog(home / "catalog.sqlite", create=True) as catalog:
            catalog.put_collection(collection)
            catalog.put_tokens(
                collection,
                [make_token(first + n, collection=collection, image=f"{n}.png") for n in range(tokens)]
                + [make_token(first + tokens, collection=collection)],
            )
        if verdict is not None:
            folder = home / "dataset" / name
            folder.mkdir(parents=True)
            (folder / "metadata_dashboard.json").write_text(json.dumps(verdict))

    return put


def written(folder, name):
    document = json.loads((folder / f"{name}.json").read_text())
    return {
        split: {entry["collection"]: entry["ids"] for entry in entries}
        for split, entries in document["splits"].items()
    }


def figures(result):
    """Collections and tokens by set and split, from the table."""
    rows = [line.split() for line in result.stdout.splitlines()[1:]]
    return {(row[0], row[1]): tuple(int(figure.replace(",", "")) for figure in row[2:]) for row in rows}


def test_every_token_with_a_picture_is_in_exactly_one_split(magpie, hold, home):
    for number in range(20):
        hold(f"Set {number}", 3, first=2**255)
    result = magpie("--set", "NFT1000")
    assert result.exit_code == 0
    assert figures(result) == {
        ("NFT1000", "train"): (16, 48),
        ("NFT1000", "val"): (1, 3),
        ("NFT1000", "test"): (3, 9),
    }
    splits = written(home / "partitions", "NFT1000")
    placed = [name for collections in splits.values() for name in collections]
    assert sorted(placed) == sorted(f"Set {number}" for number in range(20))
    assert {tuple(ids) for split in splits.values() for ids in split.values()} == {
        tuple(str(2**255 + n) for n in range(3))
    }


def test_the_plain_lists_hold_the_same_collections_as_the_document(magpie, hold, home):
    for number in range(5):
        hold(f"Set {number}", 1)
    magpie("--set", "NFT1000")
    for split, collections in written(home / "partitions", "NFT1000").items():
        listed = (home / "partitions" / f"NFT1000.{split}.txt").read_text().splitlines()
        assert listed == list(collections)


def test_the_small_sets_are_drawn_from_the_large_ones(magpie, hold, home):
    for number, tokens in enumerate((1001, 1000, 500, 499)):
        hold(f"Set {number}", tokens)
    magpie()
    whole, mini, small = (
        {name: ids for split in written(home / "partitions", one).values() for name, ids in split.items()}
        for one in ("NFT1000", "NFT1000-mini", "NFT100-mini")
    )
    assert {name: len(ids) for name, ids in mini.items()} == {
        "Set 0": 1000,
        "Set 1": 1000,
        "Set 2": 500,
        "Set 3": 499,
    }
    assert {name: len(ids) for name, ids in small.items()} == {"Set 0": 500, "Set 1": 500, "Set 2": 500}
    assert all(set(small[name]) <= set(mini[name]) <= set(whole[name]) for name in small)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(magpie, hold, home, tmp_path):
    for number in range(6):
        hold(f"Set {number}", 600)
    for folder, seed in (("a", 7), ("b", 7), ("c", 8)):
        magpie("--seed", seed, "--out", tmp_path / folder)
    bytes_of = {
        folder: {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()} for folder in "abc"
    }
    assert len(bytes_of["a"]) == 12
    assert bytes_of["a"] == bytes_of["b"] != bytes_of["c"]


def test_a_new_collection_changes_nobodys_tokens(magpie, hold, tmp_path):
    hold("Cats", 600)
    magpie("--set", "NFT100-mini", "--out", tmp_path / "before")
    hold("Dogs", 600)
    magpie("--set", "NFT100-mini", "--out", tmp_path / "after")
    before, after = (
        {
            name: ids
            for split in written(tmp_path / when, "NFT100-mini").values()
            for name, ids in split.items()
        }
        for when in ("before", "after")
    )
    assert before["Cats"] == after["Cats"]


def test_the_document_says_how_it_was_made(magpie, hold, home):
    hold("Cats", 2)
    hold("Drawings", 1, on_chain=False)
    magpie("--seed", "5", "--set", "NFT1000")
    document = json.loads((home / "partitions" / "NFT1000.json").read_text())
    with Catalog(home / "catalog.sqlite") as catalog:
        assert document["dataset_sha256"] == catalog.dataset_hash()
        (cats,) = [c for c in catalog.collections() if c.name == "Cats"]
    assert (document["format"], document["set"]) == ("magpie-partition/1", "NFT1000")
    assert (document["splits_from"], document["seed"]) == ("seed", 5)
    entries = {entry["collection"]: entry for split in document["splits"].values() for entry in split}
    assert entries["Cats"] == {
        "collection": "Cats",
        "chain": "eip155:1",
        "contract": cats.contract,
        "tokens": 2,
        "ids": ["0", "1"],
    }
    assert "contract" not in entries["Drawings"]


def test_only_collections_that_pass_the_filters_are_dealt(magpie, hold):
    hold("Passes", 2, verdict={"passes_filters": True})
    hold("Fails", 2, verdict={"passes_filters": False})
    hold("Nobody Knows", 2, verdict={"project_name": "Nobody Knows"})
    hold("No Dashboard", 2)
    result = magpie("--set", "NFT1000", "--json")
    (made,) = json.loads(result.stdout)["sets"]
    assert sum(one["collections"] for one in made["counts"].values()) == 3
    assert made["notes"] == [
        "left out, filters not passed: 'Fails'",
        "counted as passed, as no dashboard says: 'No Dashboard', 'Nobody Knows'",
    ]


def test_a_collection_without_pictures_is_left_out_and_told(magpie, hold):
    hold("Cats", 2)
    hold("Invisible", 0)
    result = magpie("--set", "NFT1000")
    assert figures(result)["NFT1000", "train"] == (1, 2)
    assert "left out, without a picture: 'Invisible'" in result.stderr


def test_official_lists_are_followed_with_what_is_missing_told(magpie, hold, home, tmp_path):
    hold("Cool Cats", 2, verdict={"passes_filters": False})
    hold("Azuki", 3)
    hold("Unlisted", 3)
    lists = {
        "training_list": ["coolcats", "coolcats"],
        "validation_list": ["Doodles"],
        "test_list": ["Azuki"],
    }
    (tmp_path / "lists.json").write_text(json.dumps(lists))
    result = magpie("--official", tmp_path / "lists.json", "--set", "NFT1000")
    splits = written(home / "partitions", "NFT1000")
    assert splits == {"train": {"Cool Cats": ["0", "1"]}, "val": {}, "test": {"Azuki": ["0", "1", "2"]}}
    assert figures(result)["NFT1000", "train"] == (1, 2, 800, 6_178_249)
    assert result.stderr.splitlines()[-4:-1] == [
        "'Cool Cats' is listed 2 times for train: counted once",
        "1 listed collections are not in the catalogue: 'Doodles'",
        "left out, in no list: 'Unlisted'",
    ]


def test_a_plan_needs_no_dataset_and_names_no_token(magpie, home, tmp_path):
    (tmp_path / "counts.json").write_text(
        json.dumps({f"Set {n}": [n, 1000 + n] for n in range(19)} | {"Old": 7})
    )
    result = magpie("--counts", tmp_path / "counts.json", "--set", "NFT1000-mini", "--json")
    assert not (home / "catalog.sqlite").exists()
    (made,) = json.loads(result.stdout)["sets"]
    assert sum(one["tokens"] for one in made["counts"].values()) == 19_007
    document = json.loads((home / "partitions" / "NFT1000-mini.json").read_text())
    entries = [entry for split in document["splits"].values() for entry in split]
    assert sorted(entries, key=lambda entry: entry["collection"])[0] == {"collection": "Old", "tokens": 7}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{oops", "is not JSON"),
        ("[1, 2]", "is no partition: it must be a JSON object with training_list, validation_list"),
        ('{"training_list": [], "test_list": []}', "is no partition"),
        ('{"training_list": [1], "validation_list": [], "test_list": []}', "training_list must be a list of"),
        (
            '{"training_list": "ab", "validation_list": [], "test_list": []}',
            "training_list must be a list of",
        ),
        ("[" * 100_000, "nested too deeply"),
        (None, "cannot be read"),
    ],
)
def test_lists_that_are_none_are_refused_in_one_line(magpie, hold, tmp_path, content, told):
    hold("Cats", 2)
    if content:
        (tmp_path / "lists.json").write_text(content)
    result = magpie("--official", tmp_path / "lists.json")
    assert isinstance(result.exception, SourceError)
    assert told in str(result.exception)


@pytest.mark.parametrize("content", ["[]", '{"A": "many"}', '{"A": true}', '{"A": -1}', '{"A": []}'])
def test_counts_that_are_none_are_refused_in_one_line(magpie, tmp_path, content):
    (tmp_path / "counts.json").write_text(content)
    result = magpie("--counts", tmp_path / "counts.json")
    assert isinstance(result.exception, SourceError)
    assert "counts.json" in str(result.exception)


def test_an_unknown_set_is_answered_with_the_nearest(magpie):
    result = magpie("--set", "nft1000mini")
    assert "unknown set 'nft1000mini'; did you mean 'NFT1000-mini'" in str(result.exception)


def test_nothing_to_deal_is_one_line_that_says_what_to_do(magpie, hold):
    hold("Fails", 2, verdict={"passes_filters": False})
    result = magpie()
    assert isinstance(result.exception, InputError)
    assert "no collection to deal: ingest some, or plan from a list with --counts FILE" in str(
        result.exception
    )


def test_too_few_collections_for_the_small_set_are_told(magpie, hold):
    hold("Cats", 500)
    result = magpie("--set", "NFT100-mini")
    assert "train has 1 of the 80 collections of NFT100-mini: no more here have 500 tokens" in result.stderr
