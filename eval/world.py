"""A small invented world to talk about: four collections whose every trait is in the tables below.

Its tokens are catalogued and indexed as any others are, with hashing encoders, so that it needs no weights.
Cats are called what everybody says; the name of the Chrysalis Guild is easily misspelt; only some of the
cats' supply is here; the guild has no contract; the lanterns are a generated sample. Every choice of
collections has a size of its own, so that a number of tokens says among which it was counted.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from ingest.captions import template_caption
from magpie.catalog import Catalog
from magpie.domain import (
    DEV_CHAIN,
    GENERATED,
    LOCAL_FILES,
    MAINNET,
    Collection,
    Token,
    Trait,
    local_contract,
)
from magpie.files import sha256_file
from magpie.settings import Settings

Traits = Mapping[int, str]

CATS = Collection(
    name="Cats",
    chain=MAINNET,
    contract="0x" + "c1" * 20,
    subject="cat",
    supply=500,
    description="Hand drawn cats with moods and hats.",
)
ROBOTS = Collection(
    name="Harbour Robots",
    chain=MAINNET,
    contract="0x" + "b2" * 20,
    subject="robot",
    supply=10,
    description="Friendly robots that unload ships.",
)
MOTHS = Collection(
    name="Chrysalis Guild",
    chain=LOCAL_FILES,
    contract=local_contract("Chrysalis Guild"),
    subject="moth",
    description="Moths of a secret guild, each with its cargo.",
)
LANTERNS = Collection(
    name="Paper Lanterns",
    chain=DEV_CHAIN,
    contract=local_contract("Paper Lanterns"),
    subject="lantern",
    source=GENERATED,
    description="Calm lanterns over a river at night.",
)

TABLES: tuple[tuple[Collection, Traits], ...] = (
    (
        CATS,
        {
            1: "Fur=Black; Eyes=Green; Hat=Beanie",
            2: "Fur=Black; Eyes=Amber; Hat=Top Hat; Neck=Scarf",
            3: "Fur=White; Eyes=Green; Neck=Bow Tie",
            4: "Fur=White; Eyes=Violet; Hat=Crown",
            5: "Fur=Ginger; Eyes=Green; Hat=Beanie",
            6: "Fur=Ginger; Eyes=Green; Neck=Scarf",
            7: "Fur=Ginger; Eyes=Amber; Hat=Crown; Neck=Bow Tie",
            8: "Fur=Grey; Eyes=Violet",
            9: "Fur=Grey; Eyes=Green; Hat=Top Hat",
            10: "Fur=Blue; Eyes=Amber; Hat=Crown; Neck=Scarf",
            11: "Fur=Black; Eyes=Green; Neck=Scarf",
            12: "Fur=Grey; Eyes=Green; Hat=Beanie; Neck=Scarf",
        },
    ),
    (
        ROBOTS,
        {
            0: "Colour=Red; Top=Antenna; Mouth=Smile; Arms=Claws",
            1: "Colour=Red; Top=Bulb; Mouth=Grill; Arms=Hooks",
            2: "Colour=Blue; Top=Antenna; Mouth=Grill; Arms=Claws",
            3: "Colour=Blue; Top=Propeller; Mouth=Smile; Arms=Claws",
            4: "Colour=Blue; Top=Bulb; Mouth=Smile; Arms=Hooks",
            5: "Colour=Yellow; Top=Antenna; Mouth=Smile; Arms=Claws",
            6: "Colour=Yellow; Top=Propeller; Mouth=Grill; Arms=Claws",
            7: "Colour=Green; Top=Antenna; Mouth=Grill; Arms=Hooks",
            8: "Colour=Red; Top=Antenna; Mouth=Grill; Arms=Claws",
            9: "Colour=Blue; Top=Antenna; Mouth=Smile; Arms=Hooks",
        },
    ),
    (
        MOTHS,
        {
            20: "Wings=Striped; Dust=Silver; Cargo=Lyre",
            21: "Wings=Striped; Dust=Copper; Cargo=Dagger",
            22: "Wings=Striped; Dust=Emerald; Cargo=Scroll",
            23: "Wings=Spotted; Dust=Silver; Cargo=Dagger",
            25: "Wings=Spotted; Dust=Silver; Cargo=Scroll",
            26: "Wings=Feathered; Dust=Copper; Cargo=Lyre",
            27: "Wings=Feathered; Dust=Silver",
            28: "Wings=Feathered; Dust=Emerald; Cargo=Dagger",
            29: "Wings=Striped; Dust=Silver; Cargo=Dagger",
        },
    ),
    (
        LANTERNS,
        {
            1: "Shape=Lotus; Glow=Ember; Motif=Koi",
            2: "Shape=Lotus; Glow=Ember; Motif=Pine",
            3: "Shape=Lotus; Glow=Ghostly; Motif=Moon",
            4: "Shape=Star; Glow=Ember; Motif=Crane",
            5: "Shape=Star; Glow=Ghostly; Motif=Koi",
            6: "Shape=Teardrop; Glow=Ember; Motif=Pine",
            7: "Shape=Teardrop; Glow=Ghostly; Motif=Crane",
            8: "Shape=Teardrop; Glow=Ember; Motif=Moon",
        },
    ),
)
_PAINTS = {
    "Black": (30, 30, 35),
    "White": (240, 240, 240),
    "Ginger": (220, 130, 50),
    "Grey": (130, 130, 135),
    "Blue": (40, 90, 220),
    "Red": (210, 30, 40),
    "Yellow": (245, 215, 40),
    "Green": (40, 160, 70),
    "Silver": (190, 195, 205),
    "Copper": (180, 110, 60),
    "Emerald": (20, 140, 100),
    "Ember": (235, 110, 30),
    "Ghostly": (150, 220, 220),
}


def build(folder: Path) -> Settings:
    """The world, catalogued and indexed below ``folder``, which is empty; the settings that open it."""
    from retrieval import index

    settings = Settings(home=folder, image_encoder="hashing", text_encoder="hashing", llm="none")
    with Catalog(settings.catalog_path, create=True) as catalog:
        for home, table in TABLES:
            catalog.put_collection(home)
            catalog.put_tokens(home, _tokens(home, table, settings.dataset_dir))
    index.build(settings, tick=lambda *_: None)
    return settings


def traits_of(line: str) -> tuple[Trait, ...]:
    """``"Fur=Black; Eyes=Green"`` as traits, in order."""
    pairs = (pair.strip().partition("=") for pair in line.split(";"))
    return tuple(Trait(type=kind, value=value) for kind, _, value in pairs)


def _tokens(home: Collection, table: Traits, dataset: Path) -> Iterator[Token]:
    for token_id, line in table.items():
        traits, image = traits_of(line), f"{home.name}/images/{home.name}_{token_id}.png"
        _draw(traits, dataset / image)
        yield Token(
            ref=home.ref(token_id),
            collection=home.name,
            name=f"{home.name} #{token_id}",
            traits=traits,
            caption=template_caption(home.subject, traits),
            image=image,
            image_sha256=sha256_file(dataset / image),
        )


def _draw(traits: tuple[Trait, ...], path: Path) -> None:
    """A plain field of the token's colour, with a bar for every other trait at a place of its own."""
    from PIL import Image, ImageDraw

    values = [trait.value for trait in traits]
    paint = next(_PAINTS[value] for value in values if value in _PAINTS)
    picture = Image.new("RGB", (64, 64), paint)
    pen = ImageDraw.Draw(picture)
    for value in values:
        if value not in _PAINTS:
            at = sum(map(ord, value)) % 52
            pen.rectangle((4, at, 60, at + 8), fill=(at * 4, 255 - at * 4, (at * 7) % 256))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
