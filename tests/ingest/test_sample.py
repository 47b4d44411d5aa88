import gzip
import io
import json
import re
from collections import Counter
from importlib.resources import files

import pytest
from PIL import Image

from ingest import traits
from ingest.pipeline import ingest
from ingest.sources.colours import NAMES, colour_name
from ingest.sources.dicebear import GeneratedSource, readable
from ingest.sources.punks import PunkSource, is_rare, metadata
from ingest.sources.sample import PER_STYLE, sample_sources
from ingest.sources.styles import STYLES
from magpie.catalog import Catalog
from magpie.conditions import Has
from magpie.domain import DEV_CHAIN, GENERATED, local_contract
from magpie.query import Filter
from magpie.settings import Settings

TABLE = json.loads(gzip.decompress(files("ingest").joinpath("art", "punks.json.gz").read_bytes()))


def only_traits(raw):
    return [str(trait) for trait in traits.parse(raw.metadata).traits]


def test_the_table_has_the_published_counts():
    counts = Counter(value for row in TABLE for value in row)
    assert len(TABLE) == 10_000
    assert [counts[kind] for kind in ("Human", "Zombie", "Ape", "Alien")] == [9879, 88, 24, 9]
    assert [counts[gender] for gender in ("Male", "Female")] == [6160, 3840]
    assert [counts[tone] for tone in ("Medium", "Light", "Dark", "Albino")] == [3031, 3006, 2824, 1018]
    assert [counts[name] for name in ("Beanie", "Pipe", "Do-rag", "3D Glasses", "VR")] == [
        44,
        317,
        300,
        286,
        332,
    ]


def test_a_punk_has_its_real_name_traits_and_picture():
    punk = next(raw for raw in PunkSource(full=False).items() if raw.token_id == 7804)
    assert punk.metadata["name"] == "CryptoPunk #7804"
    assert sorted(only_traits(punk)) == [
        "Accessory=Cap Forward",
        "Accessory=Pipe",
        "Accessory=Small Shades",
        "Gender=Male",
        "Type=Alien",
    ]
    image = Image.open(io.BytesIO(punk.read_image())).convert("RGBA")
    assert image.size == (24, 24)
    assert image.getpixel((0, 0)) == (0, 0, 0, 0)
    assert (200, 251, 251, 255) in [colour for _, colour in image.getcolors()]


def test_the_default_sample_has_every_rare_punk():
    source = PunkSource(full=False)
    numbers = {raw.token_id for raw in source.items()}
    assert (source.total, len(numbers)) == (1343, 1343)
    assert {n for n, row in enumerate(TABLE) if is_rare(row)} <= numbers
    assert PunkSource(full=True).total == 10_000


def test_no_punk_is_a_zombie_with_a_pipe_and_one_has_a_beanie():
    assert not [row for row in TABLE if row[0] == "Zombie" and "Pipe" in row]
    assert len([row for row in TABLE if row[0] == "Zombie" and "Beanie" in row]) == 1


def test_a_zombie_has_no_skin_tone():
    row = next(row for row in TABLE if row[0] == "Zombie")
    assert "Skin Tone" not in [trait["trait_type"] for trait in metadata(1, row)["attributes"]]


@pytest.fixture(scope="module")
def generated():
    return {style.name: list(GeneratedSource(style, 12).items()) for style in STYLES}


def test_there_are_enough_styles_each_under_its_own_name():
    assert len(STYLES) >= 16
    assert len({style.title for style in STYLES}) == len({style.name for style in STYLES}) == len(STYLES)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_a_generated_collection_says_what_it_is(style):
    collection = GeneratedSource(style, 1).collection
    assert collection.name.endswith(" Sample")
    assert (collection.chain, collection.source) == (DEV_CHAIN, GENERATED)
    assert collection.contract == local_contract(collection.name)
    assert re.match(r"Generated sample: .+\. Art by .+\.$", collection.description)
    assert re.search(r"\((https?://.+)\)$", collection.licence)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_generated_traits_are_words(style, generated):
    seen = {trait for raw in generated[style.name] for trait in only_traits(raw)}
    assert len(seen) >= 8
    for trait in seen:
        assert re.fullmatch(r"[A-Z0-9][\w ]*=[A-Z0-9][\w ]*", trait), trait
        assert not re.search(r"variant|default|#[0-9a-f]{3}", trait, re.IGNORECASE), trait


def test_generated_tokens_are_the_same_every_time():
    first, again = (list(GeneratedSource(STYLES[0], count).items()) for count in (3, 5))
    assert [(raw.metadata, raw.read_image()) for raw in first] == [
        (raw.metadata, raw.read_image()) for raw in again[:3]
    ]


def test_generated_traits_are_exactly_what_was_drawn():
    source = GeneratedSource(STYLES[0], 1)
    options = {
        "skinColor": ["#edb98a"],
        "topVariant": "shortHairDreads01",
        "eyesVariant": "xDizzy",
        "hatColor": ["#ff5c5c"],
        "noseVariant": "default",
        "topRotate": 3,
    }
    assert source.traits(options, '<path fill="#edb98a"/>') == [
        ("Skin Color", "Tan"),
        ("Top", "Short Hair Dreads 01"),
        ("Eyes", "Dizzy"),
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("shortHairDreads01", "Short Hair Dreads 01"),
        ("smileLOL", "Smile LOL"),
        ("hatColor", "Hat Color"),
        ("a", "A"),
    ],
)
def test_a_variant_is_read_as_words(name, shown):
    assert readable(name) == shown


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("#000000", "Black"),
        ("#fff", "White"),
        ("#ff0000", "Red"),
        ("#00000057", "Black"),
        ("#2c1b18", "Espresso"),
    ],
)
def test_a_colour_has_the_nearest_plain_name(colour, name):
    assert colour_name(colour) == name


def test_each_named_colour_is_called_by_its_name():
    assert [name for name, colour in NAMES.items() if colour_name(colour) != name] == []


def test_the_sample_is_ingested_whole(tmp_path):
    punks, first, *_ = sample_sources()
    assert len(sample_sources()) == 1 + len(STYLES)
    settings = Settings(home=tmp_path)
    punks._numbers = punks._numbers[:50]
    report = ingest([punks, GeneratedSource(first.style, 4)], settings, tick=lambda *_: None, workers=0)
    assert [(c.name, c.tokens, c.images, c.skipped) for c in report.collections] == [
        ("CRYPTOPUNKS", 50, 50, ()),
        ("Avataaars Sample", 4, 4, ()),
    ]
    assert first.total == PER_STYLE
    with Catalog(settings.catalog_path) as catalog:
        assert catalog.collection("cryptopunks").contract == "0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"
        assert catalog.collection("avataaars sample").is_generated
        zombies = Filter(collections=("CRYPTOPUNKS",), where=(Has(type="Type", value="Zombie"),))
        assert all(TABLE[ref.token_id][0] == "Zombie" for ref in catalog.select(zombies))
