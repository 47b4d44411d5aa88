"""A small world whose answers are visible: punks as in the real collection, and two generated collections."""

import sys

import pytest
from PIL import Image

from agent.library import Library
from magpie.catalog import Catalog
from magpie.domain import DEV_CHAIN, GENERATED, MAINNET, Collection, Token, Trait, local_contract
from magpie.settings import Settings

PUNKS_CONTRACT = "0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"
PUNKS = Collection(
    name="CRYPTOPUNKS",
    chain=MAINNET,
    contract=PUNKS_CONTRACT,
    subject="punk",
    supply=10_000,
    source="bundled sample",
)
ROBOTS = Collection(
    name="Bottts Sample",
    chain=DEV_CHAIN,
    contract=local_contract("Bottts Sample"),
    subject="robot",
    source=GENERATED,
    description="Friendly robots with antennas.",
)
CLOUDS = Collection(
    name="Landscape Sample",
    chain=DEV_CHAIN,
    contract=local_contract("Landscape Sample"),
    subject="landscape",
    source=GENERATED,
    description="Hills, suns and clouds.",
)

# No punk is both a Zombie and has a Pipe; one zombie has a Beanie (and no glasses).
PUNK_TRAITS = {
    1: ["Type=Zombie", "Gender=Male", "Accessory=Beanie"],
    2: ["Type=Zombie", "Gender=Male", "Accessory=Beanie", "Accessory=3D Glasses"],
    3: ["Type=Zombie", "Gender=Male", "Accessory=Earring"],
    4: ["Type=Human", "Gender=Female", "Accessory=Pipe"],
    5: ["Type=Human", "Gender=Male", "Accessory=Pipe", "Accessory=Nerd Glasses"],
    6: ["Type=Ape", "Gender=Male", "Accessory=Knitted Cap"],
    7: ["Type=Ape", "Gender=Male", "Accessory=Beanie"],
    7804: ["Type=Alien", "Gender=Male", "Accessory=Cap Forward", "Accessory=Pipe", "Accessory=Small Shades"],
}
ROBOT_TRAITS = {
    0: ["Mouth=Smile", "Top=Antenna", "Colour=Blue"],
    1: ["Mouth=Smile", "Top=Lights", "Colour=Red"],
    2: ["Mouth=Grill", "Top=Antenna", "Colour=Blue"],
}
CLOUD_TRAITS = {0: ["Sky=Sunset", "Hills=Green"], 1: ["Sky=Night", "Hills=Blue"]}


def tokens_of(home, table, colour, folder):
    """Tokens with the traits of ``table`` and a plain picture each, written below ``folder``."""
    for token_id, traits in table.items():
        parsed = tuple(Trait(type=t, value=v) for t, _, v in (trait.partition("=") for trait in traits))
        image = f"{home.name}/images/{home.name}_{token_id}.png"
        (folder / image).parent.mkdir(parents=True, exist_ok=True)
        shade = (colour[0], colour[1], (colour[2] + 20 * token_id) % 256)
        Image.new("RGB", (32, 32), shade).save(folder / image)
        words = ", ".join(trait.value for trait in parsed)
        yield Token(
            ref=home.ref(token_id),
            collection=home.name,
            name=f"{'CryptoPunk' if home is PUNKS else home.name} #{token_id}",
            traits=parsed,
            caption=f"a {home.subject} with {words}",
            image=image,
            image_sha256=f"{token_id:064d}",
        )


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A home with the small world ingested and indexed, read by every test and written by none."""
    from retrieval import index

    folder = tmp_path_factory.mktemp("home")
    settings = plain_settings(folder)
    put_small_world(settings)
    index.build(settings, tick=lambda stage, done, total: None)
    return folder


def put_small_world(settings):
    """The small world in the catalogue and the dataset folder of ``settings``, not indexed."""
    with Catalog(settings.catalog_path, create=True) as catalog:
        for number, (collection, table) in enumerate(
            ((PUNKS, PUNK_TRAITS), (ROBOTS, ROBOT_TRAITS), (CLOUDS, CLOUD_TRAITS))
        ):
            catalog.put_collection(collection)
            catalog.put_tokens(
                collection, tokens_of(collection, table, (80 * number, 200, 30), settings.dataset_dir)
            )


@pytest.fixture(scope="session")
def make_small_world():
    """Builds the small world in a home of one's own and returns its settings; index it before use."""

    def make(folder):
        settings = plain_settings(folder)
        put_small_world(settings)
        return settings

    return make


def plain_settings(folder, **fields):
    """Settings without weights: hashing encoders and no LLM."""
    return Settings(
        **{"home": folder, "image_encoder": "hashing", "text_encoder": "hashing", "llm": "none", **fields}
    )


@pytest.fixture
def settings(home):
    return plain_settings(home)


@pytest.fixture
def library(home):
    with Catalog(plain_settings(home).catalog_path) as catalog:
        yield Library(catalog)


@pytest.fixture
def agent(settings):
    from agent.assemble import open_agent

    with open_agent(settings) as opened:
        yield opened


@pytest.fixture(scope="session")
def shared_library(home):
    """One library for all examples of a property."""
    with Catalog(plain_settings(home).catalog_path) as catalog:
        yield Library(catalog)


@pytest.fixture(scope="session", autouse=True)
def close_what_llama_cpp_leaves_open():
    """llama_cpp opens two null files when imported and never closes them."""
    yield
    module = sys.modules.get("llama_cpp._utils")
    if module:
        module.outnull_file.close()
        module.errnull_file.close()
