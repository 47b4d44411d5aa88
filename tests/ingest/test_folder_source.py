import json
import os
import stat
import zipfile

import pytest

from ingest.sources.discovery import collection_prefixes, discover, safe_name
from ingest.sources.tree import ZipTree
from ingest.untrusted_json import parse_json
from magpie.domain import LOCAL_FILES, local_contract
from magpie.errors import InputError, SourceError

GOLD = {"name": "Ape #1", "attributes": [{"trait_type": "Fur", "value": "Gold"}]}
CONTRACT = "0x" + "a" * 40


def write(folder, files):
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return folder


def zipped(file, files):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content if isinstance(content, bytes) else json.dumps(content))
    return file


def only(paths, **options):
    found = discover(paths, **options)
    assert found.problems == ()
    (source,) = found.sources
    return source


def reasons(problems):
    return [f"{problem.where}: {problem.reason}" for problem in problems]


@pytest.mark.parametrize(
    "files",
    [
        {"images/Apes_1.png": b"picture", "metadata/Apes_1.json": GOLD},
        {"img/1.png": b"picture", "metadata/1.json": GOLD},
        {"Apes/images/1.png": b"picture", "Apes/metadata/1.json": GOLD},
        {"images/0001.PNG": b"picture", "metadata/1": GOLD},
    ],
)
@pytest.mark.parametrize("as_zip", [False, True])
def test_both_namings_are_read_from_folders_and_zips(tmp_path, files, as_zip):
    path = zipped(tmp_path / "Apes.zip", files) if as_zip else write(tmp_path / "Apes", files)
    source = only([path])
    (token,) = source.items()
    assert (source.collection.name, source.total, token.token_id) == ("Apes", 1, 1)
    assert (token.metadata, token.read_image(), token.problems) == (GOLD, b"picture", ())


def test_tokens_are_the_union_of_pictures_and_metadata(tmp_path):
    write(
        tmp_path / "Apes",
        {"images/1.png": b"p", "images/2.gif": b"p", "metadata/2.json": GOLD, "metadata/10.json": {}},
    )
    tokens = list(only([tmp_path / "Apes"]).items())
    assert [(t.token_id, t.read_image is not None, t.metadata is not None) for t in tokens] == [
        (1, True, False),
        (2, True, True),
        (10, False, True),
    ]


def test_published_captions_and_prompts_come_along(tmp_path):
    write(
        tmp_path / "Apes",
        {"images/1.png": b"p", "caption/1.txt": b"A golden ape.", "prompts/1.txt": b"Gold Fur"},
    )
    (token,) = only([tmp_path / "Apes"]).items()
    assert (token.caption, token.prompt) == ("A golden ape.", "Gold Fur")


def test_a_uint256_token_id_is_read_and_a_larger_one_is_not(tmp_path):
    largest = 2**256 - 1
    write(
        tmp_path / "Apes",
        {f"images/{largest}.png": b"p", f"images/{largest + 1}.png": b"p", "images/read_me.txt": b"x"},
    )
    source = only([tmp_path / "Apes"])
    assert [token.token_id for token in source.items()] == [largest]
    assert reasons(source.problems) == [
        f"Apes/images/{largest + 1}.png: no token id in the file's name; skipped",
        "Apes/images/read_me.txt: no token id in the file's name; skipped",
    ]


def test_of_two_files_for_one_token_the_first_counts(tmp_path):
    write(
        tmp_path / "Apes",
        {"images/1.gif": b"first", "images/1.png": b"second", "images/Apes_1.png": b"third"},
    )
    source = only([tmp_path / "Apes"])
    (token,) = source.items()
    assert token.read_image() == b"first"
    assert [p.where for p in source.problems] == ["Apes/images/1.png", "Apes/images/Apes_1.png"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{not json", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b"[" * 100_000, "JSON nested too deeply"),
        (b"[" * 100 + b"]" * 100, "JSON nested too deeply"),
        (b"9" * 5000, "not JSON"),
        (b'"' + b"x" * 2**20 + b'"', "JSON larger than 1 MiB"),
    ],
)
def test_metadata_that_is_no_json_is_refused_in_one_line(content, reason):
    with pytest.raises(SourceError, match=reason) as caught:
        parse_json(content)
    assert "\n" not in str(caught.value)


def test_bad_metadata_costs_the_token_its_traits_only(tmp_path):
    write(tmp_path / "Apes", {"images/1.png": b"p", "metadata/1.json": b"oops", "metadata/2.json": b'"text"'})
    first, second = only([tmp_path / "Apes"]).items()
    assert (first.metadata, first.read_image()) == (None, b"p")
    assert first.problems[0].where == "Apes/metadata/1.json"
    assert second.problems[0].reason == "not a JSON object; the token has no traits"


def test_a_zip_beside_a_folder_and_things_that_are_neither(tmp_path):
    home = tmp_path / "packs"
    write(home / "Apes", {"images/1.png": b"p"})
    write(home / "Empty", {"notes/1.txt": b"p"})
    zipped(home / "Birds.zip", {"images/1.png": b"p"})
    (home / "Broken.zip").write_bytes(b"PK not really")
    zipped(home / "Sheet.zip", {"sheet-50x50.png": b"p"})
    found = discover([home, tmp_path / "nowhere"])
    assert [source.collection.name for source in found.sources] == ["Apes", "Birds"]
    assert reasons(found.problems) == [
        "Broken.zip: not a readable zip (File is not a zip file)",
        "Empty: holds no images or metadata folder with files named <id> or <Name>_<id>",
        "Sheet.zip: holds no images or metadata folder with files named <id> or <Name>_<id>",
        f"{tmp_path / 'nowhere'}: no such file or folder",
    ]


def test_a_collection_given_twice_is_read_once(tmp_path):
    first = write(tmp_path / "a" / "Apes", {"images/1.png": b"p"})
    second = zipped(tmp_path / "apes.zip", {"images/1.png": b"p"})
    found = discover([first, second])
    assert [source.collection.name for source in found.sources] == ["Apes"]
    assert reasons(found.problems) == ["apes.zip: 'apes' is given twice; only the first is read"]


def test_one_zip_may_hold_several_collections(tmp_path):
    path = zipped(tmp_path / "both.zip", {"Apes/images/1.png": b"p", "Birds/metadata/1.json": GOLD})
    assert [source.collection.name for source in discover([path]).sources] == ["Apes", "Birds"]


def test_a_contract_is_for_one_collection(tmp_path):
    write(tmp_path / "packs" / "Apes", {"images/1.png": b"p"})
    source = only([tmp_path / "packs" / "Apes"], contract=CONTRACT, subject="gorilla")
    collection = source.collection
    assert (collection.chain, collection.contract, collection.subject) == ("eip155:1", CONTRACT, "gorilla")
    write(tmp_path / "packs" / "Birds", {"images/1.png": b"p"})
    with pytest.raises(InputError, match="--contract is for one collection, and 2 were found"):
        discover([tmp_path / "packs"], contract=CONTRACT)


def test_without_a_contract_the_collection_is_local(tmp_path):
    collection = only([write(tmp_path / "Apes", {"images/1.png": b"p"})]).collection
    assert (collection.chain, collection.contract, collection.source) == (
        LOCAL_FILES,
        local_contract("Apes"),
        "folder",
    )


def test_the_dashboard_names_the_contract_and_more(tmp_path):
    board = {
        "contract_address": CONTRACT.upper().replace("X", "x"),
        "description": "All apes.",
        "subject": "gorilla",
    }
    write(tmp_path / "Apes", {"images/1.png": b"p", "metadata_dashboard.json": board | {"total_supply": 7}})
    collection = only([tmp_path / "Apes"]).collection
    assert (collection.chain, collection.contract, collection.supply) == ("eip155:1", CONTRACT, 7)
    assert (collection.description, collection.subject) == ("All apes.", "gorilla")


@pytest.mark.parametrize(
    "board", [b"oops", {"contract_address": "0x12"}, {"chain": "mars", "total_supply": "many"}, []]
)
def test_a_bad_dashboard_is_no_obstacle(tmp_path, board):
    source = only([write(tmp_path / "Apes", {"images/1.png": b"p", "metadata_dashboard.json": board})])
    assert source.collection.chain == LOCAL_FILES


def test_the_description_is_what_the_tokens_agree_on(tmp_path):
    told = {f"metadata/{n}.json": {"description": "Ten apes.", "image": str(n)} for n in range(3)}
    assert only([write(tmp_path / "Apes", told)]).collection.description == "Ten apes."


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def test_hostile_entries_are_left_out_one_line_each(tmp_path):
    path = tmp_path / "Evil.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("/etc/images/1.png", "../images/2.png", "images/../../3.png", "C:/images/4.png"):
            archive.writestr(name, b"p")
        archive.writestr(link("images/5.png"), "/etc/passwd")
        archive.writestr("images/6.png", b"\0" * 5 * 2**20)
        archive.writestr("images/7.png", b"fine")
        archive.writestr("__MACOSX/images/8.png", b"hidden")
    tree = ZipTree(path)
    assert tree.paths == ("images/7.png",)
    assert reasons(tree.problems) == [
        "Evil.zip//etc/images/1.png: a path that leads outside the archive; skipped",
        "Evil.zip/../images/2.png: a path that leads outside the archive; skipped",
        "Evil.zip/images/../../3.png: a path that leads outside the archive; skipped",
        "Evil.zip/C:/images/4.png: a path that leads outside the archive; skipped",
        "Evil.zip/images/5.png: a symbolic link; skipped",
        "Evil.zip/images/6.png: unpacks to more than 200 times its size (a zip bomb?); skipped",
    ]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_second_entry_of_the_same_name_is_left_out(tmp_path):
    with zipfile.ZipFile(tmp_path / "Twice.zip", "w") as archive:
        archive.writestr("images/1.png", b"first")
        archive.writestr("images/1.png", b"second")
    tree = ZipTree(tmp_path / "Twice.zip")
    assert [p.reason for p in tree.problems] == ["a second file of this name; skipped"]


def test_an_encrypted_entry_is_left_out(tmp_path):
    path = zipped(tmp_path / "Locked.zip", {"images/1.png": b"p"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert [p.reason for p in ZipTree(path).problems] == ["encrypted; skipped"]


def test_a_damaged_entry_is_refused_when_read(tmp_path):
    path = zipped(tmp_path / "Torn.zip", {"images/1.png": b"picture" * 50})
    content = bytearray(path.read_bytes())
    content[45] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(SourceError, match="cannot be unpacked"):
        ZipTree(path).read("images/1.png")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("..", "collection"),
        ("a/b", "a_b"),
        (" Apes. ", "Apes"),
        ("", "collection"),
        ("x" * 200, "x" * 99 + "…"),
    ],
)
def test_a_name_is_safe_as_a_folder(name, safe):
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    ("paths", "prefixes"),
    [
        (["images/1.png"], [""]),
        (["a/images/1.png", "a/metadata/1.json"], ["a/"]),
        (["a/images/1.png", "a/images/images/1.png", "b/img/1.png"], ["a/", "b/"]),
        (["1.png"], []),
        ([], []),
    ],
)
def test_collections_in_an_archive_are_found_by_their_folders(paths, prefixes):
    assert collection_prefixes(paths) == prefixes


def test_a_pipe_among_the_pictures_does_not_block(tmp_path):
    write(tmp_path / "Apes", {"images/1.png": b"p"})
    os.mkfifo(tmp_path / "Apes" / "images" / "2.png")
    _, pipe = only([tmp_path / "Apes"]).items()
    with pytest.raises(SourceError, match="not a file"):
        pipe.read_image()


def test_a_number_beyond_all_floats_can_be_written_back():
    assert parse_json(b'{"big": 1e400, "small": 2.5}') == {"big": "1e400", "small": 2.5}
