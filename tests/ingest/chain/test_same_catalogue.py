"""A pack put on a chain and a gateway comes back as the same catalogue as the pack read from its folder."""

import json

import pytest

from agent.devchain.gateway import Gateway
from agent.devchain.publish import publish
from ingest.pipeline import ingest
from ingest.sources.chain import ChainSources, Options
from ingest.sources.discovery import discover
from ingest.sources.punks import PunkSource
from magpie.catalog import Catalog
from magpie.domain import DEV_CHAIN
from magpie.settings import Settings

pytestmark = pytest.mark.network

ODD = 56_000_000  # an id far from all others, as Cryptoadz have


def write_pack(folder, count):
    """Punks as a project publishes them, one of them under another id."""
    for kind in ("images", "metadata"):
        (folder / kind).mkdir(parents=True)
    for raw, _ in zip(PunkSource(full=True).items(), range(count), strict=False):
        token_id = ODD if raw.token_id == 7 else raw.token_id
        record = {
            **raw.metadata,
            "description": "Small portraits of punks.",
            "external_url": "https://p.example",
        }
        (folder / "metadata" / f"{token_id}.json").write_text(json.dumps(record))
        (folder / "images" / f"{token_id}.png").write_bytes(raw.read_image())
    return folder


def catalogue(settings):
    """All that is known of each token, and of the collection but where it came from."""
    with Catalog(settings.catalog_path) as catalog:
        (collection,) = catalog.collections()
        tokens = {token.ref.token_id: token for token in catalog.iter_tokens()}
    about = collection.model_dump(include={"name", "subject", "description", "url"})
    return about, {
        token_id: (token.name, token.traits, token.caption, token.image_sha256, token.image)
        for token_id, token in tokens.items()
    }


def from_folder(path, home):
    settings = Settings(home=home)
    ingest(discover([path]).sources, settings, tick=lambda *_: None, workers=0)
    return settings


def from_chain(chain, gateway, contract, home, **options):
    settings = Settings(
        home=home,
        dev_chain_url=chain.url,
        dev_chain_contracts=chain.contracts,
        ipfs_gateways=(gateway.url,),
        fetch_concurrency=16,
    )
    sources = ChainSources([contract], settings, Options(**options))
    report = ingest(sources, settings, tick=lambda *_: None, workers=0)
    assert sources.problems == []
    return settings, report, sources.opened[0]


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_a_pack_from_a_chain_is_the_pack_from_a_folder(chain, deploy, tmp_path, suffix):
    pack = write_pack(tmp_path / "Tiny Punks", 200 if suffix else 20)
    source = discover([pack]).sources[0]
    published = publish(source, suffix=suffix)
    ids = [raw.token_id for raw in source.items()]
    tiny = deploy(chain, ids, base=published.base_uri, suffix=suffix, title="Tiny Punks")
    with Gateway(published.files) as gateway:
        fetched, report, opened = from_chain(chain, gateway, tiny.address, tmp_path / "b", name="Tiny Punks")
    assert catalogue(fetched) == catalogue(from_folder(pack, tmp_path / "a"))
    (entry,) = report.collections
    assert (entry.tokens, entry.images, entry.skipped, entry.chain) == (len(ids), len(ids), (), DEV_CHAIN)
    told = opened.provenance
    assert told["uri_pattern"] == f"{published.base_uri}{{id}}{suffix}"
    assert (told["verified"], told["unverified"], told["without_hash"]) == (len(ids), 0, 0)
    assert told["ids"].startswith("Transfer events")


def test_a_second_run_fetches_nothing_and_changes_nothing(chain, deploy, tmp_path):
    published = publish(discover([write_pack(tmp_path / "Pack", 30)]).sources[0])
    tiny = deploy(chain, [each for each in range(30) if each != 7] + [ODD], base=published.base_uri)
    with Gateway(published.files) as gateway:
        from_chain(chain, gateway, tiny.address, tmp_path / "home")
        gateway.requests.clear()
        _, report, _ = from_chain(chain, gateway, tiny.address, tmp_path / "home")
        assert not gateway.requests
        assert (report.collections[0].unchanged, report.collections[0].changed) == (30, 0)
        from_chain(chain, gateway, tiny.address, tmp_path / "home", refresh=True)
        assert len(gateway.requests) >= 60


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count"), [("COVIDPunks", 261), ("Feudalz", 100)])
def test_a_real_pack_from_a_chain_is_the_pack_from_its_zip(
    shared_packs, chain, deploy, tmp_path, name, count
):
    source = discover([shared_packs / f"{name}.zip"]).sources[0]
    published = publish(source)
    ids = [raw.token_id for raw in source.items()]
    real = deploy(chain, ids, base=published.base_uri, title=name)
    with Gateway(published.files) as gateway:
        fetched, report, _ = from_chain(chain, gateway, real.address, tmp_path / "b", name=name)
    folder = from_folder(shared_packs / f"{name}.zip", tmp_path / "a")
    assert catalogue(fetched) == catalogue(folder)
    assert (report.collections[0].tokens, report.collections[0].skipped) == (count, ())
