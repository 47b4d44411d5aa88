import io
import json
import re
import zipfile

import numpy as np
import pytest
from PIL import Image

from ingest import filters, images, traits
from ingest.pipeline import ingest
from ingest.sources.discovery import discover
from ingest.sources.punks import PunkSource
from magpie.catalog import Catalog
from magpie.settings import Settings

pytestmark = pytest.mark.shared

# Published files by pack: tokens, pictures, files of metadata.
PACKS = {
    "COVIDPunks": (261, 261, 261),
    "CRYPTOPUNKS": (10_000, 10_000, 10_000),
    "Cryptoadz": (7_025, 7_025, 7_025),
    "EightBit": (8_888, 8_888, 8_888),
    "Feudalz": (100, 100, 100),
    "Moonbears": (4_000, 4_000, 4_000),
    "Moonbirds": (10_000, 10_000, 10_000),
    "Moonrunners": (10_000, 10_000, 10_000),
    "NounPunks": (9_969, 9_969, 1_000),
    "OnChainMonkey": (10_000, 10_000, 10_000),
    "The Americans": (1_515, 393, 1_515),
    "x_FastFoodMoonbirds": (5_000, 5_000, 5_000),
    "x_LilMoonbirdies": (10_000, 10_000, 4_033),
    "x_MoonbirdPunks": (2_469, 2_469, 2_469),
    "x_PixelPudgies": (5_000, 5_000, 5_000),
    "x_PunkForce": (3_500, 3_500, 3_500),
    "x_Starbirds": (3_000, 3_000, 3_000),
}


def test_every_pack_is_found_with_all_its_tokens(shared_packs):
    found = discover([shared_packs])
    assert {source.collection.name: source.total for source in found.sources} == {
        name: tokens for name, (tokens, _, _) in PACKS.items()
    }
    assert [problem.where for problem in found.problems] == ["Basic Bored Ape Club.zip"]
    assert [source.problems for source in found.sources if source.problems] == []


@pytest.mark.parametrize("name", ["NounPunks", "The Americans", "x_LilMoonbirdies"])
def test_tokens_with_only_a_picture_or_only_metadata_are_all_there(shared_packs, name):
    (source,) = discover([shared_packs / f"{name}.zip"]).sources
    raws = list(source.items())
    with_both = (
        sum(raw.read_image is not None for raw in raws),
        sum(raw.metadata is not None for raw in raws),
    )
    assert with_both == PACKS[name][1:]
    assert [raw.problems for raw in raws if raw.problems] == []


def test_small_packs_are_ingested_to_the_last_trait(shared_packs, tmp_path):
    names = ("COVIDPunks", "Feudalz", "The Americans")
    settings = Settings(home=tmp_path)
    paths = [shared_packs / f"{name}.zip" for name in names]
    report = ingest(discover(paths).sources, settings, tick=lambda *_: None)
    with Catalog(settings.catalog_path) as catalog:
        counts = catalog.counts()
    for entry in report.collections:
        published = 0
        with zipfile.ZipFile(shared_packs / f"{entry.name}.zip") as archive:
            for file in (f for f in archive.namelist() if f.startswith("metadata/")):
                published += len(json.loads(archive.read(file))["attributes"])
        assert counts[entry.name][:2] == PACKS[entry.name][:2]
        assert counts[entry.name].traits == published - sum(entry.dropped_traits.values())
        assert entry.skipped == ()
    assert [entry.dropped_traits for entry in report.collections] == [{}, {"no value": 152}, {}]


@pytest.mark.parametrize(
    ("pack", "file", "size"),
    [
        ("OnChainMonkey", "images/1.svg", (512, 512)),
        ("Cryptoadz", "images/37.gif", (512, 512)),
        ("Cryptoadz", "images/56000000.png", (512, 512)),
        ("Moonbirds", "images/0.png", (512, 512)),
    ],
)
def test_every_published_format_becomes_a_picture(shared_packs, pack, file, size):
    with zipfile.ZipFile(shared_packs / f"{pack}.zip") as archive:
        result = Image.open(io.BytesIO(images.to_png(archive.read(file)))).convert("RGBA")
    assert result.size == size
    assert len(result.getcolors(512 * 512)) > 2


JUDGED = {
    "COVIDPunks": (["enough_tokens"], 1.0),
    "CRYPTOPUNKS": ([], 1.0),
    "Cryptoadz": ([], 0.8),
    "EightBit": ([], 0.9),
    "Moonbears": ([], 1.0),
    "Moonbirds": ([], 1.0),
    "Moonrunners": ([], 1.0),
    "NounPunks": ([], 0.8),
    "OnChainMonkey": (["semantics"], 0.2),
    "The Americans": ([], 0.8),
    "x_PunkForce": ([], 0.9),
}


@pytest.mark.parametrize("name", JUDGED)
def test_the_filters_know_real_collections_from_codes(shared_packs, name):
    """Pictures are not looked at here: each token is taken to have its own."""
    failing, share = JUDGED[name]
    (source,) = discover([shared_packs / f"{name}.zip"]).sources
    counts, with_traits, with_metadata = {}, 0, 0
    for raw in source.items():
        found = traits.parse(raw.metadata).traits
        with_metadata, with_traits = with_metadata + (raw.metadata is not None), with_traits + bool(found)
        for trait in found:
            values = counts.setdefault(trait.type, {})
            values[trait.value] = values.get(trait.value, 0) + 1
    facts = filters.Facts(source.total, source.total, source.total, with_metadata, with_traits, counts)
    verdicts = filters.judge(facts)
    assert [filter_ for filter_, verdict in verdicts.items() if not verdict.passed] == failing
    found_share = int(re.search(r"(\d+)% of", verdicts["semantics"].evidence)[1]) / 100
    assert abs(found_share - share) <= 0.12, verdicts["semantics"].evidence


def test_a_sheet_without_metadata_is_no_collection(shared_packs):
    found = discover([shared_packs / "Basic Bored Ape Club.zip"])
    assert (found.sources, len(found.problems)) == ((), 1)
    nothing = filters.Facts(9_999, 9_999, 9_999, 0, 0, {})
    assert filters.semantics(nothing).evidence == "no token has metadata"


def test_the_committed_punks_equal_the_real_pack(shared_packs):
    with zipfile.ZipFile(shared_packs / "CRYPTOPUNKS.zip") as archive:
        for punk in PunkSource(full=True).items():
            published = json.loads(archive.read(f"metadata/{punk.token_id}.json"))
            assert punk.metadata["name"] == published["name"]
            assert set(traits.parse(punk.metadata).traits) == set(traits.parse(published).traits), (
                punk.token_id
            )
            ours, theirs = pixels(punk.read_image()), pixels(archive.read(f"images/{punk.token_id}.png"))
            assert (ours == theirs).all(), punk.token_id


def pixels(content):
    """RGBA, invisible pixels all zero."""
    shown = np.array(Image.open(io.BytesIO(content)).convert("RGBA"))
    shown[shown[..., 3] == 0] = 0
    return shown
