"""`magpie ingest chain`, as a person runs it."""

import base64
import json

import pytest

from ui.cli import main

pytestmark = pytest.mark.network

PICTURE = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 4'/>").decode()


def run(monkeypatch, capsys, home, *arguments):
    """Exit code, standard output and standard error."""
    monkeypatch.setattr("sys.argv", ["magpie", "ingest", "chain", "--home", str(home), *arguments])
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code or 0
    printed = capsys.readouterr()
    return code, printed.out, " ".join(printed.err.split())


@pytest.fixture
def tiles(chain, deploy, monkeypatch):
    """Three tokens on the chain itself, known to the settings by the collection's name."""
    record = {
        "image": f"data:image/svg+xml;base64,{PICTURE}",
        "attributes": [{"trait_type": "Row", "value": "1"}],
    }
    tiles = deploy(chain, range(3), title="Glass Tiles")
    uris = [
        f"data:application/json;utf8,{json.dumps(record | {'name': f'Tile {each}'})}" for each in range(3)
    ]
    chain.transact(tiles.name, "deployer", "setURIs", list(range(3)), uris)
    chain.evm.mine(2)
    monkeypatch.setenv("MAGPIE_DEV_CHAIN_URL", chain.url)
    monkeypatch.setenv("MAGPIE_DEV_CHAIN_CONTRACTS", json.dumps({"Glass Tiles": tiles.address}))
    return tiles


def test_the_evidence_is_printed_after_the_run(monkeypatch, capsys, tmp_path, chain, tiles):
    code, out, err = run(monkeypatch, capsys, tmp_path, "glass tiles", "--subject", "tile")
    assert code == 0
    assert "Glass Tiles" in out
    head = chain.evm.header_at("finalized")
    assert f"ERC-721 at block {head.block_number:,} (finalized) 0x{head.hash.hex()}, by 127.0.0.1:" in err
    assert "3 ids: 0 to 2, each with an owner, as many as totalSupply says" in err
    assert "links: the chain" in err
    assert "no hash: 3" in err
    board = json.loads((tmp_path / "dataset/Glass Tiles/metadata_dashboard.json").read_text())
    assert (board["sources"]["kind"], board["sources"]["block_hash"]) == ("chain", f"0x{head.hash.hex()}")
    assert (board["contract_address"], board["chain"]) == (tiles.address, "eip155:1337")


def test_json_is_the_report_alone(monkeypatch, capsys, tmp_path, tiles):
    code, out, _ = run(
        monkeypatch, capsys, tmp_path, f"eip155:1337:{tiles.address}", "--json", "--ids", "0,2"
    )
    assert code == 0
    assert [entry["tokens"] for entry in json.loads(out)["collections"]] == [2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Gloss Tiles"], "unknown collection 'Gloss Tiles'; did you mean 'Glass Tiles'?"),
        (["0x" + "11" * 20], "No node is configured for Ethereum mainnet: set MAGPIE_NODES="),
        (["glass tiles", "0x" + "11" * 20, "--name", "x"], "--name is for one contract, and 2 were given"),
        (["glass tiles", "--ids", "3-1"], "neither a token id nor a range"),
        (["glass tiles", "--ids", "7"], "none of the tokens that --ids names"),
    ],
)
def test_what_cannot_be_done_is_one_line(monkeypatch, capsys, tmp_path, tiles, arguments, said):
    code, out, err = run(monkeypatch, capsys, tmp_path, *arguments)
    assert (code, out) == (1, "")
    assert said in err
    assert "Traceback" not in err


def test_a_node_that_is_down_is_one_line_with_its_host(monkeypatch, capsys, tmp_path, tiles):
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setenv("MAGPIE_DEV_CHAIN_URL", "http://127.0.0.1:9/secret-key-in-path")
    code, _, err = run(monkeypatch, capsys, tmp_path, "glass tiles")
    assert code == 1
    assert "could be read: 127.0.0.1:9 cannot be reached; try again, or set another node" in err
    assert "secret" not in err
