"""Collections as contracts have them: revealed or not, on the chain itself, half gone, older than ERC-721."""

import base64
import json

import pytest

from agent.devchain.contracts import PUNKS as PUNKS_SOURCE
from agent.devchain.contracts import PUNKS_DATA, compiled
from agent.devchain.gateway import Faults, Gateway
from ingest import traits
from ingest.pipeline import ingest
from ingest.sources.chain import ChainSources, Options
from ingest.sources.punks import PunkSource
from magpie.catalog import Catalog
from magpie.domain import DEV_CHAIN, MAINNET, Collection
from magpie.settings import Settings

pytestmark = pytest.mark.network

SVG = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 4'><rect width='4' height='4' fill='{}'/></svg>"


@pytest.fixture
def take(tmp_path):
    """``take(chain, contract, gateway=...)`` ingests it and gives the report, the source and the tokens."""

    def taken(chain, contract, *, gateway=None, contracts=None, seconds=30, **options):
        settings = Settings(
            home=tmp_path,
            dev_chain_url=chain.url,
            dev_chain_contracts=contracts or chain.contracts,
            fetch_timeout=seconds,
            ipfs_gateways=(gateway.url if gateway else "http://127.0.0.1:9",),
        )
        sources = ChainSources([contract], settings, Options(**options))
        report = ingest(sources, settings, tick=lambda *_: None, workers=0)
        with Catalog(settings.catalog_path) as catalog:
            tokens = {token.ref.token_id: token for token in catalog.iter_tokens()}
        return report, sources, tokens

    return taken


def metadata(token_id, image, **more):
    attributes = [{"trait_type": "Row", "value": str(token_id)}]
    return {"name": f"Tile {token_id}", "image": image, "attributes": attributes, **more}


def inline(token_id, form):
    """A ``data:`` URI of metadata whose picture is inside it too."""
    svg = SVG.format("red" if token_id % 2 else "blue")
    text = json.dumps(
        metadata(token_id, f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}")
    )
    if form == "base64":
        return f"data:application/json;base64,{base64.b64encode(text.encode()).decode()}"
    return f"data:application/json;utf8,{text}"


@pytest.mark.parametrize("form", ["base64", "text"])
def test_a_collection_on_the_chain_itself_needs_no_gateway(chain, deploy, take, form):
    tiles = deploy(chain, range(6))
    chain.transact(
        tiles.name, "deployer", "setURIs", list(range(6)), [inline(each, form) for each in range(6)]
    )
    chain.evm.mine(2)
    report, sources, tokens = take(chain, tiles.address)
    assert [str(tokens[each].traits[0]) for each in range(6)] == [f"Row={each}" for each in range(6)]
    assert len({token.image_sha256 for token in tokens.values()}) == 2
    told = sources.opened[0].provenance
    assert (told["uri_places"], told["uri_pattern"], told["without_hash"]) == (["the chain"], None, 6)
    assert report.collections[0].skipped == ()


def test_an_unrevealed_collection_is_asked_again_and_then_revealed(chain, deploy, take):
    from agent.devchain.publish import publish

    files = {"hidden": json.dumps(metadata(0, "data:image/svg+xml,%3Csvg%2F%3E")).encode()}
    tiles = deploy(chain, range(12))
    hidden = Gateway(files)
    with hidden:
        chain.transact(tiles.name, "deployer", "setBase", "", "", f"ipfs://{hidden.root}/hidden")
        chain.evm.mine(2)
        report, sources, _ = take(chain, tiles.address, gateway=hidden)
        assert "not revealed yet" in str(report.collections[0].skipped[0])
        assert sources.opened[0].provenance["unrevealed"]
        assert max(hidden.requests.values()) < 8, "one file for all is not fetched for each"
    revealed = publish(Shown(12))
    with Gateway(revealed.files) as gateway:
        chain.transact(tiles.name, "deployer", "setBase", revealed.base_uri, "", "")
        chain.evm.mine(2)
        report, sources, tokens = take(chain, tiles.address, gateway=gateway)
    assert report.collections[0].skipped == ()
    assert {str(token.traits[0]) for token in tokens.values()} == {f"Row={each}" for each in range(12)}
    assert not sources.opened[0].provenance["unrevealed"]


class Shown:
    """Tokens with a picture and a trait each."""

    def __init__(self, count, *, same=False):
        self.count, self.same = count, same

    def items(self):
        from ingest.ports import RawToken

        for each in range(self.count):
            svg = SVG.format("red" if self.same else f"#0000{each:02x}").encode()
            record = metadata(0 if self.same else each, "")
            yield RawToken(each, record | {"name": f"Tile {each}"}, lambda svg=svg: svg, f"{each}.svg")


def test_tokens_that_look_alike_under_links_of_their_own_are_asked_for_again(chain, deploy, take):
    from agent.devchain.publish import publish

    published = publish(Alike(12))
    tiles = deploy(chain, range(12), base=published.base_uri)
    with Gateway(published.files) as gateway:
        _, sources, _ = take(chain, tiles.address, gateway=gateway)
        assert "same picture and attributes" in sources.opened[0].provenance["notes"][-1]
        before = gateway.requests.total()
        take(chain, tiles.address, gateway=gateway)
        assert gateway.requests.total() > before + 12


class Alike:
    """Tokens with a placeholder each, alike but for their names."""

    def __init__(self, count):
        self.count = count

    def items(self):
        from ingest.ports import RawToken

        for each in range(self.count):
            image = "data:image/svg+xml;utf8," + SVG.format("red")
            yield RawToken(each, metadata(0, image) | {"name": f"Hidden {each}"})


def test_a_picture_that_cannot_be_had_now_is_fetched_by_the_next_run(chain, deploy, take):
    picture = SVG.format("red").encode()
    with Gateway({"red.svg": picture}) as gateway:
        record = json.dumps(metadata(3, f"ipfs://{gateway.root}/red.svg"))
        tiles = deploy(chain, [0, 1, 3])
        uris = [inline(0, "text"), inline(1, "text"), f"data:application/json;utf8,{record}"]
        chain.transact(tiles.name, "deployer", "setURIs", [0, 1, 3], uris)
        chain.evm.mine(2)
        gateway.faults = Faults(1.0, ("5xx",))
        report, _, tokens = take(chain, tiles.address, gateway=gateway, seconds=0.2)
        assert "run again to try once more" in str(report.collections[0].skipped[-1])
        assert (str(tokens[3].traits[0]), tokens[3].image) == ("Row=3", None)
        gateway.faults = Faults()
        report, _, tokens = take(chain, tiles.address, gateway=gateway)
    assert tokens[3].image
    assert (report.collections[0].changed, report.collections[0].unchanged) == (1, 2)


def test_limit_and_ids_take_a_part_and_prune_nothing(chain, deploy, take):
    tiles = deploy(chain, range(6))
    chain.transact(
        tiles.name, "deployer", "setURIs", list(range(6)), [inline(each, "text") for each in range(6)]
    )
    chain.evm.mine(2)
    assert set(take(chain, tiles.address, limit=2)[2]) == {0, 1}
    report, sources, tokens = take(chain, tiles.address, ids=[4, 5, 6])
    assert set(tokens) == {0, 1, 4, 5}
    assert not sources.opened[0].complete
    assert report.collections[0].vanished == ()
    assert str(report.collections[0].skipped[0]).endswith("1 of the ids given do not exist")


def test_the_contract_s_own_description_comes_first(chain, deploy, take):
    tiles = deploy(chain, [1], title="Tiles/of: Glass")
    about = json.dumps({"description": "Glass, by us.", "external_link": "https://glass.example"})
    chain.transact(tiles.name, "deployer", "setURIs", [1], [inline(1, "text")])
    chain.transact(tiles.name, "deployer", "setContractURI", f"data:application/json;utf8,{about}")
    chain.evm.mine(2)
    contracts = {"elsewhere": "0x" + "00" * 20}
    _, sources, tokens = take(chain, f"{DEV_CHAIN}:{tiles.address}", contracts=contracts, subject="tile")
    collection = sources.opened[0].collection
    assert (collection.name, collection.subject) == ("Tiles_of_ Glass", "tile")
    assert (collection.description, collection.url) == ("Glass, by us.", "https://glass.example")
    assert (collection.chain, collection.contract) == (DEV_CHAIN, tiles.address)
    assert tokens[1].image == "Tiles_of_ Glass/images/Tiles_of_ Glass_1.png"


def test_a_contract_that_cannot_be_read_is_a_problem_and_the_others_go_on(chain, deploy, tmp_path):
    tiles = deploy(chain, [1])
    chain.transact(tiles.name, "deployer", "setURIs", [1], [inline(1, "text")])
    chain.evm.mine(2)
    settings = Settings(home=tmp_path, dev_chain_url=chain.url, dev_chain_contracts=chain.contracts)
    nobody = f"{DEV_CHAIN}:{chain.accounts['bob'].lower()}"
    sources = ChainSources([nobody, tiles.address], settings, Options())
    report = ingest(sources, settings, tick=lambda *_: None, workers=0)
    assert "no contract at this address" in str(sources.problems[0])
    assert report.collections[0].tokens == 1


# -- CryptoPunks


def test_punks_are_read_from_their_data_contract_with_the_traits_of_the_sample(chain, take, tmp_path):
    chain.deploy("CRYPTOPUNKS", compiled(PUNKS_SOURCE))
    chain.deploy("CryptoPunksData", compiled(PUNKS_DATA))
    sample = {raw.token_id: raw for raw in PunkSource(full=True).items() if raw.token_id in (0, 1, 372)}
    told = {
        0: "Female 2, Earring, Blonde Bob, Green Eye Shadow",
        1: "Male 1, Smile, Mohawk",
        372: "Ape, Cap Forward",
    }
    for number, attributes in told.items():
        svg = SVG.format(f"#{number:06x}")
        chain.transact("CryptoPunksData", "deployer", "store", number, svg, attributes)
    chain.evm.mine(2)
    with Catalog(tmp_path / "catalog.sqlite", create=True) as catalog:
        contract = "0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"
        catalog.put_collection(
            Collection(name="CRYPTOPUNKS", chain=MAINNET, contract=contract, subject="punk")
        )
    _, sources, tokens = take(chain, "cryptopunks", ids=[0, 1, 372, 10_000])
    assert set(tokens) == {0, 1, 372}
    for number, token in tokens.items():
        assert set(token.traits) == set(traits.parse(sample[number].metadata).traits)
        assert token.name == f"CryptoPunk #{number}"
        assert (token.ref.chain, token.ref.contract) == (MAINNET, contract)
    assert len({token.image_sha256 for token in tokens.values()}) == 3
    assert sources.opened[0].provenance["standard"] == "CryptoPunks"
    again, _, _ = take(chain, "cryptopunks", ids=[0, 1, 372])
    assert again.collections[0].unchanged == 3
