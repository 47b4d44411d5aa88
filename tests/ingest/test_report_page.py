import base64
import hashlib
import io
import json
import random
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from zlib import crc32

import pytest
import typer
from hypothesis import HealthCheck, given, settings, strategies
from PIL import Image
from typer.testing import CliRunner

from ingest.page import wording
from ingest.page.build import MANY, build
from ingest.page.distribution import BRIEF, FULL, distribution
from ingest.page.pictures import thumbnail
from ingest.page.record import parse, read
from ingest.page.render import html
from ingest.page.samples import choose
from ingest.pipeline import ingest
from ingest.sources.discovery import discover
from magpie.catalog import Catalog
from magpie.errors import InputError, MissingExtraError
from magpie.settings import Settings
from ui.commands.ingest import report as report_command

IMG = "<img src=x onerror=alert(1)>"
HOSTILE = f'</style></script><script>alert(1)</script>{IMG}" onload="alert(1)'
# What each kind of member may be replaced by.
OPTIONAL = {"total_supply", "description", "problem_examples"}
TEXTS = ("chain", "contract_address", "subject", "official_url", "licence", "sources")
WRONG = [None, True, -1, 1.5, 2**80, "10", "\ud800", [], [[]], {}, {"": None}, {"a": {"b": []}}, float("nan")]
MEMBERS = {
    "chain": "eip155:1",
    "contract_address": "0x" + "1" * 40,
    "total_supply": 12,
    "actual_collected_quantity": 10,
    "image_quantity": 9,
    "subject": "ape",
    "description": "Apes.",
    "official_url": "https://apes.example",
    "licence": "CC0",
    "checksum_sha256": "a" * 64,
    "snapshot_time": "2026-11-22T18:07:31Z",
    "trait_frequencies": {"Fur": {"Gold": 6, "Brown": 4}, "Hat": {"Cap": 3}},
    "tokens_with_traits": 10,
    "dropped_traits": {"no value": 5},
    "problems": {"truncated picture": 1},
    "problem_examples": ["Apes/images/3.png: truncated"],
    "originals": {"types": {"png": 8, "svg": 1}, "bytes": 123_456},
    "duplicates": {"pictures": 7, "tokens": 4},
    "filters": {
        "unrevealed": {"passed": True, "evidence": "7 different pictures"},
        "enough_tokens": {"passed": False, "evidence": "10 tokens, 500 needed"},
        "semantics": {"passed": True, "evidence": "10 tokens have traits"},
    },
    "passes_filters": False,
    "sources": {"kind": "chain", "block_number": 19_000_000, "hosts": ["ipfs.io", "dweb.link"]},
    "captions": {
        "template": 10,
        "published": 0,
        "llm": 23,
        "retried": 5,
        "rule_based": 2,
        "model": "smollm2-135m",
        "faults": {"lacks a trait": 7},
    },
}


class Page(HTMLParser):
    """What a browser makes of the page: its tags with their attributes, and its text without markup."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.words, self.inside = [], [], []
        self.code = {"style": "", "script": ""}
        self.feed(source)
        self.text = " ".join("".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside.append(tag)
        if tag not in ("a", "bdi", "code", "span", "strong"):
            self.words.append(" ")

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, text):
        if self.inside and self.inside[-1] in self.code:
            self.code[self.inside[-1]] += text
        else:
            self.words.append(text)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def draw(path, colour="red", size=(512, 512)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


def quiet(stage, done, total):
    """Nobody watches."""


@pytest.fixture
def add(tmp_path, make_collection, make_token):
    """Put a collection of ``tokens`` into a home, with its dashboard, pictures and captions."""

    def put(name="Apes", tokens=3, dashboard=MEMBERS, pictures=True, captions=()):
        home = make_collection(name, f"0x{crc32(name.encode()):040x}")
        folder = tmp_path / "dataset" / name
        folder.mkdir(parents=True)
        for token_id in range(tokens if pictures else 0):
            draw(folder / "images" / f"{name}_{token_id}.png", (10 * token_id % 256, 80, 80))
        for token_id, lines in enumerate(captions):
            (folder / "captions").mkdir(exist_ok=True)
            (folder / "captions" / f"{name}_{token_id}.txt").write_text("\n".join(lines))
        image = f"{name}/images/{name}_{{}}.png" if pictures else None
        made = [
            make_token(i, ["Fur=Gold"], home, image=image and image.format(i), name=f"{name} #{i}")
            for i in range(tokens)
        ]
        with Catalog(tmp_path / "catalog.sqlite", create=True) as catalog:
            catalog.put_collection(home)
            catalog.put_tokens(home, made)
        if dashboard is not None:
            (folder / "metadata_dashboard.json").write_text(json.dumps(dashboard))
        return home

    return put


@pytest.fixture
def page(tmp_path):
    """The page over that home."""

    def make(**choices):
        return Page(html(build(Settings(home=tmp_path), tick=quiet, **choices)))

    return make


@pytest.fixture
def magpie(tmp_path):
    app = typer.Typer()
    group = typer.Typer()
    report_command.register(group)
    app.add_typer(group, name="ingest")
    app.callback()(lambda: None)
    group.callback()(lambda: None)

    def run(*arguments):
        return CliRunner().invoke(app, ["ingest", "report", *map(str, arguments), "--home", str(tmp_path)])

    return run


# -- what is on the page


def test_every_recorded_figure_is_on_the_page(add, page):
    add()
    text = page().text
    for words in (
        "10 of a supply of 12",
        "9, 7 of them different",
        "8 png, 1 svg, 123 KB",
        "19,000,000",
        "ipfs.io, dweb.link",
        "22 Nov 2026, 18:07 UTC",
        "3 values in 2 types",
        "Gold 6 60%",
        "no value 5",
        "truncated picture 1",
        "Apes/images/3.png: truncated",
        "10 template 23 model 5 model, retried 2 rules",
        "Model smollm2-135m",
        "Not kept, by reason lacks a trait 7",
    ):
        assert words in text
    assert "not recorded" not in text


def test_pictures_that_all_differ_are_said_to(add, page):
    add(dashboard={**MEMBERS, "duplicates": {"pictures": 9, "tokens": 0}})
    assert "Pictures 9, all different" in page().text


def test_a_filter_that_fails_says_so_in_words(add, page):
    add()
    text = page().text
    assert "✗ fails: too few tokens" in text
    assert "✗ fail Enough tokens 10 tokens, 500 needed" in text
    assert "✓ pass Pictures differ 7 different pictures" in text
    assert "pass the filters 0 of 1" in text


@pytest.mark.parametrize(
    "content",
    [None, b"", b"\xff\xfe", b"[]", b"{oops", b"null", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"],
    ids=["absent", "empty", "bytes", "list", "no JSON", "null", "deep", "a number of 5,000 digits"],
)
def test_a_dashboard_that_cannot_be_read_leaves_a_page_that_says_so(add, page, tmp_path, content):
    add(dashboard=None)
    if content is not None:
        (tmp_path / "dataset" / "Apes" / "metadata_dashboard.json").write_bytes(content)
    made = page()
    assert "The dashboard " in made.text
    assert made.text.count("? not recorded") == 5
    assert len(made.all("img")) == 3


@pytest.mark.parametrize("member", sorted(set(MEMBERS) - OPTIONAL))
def test_a_member_that_is_absent_is_said_to_be(add, page, member):
    add(dashboard={name: held for name, held in MEMBERS.items() if name != member})
    absent = {"captions": "no paraphrases recorded", **dict.fromkeys(TEXTS, "not stated")}
    assert absent.get(member, "not recorded") in page().text


@pytest.mark.parametrize("member", sorted(OPTIONAL))
def test_what_need_not_be_there_is_not_missed(add, page, member):
    add(dashboard={name: held for name, held in MEMBERS.items() if name != member})
    assert not [words for words in ("not recorded", "not stated", "None") if words in page().text]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_members_of_any_type_are_no_error(add, page, wrong):
    add(dashboard=dict.fromkeys(MEMBERS, wrong))
    assert "not recorded" in page().text


def test_a_dashboard_from_before_this_page_still_shows_what_it_has(add, page):
    add(dashboard={"actual_collected_quantity": 10, "image_quantity": 9, "source": "folder"})
    made = page()
    assert "Source folder" in made.text
    assert "Traits not recorded" in made.text


def test_a_figure_that_is_recorded_as_none_is_a_figure(add, page):
    add(dashboard={**MEMBERS, "trait_frequencies": {}, "problems": {}, "dropped_traits": {}})
    text = page().text
    assert "No token has traits." in text
    assert "No trait was left out." in text
    assert "There was no problem." in text


def test_what_an_ingest_records_is_what_the_page_shows(tmp_path):
    folder = tmp_path / "Apes"
    for token_id, colour in enumerate(["red", "red", "blue"]):
        draw(folder / "images" / f"{token_id}.png", colour, (24, 24))
    (folder / "images" / "3.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    (folder / "metadata").mkdir()
    for token_id, fur in enumerate(["Gold", "Gold", "None", "Brown"]):
        attributes = {"attributes": [{"trait_type": "Fur", "value": fur}]}
        (folder / "metadata" / f"{token_id}.json").write_text(json.dumps(attributes))
    home = Settings(home=tmp_path)
    ingest(discover([folder]).sources, home, tick=quiet, workers=0)
    report = build(home, tick=quiet)
    record = report.chapters[0].record
    assert {name for name, held in record if held is None} <= {"supply", "captions"}
    text = Page(html(report)).text
    for words in (
        "Pictures 3, 2 of them different",
        "Tokens with traits 3",
        "Gold 2 50%",
        "✗ fails: too few tokens",
        "✓ pass Pictures differ 3 pictures, 2 different",
        "no value 1",
        "Apes/images/3.png: ",
        "Source folder",
    ):
        assert words in text


# -- what strangers wrote


def strings(value):
    """``value`` with every text in it, keys too, made hostile."""
    match value:
        case str():
            return HOSTILE + value
        case list():
            return [strings(held) for held in value]
        case dict():
            return {
                HOSTILE + name if name[0].isupper() else name: strings(held) for name, held in value.items()
            }
    return value


def test_markup_is_text_wherever_it_comes_from(add, page, tmp_path, make_token):
    home = add(dashboard=strings(MEMBERS), captions=[[HOSTILE, HOSTILE]] * 3)
    with Catalog(tmp_path / "catalog.sqlite") as catalog:
        image = "Apes/images/Apes_0.png"
        catalog.put_tokens(home, [make_token(0, [f"{IMG}={HOSTILE}"], home, name=HOSTILE, image=image)])
    made = page()
    assert made.text.count(IMG) > 20
    assert len(made.all("script")) == len(made.all("style")) == 1
    assert all(shown["src"].startswith("data:image/webp;base64,") for shown in made.all("img"))
    assert {name for _, held in made.tags for name in held if name.startswith("on")} == set()
    assert any(IMG in shown["alt"] for shown in made.all("img"))


def test_nothing_is_fetched_and_only_its_own_script_may_run(add, page):
    add(dashboard=strings(MEMBERS))
    made = page()
    addresses = [
        held[name] for _, held in made.tags for name in ("src", "href", "srcset", "data") if name in held
    ]
    assert {address[: address.index(":") + 1] if ":" in address else address for address in addresses} == {
        "#overview",
        "#c1",
        "data:",
    }
    policy = next(held["content"] for held in made.all("meta") if "http-equiv" in held)
    for kind, code in made.code.items():
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert [held for _, held in made.tags if "style" in held] == []


def test_direction_and_control_characters_are_gone_and_texts_are_isolated(add, page):
    trick = "gold\u202eevil\u2066\u200b\x07\x1b[31m"
    add(dashboard={**MEMBERS, "description": trick, "trait_frequencies": {trick: {trick: 1}}})
    made = page()
    assert made.text.count("goldevil[31m") == 3
    assert not set(made.text) & set("\u202e\u2066\u200b\x07\x1b")


def test_names_that_look_alike_are_counted_together(add, page):
    add(dashboard={**MEMBERS, "trait_frequencies": {"Fur": {"Gold": 2, "Go\u200bld": 3, "\u200b": 1}}})
    text = page().text
    assert "Gold 5 50%" in text
    assert "(no text) 1 10%" in text


json_values = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats()
    | strategies.text(),
    lambda inner: strategies.lists(inner) | strategies.dictionaries(strategies.text(), inner),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(strategies.dictionaries(strategies.sampled_from(sorted(MEMBERS)), json_values))
def test_any_dashboard_gives_a_record(stated):
    record = parse(stated, "Apes")
    shown = record.model_dump_json()
    assert shown == shown.encode().decode()
    assert all(counted >= 0 for counts in (record.traits or {}).values() for counted in counts.values())


def test_a_description_without_an_end_is_cut():
    assert len(parse({"description": "x" * 10**6}, "Apes").description) == 1200


def test_a_dashboard_above_the_limit_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "d.json"
    path.write_text(" " * 11)
    monkeypatch.setattr("ingest.page.record.MAX_BYTES", 10)
    assert "larger than" in read(path, "Apes").fault
    path.write_text("{}        ")
    assert read(path, "Apes").fault == ""


# -- headings, landmarks, alternatives


def test_headings_descend_one_level_at_a_time_and_pictures_have_words(add, page):
    add(captions=[["A picture of ape."]] * 3)
    add("Birds")
    made = page()
    levels = [int(tag[1]) for tag, _ in made.tags if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    for landmark in ("header", "main", "footer", "nav"):
        assert made.all(landmark)
    pictures = made.all("img")
    assert [p["alt"] for p in pictures[:3]] == [f"Apes #{n}, Fur Gold" for n in range(3)]
    assert all("alt" in p for p in pictures)
    ids = [held["id"] for _, held in made.tags if "id" in held]
    assert len(ids) == len(set(ids))


# -- how much is shown


@pytest.mark.parametrize(
    ("values", "bars", "tail", "unlisted"),
    [(0, 0, 0, 0), (1, 1, 0, 0), (8, 8, 0, 0), (9, 8, 1, 0), (48, 8, 40, 0), (49, 8, 40, 1)],
)
def test_long_tails_are_folded(values, bars, tail, unlisted):
    counts = {f"v{n:02}": 100 - n for n in range(values)}
    (shown,) = distribution({"Fur": counts}, 1000, FULL)
    assert (len(shown.bars), len(shown.tail), shown.unlisted) == (bars, tail, unlisted)
    assert [bar.value for bar in shown.bars + shown.tail] == sorted(counts)[: bars + tail]


def test_bars_have_one_scale_and_rare_is_under_one_percent():
    fur, hat = distribution({"Fur": {"Gold": 500, "Red": 10, "Blue": 9}, "Hat": {"Cap": 250}}, 1000, FULL)
    assert [(bar.length, bar.share) for bar in fur.bars] == [(1.0, 0.5), (0.02, 0.01), (0.018, 0.009)]
    assert (fur.rare, fur.traits, hat.rare) == (1, 519, 0)
    assert hat.bars[0].length == 0.5


@pytest.mark.parametrize("tokens", [None, 0])
def test_without_a_number_of_tokens_there_are_counts_and_no_shares(tokens):
    (fur,) = distribution({"Fur": {"Gold": 5}}, tokens, FULL)
    assert (fur.bars[0].tokens, fur.bars[0].share, fur.rare) == (5, None, None)


def test_a_value_on_more_tokens_than_there_are_has_no_share():
    (fur,) = distribution({"": {"Gold": 5}}, 4, FULL)
    assert (fur.type, fur.bars[0].share) == ("(no type)", None)


def test_types_with_few_traits_are_left_out_last(add, page):
    types = {f"type {n:02}": {"a": 100 - n} for n in range(FULL.types + 2)}
    add(dashboard={**MEMBERS, "trait_frequencies": types})
    text = page().text
    assert "type 39" in text
    assert "type 40" not in text
    assert "and 2 more types" in text


@pytest.mark.parametrize(("collections", "extent"), [(1, FULL), (MANY, FULL), (MANY + 1, BRIEF)])
def test_a_page_over_very_many_collections_is_brief(tmp_path, catalog, make_collection, collections, extent):
    for n in range(collections):
        catalog.put_collection(make_collection(f"C{n}", f"0x{n:040x}"))
    report = build(Settings(home=tmp_path), tick=quiet)
    assert (len(report.chapters), report.extent) == (collections, extent)
    assert Page(html(report)).text.count("fewer than usual is shown of each") == (extent == BRIEF)


def test_without_a_collection_one_line_says_what_to_run(tmp_path):
    with pytest.raises(InputError, match="magpie ingest sample"):
        build(Settings(home=tmp_path), tick=quiet)
    Catalog(tmp_path / "catalog.sqlite", create=True).close()
    with pytest.raises(InputError, match="magpie ingest sample"):
        build(Settings(home=tmp_path), tick=quiet)


def test_named_collections_are_shown_once_each(add, page):
    for name in ("Apes", "Birds", "Cats"):
        add(name)
    assert [held["id"] for held in page(names=["cats", "Apes", "CATS"]).all("article")] == ["c1", "c2"]
    with pytest.raises(InputError, match="Birds"):
        page(names=["Brids"])


# -- samples


def test_the_seed_decides_which_tokens_are_shown(add, tmp_path):
    add(tokens=40)
    with Catalog(tmp_path / "catalog.sqlite") as catalog:
        chosen = {
            seed: [
                sample.token_id
                for sample in choose(catalog, tmp_path / "dataset", "Apes", seed=seed, extent=FULL).pictured
            ]
            for seed in (0, 0, 1)
        }
        again = choose(catalog, tmp_path / "dataset", "Apes", seed=0, extent=FULL)
    assert [sample.token_id for sample in again.pictured] == chosen[0] != chosen[1]
    assert chosen[0] == sorted(chosen[0], key=int)


@pytest.mark.parametrize(("tokens", "shown"), [(0, 0), (1, 1), (12, 12), (13, 12)])
def test_twelve_pictures_or_as_many_as_there_are(add, page, tokens, shown):
    add(tokens=tokens)
    made = page()
    assert len(made.all("img")) == shown
    assert ("no picture to show" in made.text) == (shown == 0)


def test_tokens_without_a_picture_that_can_be_read_are_passed_over(add, page, tmp_path):
    add(tokens=14)
    images = tmp_path / "dataset" / "Apes" / "images"
    (images / "Apes_3.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    (images / "Apes_4.png").unlink()
    shown = [held["alt"] for held in page().all("img")]
    assert len(shown) == 12
    assert not {"Apes #3, Fur Gold", "Apes #4, Fur Gold"} & set(shown)


def test_a_picture_outside_the_dataset_is_not_shown(add, page, tmp_path, make_token):
    home = add(tokens=0)
    draw(tmp_path / "private.png")
    with Catalog(tmp_path / "catalog.sqlite") as catalog:
        catalog.put_tokens(home, [make_token(0, collection=home, image="../private.png")])
    assert page().all("img") == []


def test_three_tokens_show_all_their_captions(add, page):
    add(
        tokens=5,
        captions=[[f"A picture of ape {n}.", "First.", "Second.", "Third.", "Fourth."] for n in range(5)],
    )
    text = page().text
    assert text.count("A picture of ape") == 3
    assert text.count("First. Second. Third.") == 3
    assert "Fourth." not in text


def test_captions_are_shown_without_pictures_too(add, page):
    add(tokens=2, pictures=False, captions=[["A picture of ape."]])
    made = page()
    assert "A picture of ape." in made.text
    assert made.all("img") == []


def test_the_same_dataset_gives_the_same_page(add, tmp_path):
    add(tokens=20)
    one, two = (html(build(Settings(home=tmp_path), tick=quiet)) for _ in range(2))
    assert one == two


def test_without_jinja_the_extra_is_named(add, page, monkeypatch):
    add()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"magpie\[ingest\]"):
        page()


# -- thumbnails


def opened(uri):
    head, _, content = uri.partition(",")
    assert head == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(content)))


@pytest.mark.parametrize(
    ("size", "small"),
    [((512, 512), (96, 96)), ((512, 4096), (12, 96)), ((512, 256), (96, 48)), ((24, 24), (24, 24))],
)
def test_a_thumbnail_fits_96_pixels(tmp_path, size, small):
    draw(tmp_path / "a.png", size=size)
    assert opened(thumbnail(tmp_path / "a.png")).size == small


def test_pixel_art_keeps_its_colours_and_its_invisible_parts(tmp_path):
    picture = Image.new("RGBA", (24, 24), (0, 0, 0, 0))
    picture.paste((200, 30, 40, 255), (0, 0, 12, 24))
    picture.resize((512, 512), Image.Resampling.NEAREST).save(tmp_path / "a.png")
    shown = opened(thumbnail(tmp_path / "a.png")).convert("RGBA")
    assert shown.getpixel((5, 5)) == (200, 30, 40, 255)
    assert shown.getpixel((90, 5))[3] == 0


def test_a_thumbnail_of_noise_is_small_too(tmp_path):
    noise = Image.frombytes("RGB", (512, 512), random.Random(1).randbytes(512 * 512 * 3))
    noise.save(tmp_path / "a.png")
    assert len(thumbnail(tmp_path / "a.png")) < 6 * 1024 * 4 / 3 + 40


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_has_no_thumbnail(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    assert thumbnail(tmp_path / "a.png") is None


# -- words


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (0, "0.0%"),
        (0.0001, "<0.1%"),
        (0.001, "0.1%"),
        (0.0999, "10.0%"),
        (0.1, "10%"),
        (0.9999, "99.9%"),
        (1, "100%"),
    ],
)
def test_a_share_that_exists_is_not_none_and_one_that_is_not_whole_is_not_all(part, words):
    assert wording.share(part) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (999_600, "1.0 MB"),
        (34_567_890, "35 MB"),
    ],
)
def test_sizes(count, words):
    assert wording.size(count) == words


def test_a_time_of_another_zone_is_shown_in_utc():
    record = parse({"snapshot_time": "2026-01-01T01:30:00+02:00"}, "Apes")
    assert record.snapshot == datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    assert wording.moment(record.snapshot) == "31 Dec 2025, 23:30 UTC"


@pytest.mark.parametrize("text", ["yesterday", "0001-01-01T00:00:00+14:00", "2026-13-01", ""])
def test_what_is_no_time_is_not_recorded(text):
    assert parse({"snapshot_time": text}, "Apes").snapshot is None


# -- the command


def test_the_page_is_written_and_its_path_printed(add, magpie, tmp_path):
    add()
    done = magpie()
    path = tmp_path / "report" / "index.html"
    assert (done.exit_code, done.stdout) == (0, f"{path}\n")
    assert "1 collection, 10 tokens" in done.stderr
    assert path.read_text("utf-8").startswith("<!doctype html>")
    assert [found.name for found in path.parent.iterdir()] == ["index.html"]


def test_json_prints_the_same_facts_without_pictures(add, magpie, tmp_path):
    add(captions=[["A picture of ape."]])
    out = tmp_path / "other" / "page.html"
    facts = json.loads(magpie("--out", out, "--json").stdout)
    assert (facts["page"], facts["bytes"]) == (str(out), out.stat().st_size)
    assert facts["totals"]["tokens"] == 10
    (chapter,) = facts["chapters"]
    assert chapter["record"]["traits"] == MEMBERS["trait_frequencies"]
    assert chapter["record"]["verdicts"][1] == {
        "name": "enough tokens",
        "failure": "too few tokens",
        "passed": False,
        "evidence": "10 tokens, 500 needed",
    }
    assert "data:" not in json.dumps(facts)


def test_an_old_page_is_replaced_whole(add, magpie, tmp_path):
    add()
    out = tmp_path / "page.html"
    out.write_text("old" * 10**6)
    magpie("--out", out)
    assert out.read_text("utf-8").rstrip().endswith("</html>")


def test_a_folder_is_no_file_to_write_to(add, magpie, tmp_path):
    add()
    done = magpie("--out", tmp_path)
    assert done.exit_code == 1
    assert isinstance(done.exception, InputError)
    assert "--out" in str(done.exception)


@pytest.mark.parametrize("works", [True, False])
def test_open_shows_the_page(add, magpie, tmp_path, monkeypatch, works):
    add()
    asked = []
    monkeypatch.setattr("webbrowser.open", lambda address: asked.append(address) or works)
    done = magpie("--open")
    assert done.exit_code == 0
    assert asked == [(tmp_path / "report" / "index.html").as_uri()]
    assert ("no browser" in done.stderr) == (not works)
