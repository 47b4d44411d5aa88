"""IPFS through gateways: what is proven, who is believed, and how little is asked."""

import pytest

from agent.devchain.gateway import Faults, Gateway
from ingest.fetch.client import Fetcher
from ingest.fetch.gateways import proves
from ingest.fetch.stream import concurrently
from ingest.ipfs.build import Dag
from ingest.ipfs.cid import Cid
from magpie.errors import SourceError

pytestmark = pytest.mark.network
FILES = {f"{number}.json": b'{"name": "#%d"}' % number for number in range(300)} | {
    "big.png": bytes(range(256)) * 4000,
    "empty": b"",
}
DOWN = "http://127.0.0.1:1"


@pytest.fixture
def make_gateway():
    made = []

    def make(files=FILES, **given):
        made.append(Gateway(files, **given))
        return made[-1]

    yield make
    for gateway in made:
        gateway.close()


@pytest.fixture
def gateway(make_gateway):
    return make_gateway()


@pytest.mark.parametrize("name", ["0.json", "big.png", "empty"])
def test_files_are_proven_by_their_blocks(name, gateway, fetch, make_settings):
    got = fetch(f"ipfs://{gateway.root}/{name}", chosen=make_settings(gateway.url))
    assert (got.content, got.verified) == (FILES[name], True)
    assert got.url == f"{gateway.url}/ipfs/{gateway.root}/{name}"


@pytest.mark.parametrize("suffix", ["", "/", "/ipfs", "/ipfs/"])
def test_a_gateway_may_be_named_with_the_path_people_write_after_it(suffix, gateway, fetch, make_settings):
    got = fetch(f"ipfs://{gateway.root}/1.json", chosen=make_settings(gateway.url + suffix))
    assert got.verified


def test_a_directory_costs_its_blocks_once(gateway, make_settings):
    async def work(fetcher, number):
        return (await fetcher.get(f"ipfs://{gateway.root}/{number}.json", limit=2**20)).content

    got = set(concurrently(work, range(300), limit=64, settings=make_settings(gateway.url)))
    assert got == {FILES[f"{number}.json"] for number in range(300)}
    assert gateway.requests[f"/ipfs/{gateway.root}"] == 1
    assert sum(gateway.requests.values()) == 301


def test_a_link_to_somebodys_gateway_is_served_by_ours(gateway, fetch, internet, make_settings):
    got = fetch(f"https://gateway.example/ipfs/{gateway.root}/1.json", chosen=make_settings(gateway.url))
    assert (got.content, got.verified) == (FILES["1.json"], True)
    assert not internet.looked_up


def test_what_ours_do_not_have_comes_from_where_it_was_published(
    gateway, fetch, art, reply, make_settings, make_gateway
):
    elsewhere = make_gateway({"other.json": b"{}"})
    path = f"/ipfs/{elsewhere.root}/other.json"
    art.on(path, reply(b"whatever"))
    got = fetch(f"http://art.example{path}", chosen=make_settings(gateway.url))
    assert (got.content, got.verified) == (b"whatever", False)
    assert art.asked == [path]


def test_a_gateway_without_blocks_is_found_out_once_and_its_files_are_unproven(make_gateway, make_settings):
    plain = make_gateway(trustless=False)

    async def work(fetcher, number):
        return await fetcher.get(f"ipfs://{plain.root}/{number}.json", limit=2**20)

    got = list(concurrently(work, range(9), limit=1, settings=make_settings(plain.url)))
    assert [each.content for each in got] == [FILES[f"{number}.json"] for number in range(9)]
    assert {each.verified for each in got} == {False}
    assert plain.requests[f"/ipfs/{plain.root}"] < 9


@pytest.mark.parametrize("version", [0, 1])
def test_a_plain_file_is_proven_where_the_link_has_its_own_cid(version, site, fetch, make_settings, reply):
    content = b"a picture"
    unixfs = b"\x08\x02\x12\x09" + content + b"\x18\x09"
    node = b"\x0a" + bytes([len(unixfs)]) + unixfs
    cid = Cid.of(content) if version else Cid.of(node, "dag-pb", version=0)
    site.on(f"/ipfs/{cid}?format=raw", reply(b"", 400))
    site.on(f"/ipfs/{cid}", reply(content))
    got = fetch(f"ipfs://{cid}", chosen=make_settings(site.url))
    assert (got.content, got.verified) == (content, True)


def test_proof_of_a_whole_file():
    files = {"a": b"small", "b": bytes(10**6)}
    dag = Dag()
    dag.add_files(files)
    raw, wrapped = Cid.of(b"small"), Cid.of(b"\x0a\x0b\x08\x02\x12\x05small\x18\x05", "dag-pb", version=0)
    assert proves(raw, b"small") == proves(wrapped, b"small") == "yes"
    assert proves(raw, b"other") == "no"
    assert proves(wrapped, b"other") == "unknown"
    assert proves(Cid.of(b"\x0a\x04\x08\x02\x18\x00", "dag-pb"), b"") == "yes"


def test_one_liar_is_caught_and_another_gateway_asked(make_gateway, fetch, make_settings):
    liar = make_gateway(faults=Faults(1.0, ("lie",)))
    honest = make_gateway()
    got = fetch(f"ipfs://{liar.root}/1.json", chosen=make_settings(liar.url, honest.url))
    assert (got.content, got.verified) == (FILES["1.json"], True)
    assert got.url.startswith(honest.url)
    assert liar.requests


def test_a_liar_is_left_alone_after_three_lies(make_gateway, make_settings):
    liar = make_gateway(faults=Faults(1.0, ("lie",)))
    honest = make_gateway()

    async def work(fetcher, number):
        return (await fetcher.get(f"ipfs://{liar.root}/{number}.json", limit=2**20)).verified

    settings = make_settings(liar.url, honest.url)
    assert list(concurrently(work, range(40), limit=1, settings=settings)) == [True] * 40
    assert sum(liar.requests.values()) == 3


@pytest.mark.usefixtures("impatient")
def test_where_only_liars_are_left_it_says_so(make_gateway, make_settings, fetch):
    liars = [make_gateway(faults=Faults(1.0, ("lie",), seed)) for seed in (1, 2)]
    chosen = make_settings(*(liar.url for liar in liars))
    with pytest.raises(SourceError, match=r"sent something else than the CID names \(a lying gateway\?\)"):
        fetch(f"ipfs://{liars[0].root}/1.json", chosen=chosen)
    assert all(not path.endswith("json") for liar in liars for path in liar.requests)


def test_a_plain_gateway_that_lies_about_a_whole_file_is_caught(site, fetch, make_settings, reply, impatient):
    cid = Cid.of(b"a picture")
    site.on(f"/ipfs/{cid}?format=raw", reply(b"", 400))
    site.on(f"/ipfs/{cid}", reply(b"another picture"))
    with pytest.raises(SourceError, match="sent something else than the CID names"):
        fetch(f"ipfs://{cid}", chosen=make_settings(site.url))


def test_a_gateway_that_is_down_costs_little(gateway, make_settings):
    async def work(fetcher, number):
        return (await fetcher.get(f"ipfs://{gateway.root}/{number}.json", limit=2**20)).verified

    chosen = make_settings(DOWN, gateway.url)
    assert list(concurrently(work, range(100), limit=8, settings=chosen)) == [True] * 100


def test_what_nobody_has_is_said_with_everybody_who_was_asked(gateway, make_gateway, fetch, make_settings):
    other = make_gateway({"x": b"y"})
    nowhere = Cid.of(b"nobody has this")
    with pytest.raises(SourceError) as error:
        fetch(f"ipfs://{nowhere}", chosen=make_settings(gateway.url, other.url))
    hosts = [each.url.removeprefix("http://") for each in (gateway, other)]
    assert str(error.value) == "; ".join(f"{host}: HTTP 404" for host in hosts)
    assert error.value.retryable  # it may be pinned again


@pytest.mark.parametrize(
    ("path", "reason"),
    [("none.json", "has nothing named 'none.json'"), ("1.json/2", "is a file, not a directory")],
)
def test_a_proven_no_is_final(path, reason, gateway, fetch, make_settings):
    with pytest.raises(SourceError, match=reason) as error:
        fetch(f"ipfs://{gateway.root}/{path}", chosen=make_settings(gateway.url))
    assert not error.value.retryable


def test_without_a_gateway_it_says_which_setting_to_give(fetch, gateway):
    with pytest.raises(SourceError, match="name another in the setting ipfs_gateways"):
        fetch(f"ipfs://{gateway.root}/1.json")


def test_files_are_as_large_as_they_may_be(gateway, fetch, make_settings):
    uri, size = f"ipfs://{gateway.root}/big.png", len(FILES["big.png"])
    assert fetch(uri, limit=size, chosen=make_settings(gateway.url)).content == FILES["big.png"]
    with pytest.raises(SourceError, match="larger than"):
        fetch(uri, limit=size - 1, chosen=make_settings(gateway.url))


def test_with_faults_everything_arrives_once(make_gateway, make_settings):
    faulty = make_gateway(latency=0.01, faults=Faults(0.1, slow_seconds=0.2))

    async def work(fetcher: Fetcher, number):
        got = await fetcher.get(f"ipfs://{faulty.root}/{number}.json", limit=2**20)
        return number, got.content, got.verified

    got = sorted(concurrently(work, range(300), limit=64, settings=make_settings(faulty.url)))
    assert got == [(number, FILES[f"{number}.json"], True) for number in range(300)]
