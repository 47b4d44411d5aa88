"""The pure rules: how addresses, token ids and node URLs are read, and the code the command exits with."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.devchain.server import DevChain
from agent.onchain.inputs import parse_token_id
from agent.onchain.standards import as_address, byte_count
from ingest.chain.addresses import checked_address
from ingest.chain.nodes import chain_label
from magpie.catalog import Catalog
from magpie.domain import MAINNET, Collection
from magpie.errors import InputError
from magpie.urls import host_of
from ui.cli import main

PUNKS_CONTRACT = "0xb47e3cd837dDF8e4c57F05d70Ab865de6e193BBB"


# -- addresses


@pytest.mark.parametrize(
    "written",
    [PUNKS_CONTRACT, PUNKS_CONTRACT.lower(), "0x" + PUNKS_CONTRACT[2:].upper(), f" {PUNKS_CONTRACT}\n"],
)
def test_address_is_given_back_in_checksum_spelling(written):
    assert checked_address(written) == PUNKS_CONTRACT


def test_address_with_one_letter_in_the_wrong_case_may_be_mistyped():
    with pytest.raises(InputError, match=r"checksum of .* is wrong"):
        checked_address(PUNKS_CONTRACT.replace("dDF8", "DDF8"))


@pytest.mark.parametrize("name", ["vitalik.eth", "sub.name.eth", "alice.xyz"])
def test_name_is_declined_by_name(name):
    with pytest.raises(InputError, match="not supported yet; give the 0x address"):
        checked_address(name)


@pytest.mark.parametrize(
    "written", ["", "0x", "0x12", "0x" + "1" * 39, "0x" + "1" * 41, "0x" + "g" * 40, "1" * 40, "alice"]
)
def test_anything_else_is_no_address(written):
    with pytest.raises(InputError, match="40 hexadecimal digits"):
        checked_address(written)


@given(st.text(max_size=60))
def test_wild_text_is_an_address_or_an_error_of_one_line(text):
    try:
        outcome = checked_address(text)
    except InputError as error:
        outcome = str(error)
    assert outcome.startswith("0x") or len(outcome.splitlines()) == 1


# -- token ids


@pytest.mark.parametrize(
    ("written", "token_id"),
    [
        ("0", 0),
        ("7804", 7804),
        ("#7804", 7804),
        (" 007 ", 7),
        ("0x1E7C", 7804),
        (str(2**256 - 1), 2**256 - 1),
        ("0x" + "f" * 64, 2**256 - 1),
    ],
)
def test_token_id_is_read_in_every_usual_spelling(written, token_id):
    assert parse_token_id(written) == token_id


@pytest.mark.parametrize(
    "written",
    [
        "",
        "#",
        "-1",
        "+1",
        "1.0",
        "1e3",
        "1_000",
        "٣",
        "0x",
        "0xg",
        "abc",
        str(2**256),
        "9" * 79,
        "9" * 10_000,
        "1" + "0" * 5000,
    ],
)
def test_anything_else_is_no_token_id_and_the_error_is_short(written):
    with pytest.raises(InputError, match="is not a token id") as caught:
        parse_token_id(written)
    assert len(str(caught.value)) < 140


# -- answers


@pytest.mark.parametrize(
    ("result", "address"),
    [
        ("0x" + "0" * 24 + "B" * 40, "0x" + "b" * 40),
        ("0x" + "0" * 64, "0x" + "0" * 40),
        ("0x" + "0" * 23 + "1" + "b" * 40, None),
        ("0x" + "0" * 22 + "b" * 40, None),
        ("0x" + "0" * 88 + "b" * 40, None),
        ("0x", None),
        (None, None),
        (5, None),
    ],
)
def test_only_one_clean_word_is_an_address(result, address):
    assert as_address(result) == address


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text())))
def test_wild_results_are_no_address_and_have_no_size(result):
    assert as_address(result) is None
    assert byte_count(result) is None or result.startswith("0x")


# -- what is shown


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://user:pass@eth.example.org/v2/KEY?x=KEY#KEY", "eth.example.org"),
        ("http://127.0.0.1:8545/", "127.0.0.1:8545"),
        ("http://[::1]:8545/", "[::1]:8545"),
    ],
)
def test_node_is_shown_by_host_and_port_only(url, host):
    assert host_of(url) == host


def test_chain_is_named_and_a_local_one_never_like_mainnet():
    assert chain_label(1) == "Ethereum mainnet"
    assert chain_label(1337) == "local development chain (not Ethereum mainnet)"
    assert chain_label(137) == "chain eip155:137"


def test_asking_a_node_leaves_the_recursion_limit_alone(tmp_path):
    """web3 imports py_ecc, which sets it to 100,000; nested JSON then crashes the interpreter."""
    code = (
        "import sys; limit = sys.getrecursionlimit()\n"
        "from agent.onchain.verifier import Verifier; from magpie.settings import Settings\n"
        "from magpie.domain import Collection\n"
        "settings = Settings(nodes={'eip155:1': ['http://127.0.0.1:1']})\n"
        "home = Collection(name='A', chain='eip155:1', contract='0x' + '1' * 40)\n"
        "assert Verifier(settings).verify(home, 1).verdict == 'unverified'\n"
        "assert 'web3' in sys.modules\n"
        "print(sys.getrecursionlimit() == limit)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


# -- the command


@pytest.fixture(scope="module")
def chain():
    punks = Collection(name="CRYPTOPUNKS", chain=MAINNET, contract=PUNKS_CONTRACT)
    with DevChain.start({punks: {"alice": (0,)}}) as running:
        yield running


@pytest.fixture
def magpie(chain, tmp_path, monkeypatch, capsys):
    """Runs ``magpie verify``: exit code, standard output, standard error."""
    punks = Collection(name="CRYPTOPUNKS", chain=MAINNET, contract=PUNKS_CONTRACT)
    with Catalog(tmp_path / "catalog.sqlite", create=True) as catalog:
        catalog.put_collection(punks)

    def run(*words, **environment):
        for name, value in {**chain.environment(), **environment}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["magpie", "verify", *words, "--home", str(tmp_path)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.mark.network
@pytest.mark.parametrize(
    ("token", "owner", "code", "verdict"),
    [
        ("0", None, 0, "owned"),
        ("0", "alice", 0, "owned"),
        ("0", "bob", 3, "not_owned"),
        ("1", None, 3, "nonexistent"),
    ],
)
def test_command_exits_with_0_for_yes_and_3_for_no(magpie, chain, token, owner, code, verdict):
    flag = ["--owner", chain.accounts[owner]] if owner else []
    ended, out, err = magpie("cryptopunks", token, *flag, "--json")
    assert (ended, json.loads(out)["verdict"], err) == (code, verdict, "")


@pytest.mark.network
def test_command_exits_with_1_when_nobody_can_tell_and_prints_the_receipt_all_the_same(magpie):
    ended, out, err = magpie("CRYPTOPUNKS", "0", "--json", MAGPIE_DEV_CHAIN_URL="http://127.0.0.1:1")
    assert (ended, json.loads(out)["verdict"], err) == (1, "unverified", "")


@pytest.mark.network
def test_command_prints_one_sentence_and_the_receipt(magpie, chain):
    ended, out, _ = magpie(PUNKS_CONTRACT, "#0")
    first, *rest = out.splitlines()
    assert ended == 0
    assert first.startswith(
        f"CRYPTOPUNKS #0 belongs to {chain.accounts['alice']}, on the local development chain"
    )
    assert [line.split()[0] for line in rest] == [
        "chain",
        "contract",
        "block",
        rest[3].split()[0],
        "node",
        "note",
    ]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("CRYPTOPUNKS", "-1"), "'-1' is not a token id"),
        (("CRYPTOPUNKS", "zero"), "'zero' is not a token id"),
        (("CRYPTOPUNK", "0"), "did you mean 'CRYPTOPUNKS'?"),
        (("0xB47e3cd837dDF8e4c57F05d70Ab865de6e193BBB", "0"), "checksum"),
        (("CRYPTOPUNKS", "0", "--owner", "vitalik.eth"), "give the 0x address"),
    ],
)
@pytest.mark.network
def test_command_refuses_bad_input_in_one_line(magpie, words, complaint):
    ended, out, err = magpie(*words)
    assert (ended, out, err.count("\n")) == (1, "", 1)
    assert complaint in err
