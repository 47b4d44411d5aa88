"""`magpie index` and `magpie search` as people and scripts meet them."""

import json
import subprocess
import sys

import pytest
from PIL import Image

from magpie.errors import InputError


def test_json_holds_everything_a_script_needs(magpie):
    code, out, err = magpie("search", "a blue cube with a top hat", "-k", "1", "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert list(answer) == ["query", "understood", "hits", "unread", "closest", "reason"]
    (hit,) = answer["hits"]
    assert hit["ref"] == "eip155:1/erc721:0x" + "a" * 40 + "/4"
    assert (hit["collection"], hit["token_id"], hit["name"]) == ("Cubes", "4", "Cubes #4")
    assert hit["image"] == "Cubes/images/Cubes_4.png"
    assert {"type": "Headwear", "value": "Top Hat"} in hit["traits"]
    assert [match["phrase"] for match in answer["understood"]] == ["blue", "top hat"]
    assert hit["score"] == sum(part["contribution"] for part in hit["signals"])
    assert hit["rarity"].keys() == {"rank", "ranked", "score", "partial"}
    assert hit["rarity"]["ranked"] == 6
    assert (answer["closest"], answer["reason"]) == ([], None)


def test_every_flag_narrows(magpie):
    _, out, _ = magpie("search", "--trait", "Colour=Red", "--not", "Cap", "-c", "Cubes", "--json")
    assert [hit["token_id"] for hit in json.loads(out)["hits"]] == ["1"]


def test_written_conditions_narrow_and_are_pointed_at_when_they_cannot_be_read(magpie):
    _, out, _ = magpie("search", "--where", "headwear=* and not (colour=blue or headwear=cap)", "--json")
    assert [hit["token_id"] for hit in json.loads(out)["hits"]] == ["1"]
    with pytest.raises(InputError, match="a name is missing: headwear=▶"):
        magpie("search", "--where", "headwear=")


def test_people_see_how_rare_a_token_is(magpie):
    _, out, _ = magpie("search", "--where", "rank=1", "-c", "Cubes")
    assert "1 of 6" in out


def test_no_match_is_exit_code_3_with_reason_and_near_misses(magpie):
    code, out, _ = magpie("search", "a green cube with a top hat", "--json")
    answer = json.loads(out)
    assert (code, answer["hits"]) == (3, [])
    assert answer["reason"].startswith("no token in Cubes combines Colour=Green (1 token)")
    assert answer["closest"][0]["lacks"]
    code, out, _ = magpie("search", "qwerty zxcv")
    assert (code, out) == (3, "no match: nothing here matches “qwerty zxcv” well enough\n")


def test_people_see_what_was_understood_and_what_each_signal_added(magpie):
    code, out, _ = magpie("search", "blue without a hat")
    assert code == 0
    assert "understood Colour=Blue, not Headwear=Top Hat or Headwear=Cap ('hat', 0.90)" in out
    head, *rows = [line.split() for line in out.splitlines() if line][1:]
    assert head == ["token", "traits", "rarity", "score", "image", "caption", "bm25", "traits"]
    assert {tuple(row[1:3]) for row in rows} == {("Balls", "1"), ("Cubes", "5")}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["x", "-k", "0"], "-k 0 is out of range; give a number from 1 to 1000"),
        (["x", "-k", "1001"], "-k 1001 is out of range"),
        ([], "nothing to search for"),
        (["  "], "nothing to search for"),
        (["x", "-c", "Cubs"], "unknown collection 'Cubs'; did you mean 'Cubes'?"),
        (["--trait", "="], 'write it as "Type=Value"'),
        (["--trait", "Colour="], 'write it as "Type=Value"'),
        (["--not", "Hue=Red"], "unknown trait type 'Hue'"),
        (["--image", "nowhere.png"], "no picture at nowhere.png"),
        (["x", "-c", "a/b"], "unknown collection 'a/b'"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(magpie, words, message):
    with pytest.raises(InputError) as caught:
        magpie("search", *words)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("size", "format_"), [((10_000, 9_500), "PNG"), ((4, 4), "TIFF")], ids=["too many pixels", "a TIFF"]
)
def test_a_picture_of_another_kind_is_refused_without_a_warning(magpie, tmp_path, size, format_):
    picture = tmp_path / "asked.png"
    Image.new("1", size).save(picture, format_)
    with pytest.raises(InputError, match="give a PNG, JPEG, WebP or GIF"):
        magpie("search", "--image", str(picture))


def test_index_says_what_it_did(magpie):
    code, out, _ = magpie("index")
    assert code == 0
    lines = [line.split()[:6] for line in out.splitlines()]
    assert lines[1:] == [["image", "8", "0", "0", "0", "0"], ["caption", "8", "0", "0", "0", "0"]]
    _, out, _ = magpie("index", "--json")
    assert json.loads(out)["image"]["encoder"].startswith("hashing:")


def test_the_commands_import_nothing_heavy():
    code = (
        "import sys, typer; from ui.commands import index, search; a = typer.Typer();"
        "index.register(a); search.register(a);"
        "print([m for m in ('torch', 'chromadb', 'numpy', 'rich.table', 'pydantic') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_tokens_are_named_as_examples(magpie):
    code, out, _ = magpie("search", "--like", "Cubes 1", "--unlike", "cubes #2", "--json")
    assert code == 0
    query = json.loads(out)["query"]
    assert [query[name][0]["token_id"] for name in ("like", "unlike")] == ["1", "2"]


@pytest.mark.parametrize("example", ["Cubes", "Cubes one", "Nothing 1", "eip155:1", ""])
def test_an_example_that_names_no_token_is_one_clear_line(magpie, example):
    with pytest.raises(InputError) as told:
        magpie("search", "--like", example)
    assert len(str(told.value).splitlines()) == 1
