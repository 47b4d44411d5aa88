"""What the local gateway promises: real CIDs, real bytes, and the faults one asks for."""

import asyncio
import json
import time
from collections import Counter

import httpx
import pytest

from agent.devchain.gateway import HONEST, RAW, Faults, Gateway
from agent.devchain.publish import publish
from ingest.fetch.client import Fetcher
from ingest.ipfs import resolve
from ingest.ipfs.build import Dag
from ingest.ipfs.cid import Cid
from ingest.ports import RawToken
from magpie.errors import InputError, SourceError
from magpie.settings import Settings

pytestmark = pytest.mark.network
FILES = {"1.json": b'{"n": 1}', "folder/a b#1.png": bytes(range(256)) * 2000}
BIG = FILES["folder/a b#1.png"]


@pytest.fixture
def client():
    with httpx.Client(trust_env=False) as opened:
        yield opened


class Tokens:
    def __init__(self, *tokens):
        self._tokens = tokens

    def items(self):
        yield from self._tokens


def fault_of(client, url):
    """What befell one request, as its client sees it."""
    try:
        answer = client.get(url, timeout=0.2)
    except httpx.ReadTimeout:
        return "slow"
    except httpx.RemoteProtocolError:
        return "truncated"
    except httpx.ReadError:
        return "reset"
    if answer.status_code == 429:
        return "429 wait" if answer.headers.get("Retry-After") == "1" else "429"
    if answer.status_code == 200:
        return None if answer.content == FILES["1.json"] else "lie"
    return "5xx" if answer.status_code >= 500 else answer.status_code


def test_the_root_is_the_cid_of_all_files():
    with Gateway(FILES) as gateway:
        assert gateway.root == str(Dag().add_files(FILES).cid)


def test_a_file_is_served_under_every_cid_above_it(client):
    folder = Dag().add_files({"a b#1.png": BIG}).cid
    with Gateway(FILES) as gateway:
        for address in (
            f"{gateway.root}/folder/a%20b%231.png",
            f"{folder}/a%20b%231.png",
            str(Dag().add_file(BIG).cid),
        ):
            answer = client.get(f"{gateway.url}/ipfs/{address}")
            assert (answer.status_code, answer.content) == (200, BIG)


def test_plain_paths_are_served_like_any_web_server_does(client):
    with Gateway(FILES) as gateway:
        answer = client.get(f"{gateway.url}/files/folder/a%20b%231.png")
    assert (answer.content, answer.headers["Content-Type"]) == (BIG, "image/png")


@pytest.mark.parametrize("ask", [{"params": {"format": "raw"}}, {"headers": {"Accept": RAW}}])
def test_a_trustless_gateway_gives_the_one_block_that_is_asked_for(ask, client):
    with Gateway(FILES) as gateway:
        answer = client.get(f"{gateway.url}/ipfs/{gateway.root}", **ask)
    assert Cid.parse(gateway.root).matches(answer.content)
    assert answer.headers["Content-Type"] == RAW


def test_every_file_can_be_read_and_checked_block_by_block(client):
    async def block(cid):
        return client.get(f"{gateway.url}/ipfs/{cid}?format=raw").content

    with Gateway(FILES) as gateway:
        for path, content in FILES.items():
            read = resolve.read(Cid.parse(gateway.root), path, block, limit=2**20)
            assert asyncio.run(read) == content


def test_one_that_is_not_trustless_knows_no_blocks(client):
    with Gateway(FILES, trustless=False) as gateway:
        file = client.get(f"{gateway.url}/ipfs/{Dag().add_file(BIG).cid}?format=raw")
        directory = client.get(f"{gateway.url}/ipfs/{gateway.root}?format=raw")
    assert file.content == BIG
    assert directory.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "",
        "ipfs/",
        "ipfs/x",
        f"ipfs/{Cid.of(b'elsewhere')}",
        "files/2.json",
        "ipfs/{root}/2.json",
        "ipfs/{root}",
    ],
)
def test_what_is_not_here_is_not_found(path, client):
    with Gateway(FILES) as gateway:
        assert client.get(f"{gateway.url}/{path.format(root=gateway.root)}").status_code == 404


def test_only_get_is_answered(client):
    with Gateway(FILES) as gateway:
        assert client.post(f"{gateway.url}/files/1.json").status_code == 405


def test_requests_are_counted_by_path_and_share_a_connection(client):
    with Gateway(FILES) as gateway:
        for _ in range(3):
            client.get(f"{gateway.url}/files/1.json?x=1")
        client.get(f"{gateway.url}/nothing")
        assert len(gateway.connections) == 1
    assert gateway.requests == Counter({"/files/1.json": 3, "/nothing": 1})


def test_a_request_that_waits_holds_up_no_other():
    async def ask():
        async with httpx.AsyncClient(trust_env=False) as client:
            waiting = asyncio.create_task(client.get(f"{gateway.url}/files/1.json"))
            while not gateway.requests:
                await asyncio.sleep(0.01)
            gateway.latency = 0
            answer = await client.get(f"{gateway.url}/files/1.json")
            assert not waiting.done()
            waiting.cancel()
            return answer.content

    with Gateway(FILES, latency=60) as gateway:
        assert asyncio.run(ask()) == FILES["1.json"]


def test_every_answer_waits_for_the_latency(client):
    with Gateway(FILES, latency=0.1) as gateway:
        start = time.monotonic()
        client.get(f"{gateway.url}/files/1.json")
        assert time.monotonic() - start >= 0.1


def test_without_faults_nothing_goes_wrong(client):
    with Gateway(FILES) as gateway:
        assert {fault_of(client, f"{gateway.url}/files/1.json") for _ in range(50)} == {None}


@pytest.mark.parametrize("kind", [*HONEST, "lie"])
def test_each_fault_is_what_it_says(kind, client):
    with Gateway(FILES, faults=Faults(rate=1, kinds=(kind,), slow_seconds=60)) as gateway:
        assert fault_of(client, f"{gateway.url}/files/1.json") == kind


def test_a_slow_body_is_whole_in_the_end(client):
    with Gateway(FILES, faults=Faults(rate=1, kinds=("slow",), slow_seconds=0.1)) as gateway:
        assert client.get(f"{gateway.url}/files/folder/a%20b%231.png").content == BIG


def test_a_lie_has_the_right_length(client):
    with Gateway(FILES, faults=Faults(rate=1, kinds=("lie",))) as gateway:
        answer = client.get(f"{gateway.url}/ipfs/{gateway.root}?format=raw")
    assert not Cid.parse(gateway.root).matches(answer.content)
    assert len(answer.content) == int(answer.headers["Content-Length"])


def test_the_seed_decides_which_requests_go_wrong(client):
    def seen(seed):
        with Gateway(FILES, faults=Faults(rate=0.3, kinds=("429", "5xx"), seed=seed)) as gateway:
            return [fault_of(client, f"{gateway.url}/files/1.json") for _ in range(40)]

    expected = [Faults(rate=0.3, kinds=("429", "5xx"), seed=1).of(number) for number in range(1, 41)]
    assert seen(1) == expected
    assert seen(2) != expected
    assert set(expected) == {None, "429", "5xx"}


def test_about_the_asked_share_goes_wrong():
    faults = Faults(rate=0.05, seed=3)
    wrong = [fault for number in range(10_000) if (fault := faults.of(number))]
    assert 400 < len(wrong) < 600
    assert set(wrong) == set(HONEST)


def test_an_unknown_fault_is_refused_by_name():
    with pytest.raises(InputError, match="unknown fault 'explode'; known: 429, "):
        Faults(rate=1, kinds=("explode",))


def test_a_taken_port_is_said():
    with Gateway(FILES) as gateway, pytest.raises(InputError, match="give another, or 0"):
        Gateway({}, port=int(gateway.url.rpartition(":")[2]))


def test_closing_ends_requests_under_way_and_can_be_repeated():
    gateway = Gateway(FILES, latency=60)
    with httpx.Client(trust_env=False, timeout=0.2) as client, pytest.raises(httpx.ReadTimeout):
        client.get(f"{gateway.url}/files/1.json")
    gateway.close()
    gateway.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(gateway.url, trust_env=False)


def fetched(gateway, files):
    """What the product's client gets of each file below the root: bytes, or the error."""

    async def all_files():
        async with Fetcher(Settings(ipfs_gateways=[gateway.url], fetch_timeout=5)) as fetcher:
            gets = (fetcher.get(f"ipfs://{gateway.root}/{path}", limit=2**20) for path in files)
            return await asyncio.gather(*gets, return_exceptions=True)

    return asyncio.run(all_files())


def test_the_client_gets_everything_through_every_honest_fault():
    files = {f"{number}.json": bytes([number]) * 500 for number in range(60)}
    with Gateway(files, faults=Faults(rate=0.3, seed=5, slow_seconds=0.3)) as gateway:
        answers = fetched(gateway, files)
    assert {type(answer).__name__ for answer in answers} == {"Fetched"}
    assert [answer.content for answer in answers] == list(files.values())
    assert all(answer.verified for answer in answers)
    assert gateway.requests.total() > 61  # the root and the files, and something went wrong


def test_the_client_believes_no_lie():
    with Gateway(FILES, faults=Faults(rate=1, kinds=("lie",))) as gateway:
        answers = fetched(gateway, FILES)
    assert all(isinstance(answer, SourceError) for answer in answers)


def test_metadata_leads_to_the_pictures(client):
    tokens = Tokens(
        RawToken(1, {"name": "One", "image": "old.png"}, lambda: b"first", "pack/images/1.png"),
        RawToken(2, [{"trait_type": "Fur", "value": "Gold"}], lambda: b"second", "punk 2"),
        RawToken(3, {"name": "Three", "image": "https://example.com/3.png"}),
        RawToken(4, None, lambda: b"fourth", "4.png"),
    )
    published = publish(tokens, suffix=".json")
    assert sorted(published.files) == [
        "images/1.png",
        "images/2.png",
        "metadata/1.json",
        "metadata/2.json",
        "metadata/3.json",
    ]
    with Gateway(published.files) as gateway:
        base = published.base_uri.replace("ipfs://", f"{gateway.url}/ipfs/")
        records = [client.get(f"{base}{token_id}.json").json() for token_id in (1, 2, 3)]
        pictures = [
            client.get(record["image"].replace("ipfs://", f"{gateway.url}/ipfs/")).content
            for record in records[:2]
        ]
    assert pictures == [b"first", b"second"]
    assert records[0] == {"name": "One", "image": f"ipfs://{published.images}/1.png"}
    assert records[1]["attributes"] == [{"trait_type": "Fur", "value": "Gold"}]
    assert records[2] == json.loads('{"name": "Three", "image": "https://example.com/3.png"}')
