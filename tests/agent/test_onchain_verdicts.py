"""Verdicts against real contracts, deployed on a real chain and asked over real HTTP."""

import json

import pytest

from agent.devchain.contracts import Compiled, compile_source
from agent.devchain.server import DevChain
from agent.onchain.receipt import Receipt
from agent.onchain.verifier import Verifier
from agent.onchain.wording import sentence
from magpie.domain import DEV_CHAIN, LOCAL_FILES, MAINNET, Collection, local_contract
from magpie.errors import InputError
from magpie.settings import Settings

pytestmark = pytest.mark.network

PUNKS = Collection(name="CRYPTOPUNKS", chain=MAINNET, contract="0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb")
ROBOTS = Collection(name="Robots", chain=DEV_CHAIN, contract=local_contract("Robots"))
HUGE = 2**256 - 1
LOCAL = "local development chain (not Ethereum mainnet)"


@pytest.fixture(scope="module")
def chain():
    holdings = {PUNKS: {"alice": (0, 9999), "bob": (7804,)}, ROBOTS: {"alice": (0, 1), "bob": (HUGE,)}}
    with DevChain.start(holdings) as running:
        yield running


@pytest.fixture
def settings(chain, tmp_path):
    def make(**fields):
        known = {"dev_chain_url": chain.url, "dev_chain_contracts": chain.contracts}
        return Settings(home=tmp_path, **{**known, **fields})

    return make


@pytest.fixture
def verify(settings):
    return lambda *asked, **fields: Verifier(settings(**fields)).verify(*asked)


@pytest.fixture
def stand_in(chain):
    """Deploys a contract for a collection of that name, so that it can be asked at once, at ``latest``."""

    def make(name, code):
        chain.deploy(name, code)
        return Collection(name=name, chain=DEV_CHAIN, contract=local_contract(name))

    return make


def raw(runtime):
    """A contract whose whole code is this hex, without a compiler's good manners."""
    size = f"{len(runtime) // 2:02x}"
    return Compiled(abi=[], creation=f"0x60{size}600a5f3960{size}5ff3" + runtime)


# -- the verdict matrix


@pytest.mark.parametrize(
    ("collection", "token_id", "asked", "verdict", "holder"),
    [
        (PUNKS, 0, "alice", "owned", "alice"),
        (PUNKS, 0, "bob", "not_owned", "alice"),
        (PUNKS, 0, None, "owned", "alice"),
        (PUNKS, 7804, "bob", "owned", "bob"),
        (PUNKS, 9999, "alice", "owned", "alice"),
        (PUNKS, 1, "alice", "nonexistent", None),
        (PUNKS, 10_000, None, "nonexistent", None),
        (PUNKS, HUGE, None, "nonexistent", None),
        (ROBOTS, 0, "alice", "owned", "alice"),
        (ROBOTS, 1, "bob", "not_owned", "alice"),
        (ROBOTS, HUGE, "bob", "owned", "bob"),
        (ROBOTS, HUGE - 1, "bob", "nonexistent", None),
        (ROBOTS, 2, None, "nonexistent", None),
    ],
)
def test_verdict(chain, verify, collection, token_id, asked, verdict, holder):
    receipt = verify(collection, token_id, chain.accounts[asked] if asked else None)
    assert receipt.verdict == verdict
    assert receipt.owner == (chain.accounts[holder] if holder else None)
    assert bool(receipt.reason) == (verdict == "nonexistent")


def test_receipt_says_where_and_when_it_was_read(chain, verify):
    receipt = verify(PUNKS, 0)
    block = chain.evm.header_at("finalized")
    assert str(receipt.token) == f"eip155:1/erc721:{PUNKS.contract}/0"
    assert receipt.contract == chain.contracts["CRYPTOPUNKS"]
    assert (receipt.chain_id, receipt.chain_label, receipt.is_local) == (1337, LOCAL, True)
    assert (receipt.block_number, receipt.block_hash) == (block.block_number, "0x" + block.hash.hex())
    assert (receipt.block_tag, receipt.pinned_by) == ("finalized", "hash")
    assert receipt.block_time < receipt.time
    assert receipt.node == chain.url.removeprefix("http://")
    assert (receipt.method, receipt.standard) == ("punkIndexToAddress", "CryptoPunks")
    assert receipt.notes == (
        "A local development chain stands in for Ethereum mainnet:"
        " this says nothing about who owns the real token.",
    )


def test_receipt_survives_json_with_a_token_id_that_no_json_number_holds(verify):
    receipt = verify(ROBOTS, HUGE)
    document = receipt.model_dump_json()
    assert Receipt.model_validate_json(document) == receipt
    assert json.loads(document)["token"]["token_id"] == str(HUGE)


def test_sentence_names_the_local_chain_and_the_block(chain, verify):
    alice, bob = chain.accounts["alice"], chain.accounts["bob"]
    block = chain.evm.header_at("finalized").block_number
    where = f"on the {LOCAL} at block {block} (finalized)"
    assert sentence(verify(ROBOTS, 0)) == f"Robots #0 belongs to {alice}, {where}."
    assert sentence(verify(ROBOTS, 0, alice)) == f"{alice} owns Robots #0, {where}."
    assert sentence(verify(ROBOTS, 0, bob)) == f"{bob} does not own Robots #0, {alice} does, {where}."
    assert sentence(verify(ROBOTS, 2)).startswith(
        f"Robots #2 does not exist {where}. The contract has no such token"
    )


@pytest.mark.parametrize("spelling", [str.lower, lambda a: "0x" + a[2:].upper(), lambda a: f" {a} "])
def test_owner_is_compared_whatever_its_case(chain, verify, spelling):
    receipt = verify(ROBOTS, 0, spelling(chain.accounts["alice"]))
    assert (receipt.verdict, receipt.asked_owner) == ("owned", chain.accounts["alice"])


@pytest.mark.parametrize("token_id", [-1, 2**256])
def test_token_id_outside_uint256_is_refused_before_asking(verify, token_id):
    with pytest.raises(InputError, match="is not a token id"):
        verify(ROBOTS, token_id)


# -- the block


def test_sale_after_the_pinned_block_changes_only_what_is_asked_later(chain, verify):
    sold = Collection(name="Sold", chain=DEV_CHAIN, contract=local_contract("Sold"))
    chain.add(sold, {"alice": (5,)})
    chain.evm.mine(2)
    before = verify(sold, 5)
    chain.transfer("Sold", 5, sender="alice", receiver="carol")
    assert (before.owner, before.block_tag) == (chain.accounts["alice"], "finalized")
    assert verify(sold, 5).owner == chain.accounts["alice"]
    assert verify(sold, 5, block_tag="latest").owner == chain.accounts["carol"]
    chain.evm.mine(2)
    after = verify(sold, 5, chain.accounts["alice"])
    assert (after.verdict, after.owner) == ("not_owned", chain.accounts["carol"])
    assert after.block_number == before.block_number + 3


def test_burned_token_does_not_exist_any_more(chain, verify):
    burnt = Collection(name="Burnt", chain=DEV_CHAIN, contract=local_contract("Burnt"))
    chain.add(burnt, {"alice": (5,)})
    assert verify(burnt, 5, block_tag="latest").verdict == "owned"
    chain.burn("Burnt", 5, sender="alice")
    assert verify(burnt, 5, block_tag="latest").verdict == "nonexistent"


def test_contract_without_code_at_the_finalized_block_is_unverified(chain, verify):
    young = Collection(name="Young", chain=DEV_CHAIN, contract=local_contract("Young"))
    chain.add(young, {"alice": (5,)})
    receipt = verify(young, 5)
    assert (receipt.verdict, receipt.reason) == (
        "unverified",
        "There is no contract at this address on this chain.",
    )
    assert receipt.block_tag == "finalized"


# -- contracts that misbehave: never a yes or a no that the contract did not give


@pytest.mark.parametrize(
    ("name", "runtime", "reason"),
    [
        ("stops", "00", "The contract answered with 0 bytes that are no address."),
        ("31 bytes", "601f5ff3", "The contract answered with 31 bytes that are no address."),
        ("64 bytes", "60405ff3", "The contract answered with 64 bytes that are no address."),
        ("dirty high bytes", "5f195f5260205ff3", "The contract answered with 32 bytes that are no address."),
        ("loops for ever", "5b5f56", "The contract's ownerOf ran out of gas."),
        (
            "asks off chain",
            "63556f183060e01b5f5260045ffd",
            "The contract wants a URL to be fetched, which is never done.",
        ),
        ("reverts at all", "60645ffd", "The contract refused ownerOf and declares no standard"),
        ("invalid opcode", "fe", "The contract refused ownerOf and declares no standard"),
        ("megabytes", "620f00005ff3", "No node could be read: 127.0.0.1:"),
    ],
)
def test_answer_that_is_no_answer_is_unverified(stand_in, verify, name, runtime, reason):
    receipt = verify(stand_in(name, raw(runtime)), 1, block_tag="latest")
    assert (receipt.verdict, receipt.owner) == ("unverified", None)
    assert receipt.reason.startswith(reason)


def test_flood_of_return_data_is_cut_off_and_named(stand_in, verify):
    receipt = verify(stand_in("flood", raw("620f00005ff3")), 1, block_tag="latest")
    assert receipt.attempts[0].problem == "answered with more than 1 MiB"


def test_refusal_with_garbage_by_a_contract_that_declares_erc721_means_no_such_token(stand_in, verify):
    code = compile_source("""
@external
@pure
def supportsInterface(interface_id: bytes4) -> bool:
    return True

@external
@view
def ownerOf(token_id: uint256) -> address:
    if token_id == 1:
        raise "<script>\\n\\x1b[31mred"
    raw_revert(x"08c379a0ffffffffff")
""")
    collection = stand_in("garbage", code)
    markup, garbage = (verify(collection, token_id, block_tag="latest") for token_id in (1, 2))
    assert (markup.verdict, garbage.verdict) == ("nonexistent", "nonexistent")
    assert garbage.reason == "The contract has no such token (execution reverted)."
    assert "<" not in markup.reason
    assert "\x1b" not in markup.reason


def test_contract_without_erc165_is_believed_about_owners_and_named_as_such(stand_in, verify):
    code = compile_source("""
@external
@view
def ownerOf(token_id: uint256) -> address:
    return 0x000000000000000000000000000000000000bEEF
""")
    receipt = verify(stand_in("plain", code), 1, block_tag="latest")
    assert (receipt.verdict, receipt.standard) == ("owned", "ownerOf without ERC-165")
    assert receipt.owner == "0x000000000000000000000000000000000000bEEF"


def test_account_or_precompile_in_place_of_a_contract_is_unverified(chain, verify):
    stand_ins = {"an account": chain.accounts["alice"], "ripemd160": "0x" + "0" * 39 + "3"}
    for name in stand_ins:
        home = Collection(name=name, chain=DEV_CHAIN, contract=local_contract(name))
        receipt = verify(home, 1, dev_chain_contracts=stand_ins)
        assert receipt.reason == "There is no contract at this address on this chain."


# -- where to ask


def test_collection_is_asked_on_its_own_chain_only(chain, verify):
    receipt = verify(PUNKS, 0, dev_chain_contracts={}, nodes={"eip155:1": [chain.url]})
    assert (receipt.verdict, receipt.is_local) == ("unverified", False)
    assert receipt.attempts[0].problem == "serves chain 1337, not chain 1"


def test_development_chain_may_be_given_as_a_node_of_chain_1337(chain, verify):
    known = Collection(name="Robots", chain=DEV_CHAIN, contract=chain.contracts["Robots"])
    receipt = verify(known, 0, dev_chain_url=None, nodes={"eip155:1337": [chain.url]})
    assert (receipt.verdict, receipt.is_local, receipt.notes) == ("owned", True, ())


def test_unconfigured_node_is_unverified_with_the_setting_to_set(verify):
    receipt = verify(PUNKS, 0, dev_chain_url=None)
    assert (receipt.verdict, receipt.contract, receipt.node) == ("unverified", None, None)
    assert """MAGPIE_NODES='{"eip155:1": ["https://…"]}'""" in receipt.reason
    assert '"eip155:1" = ["https://…"] under [nodes]' in receipt.reason


def test_collection_without_a_known_contract_is_unverified_with_the_flag_to_give(verify):
    unknown = Collection(name="Mine", chain=LOCAL_FILES, contract=local_contract("Mine"))
    receipt = verify(unknown, 0)
    assert (receipt.verdict, receipt.chain_id, receipt.chain_label) == ("unverified", None, "no chain")
    assert "--contract 0x…" in receipt.reason


def test_generated_sample_without_a_chain_is_unverified_with_the_command_to_run(verify):
    receipt = verify(ROBOTS, 0, dev_chain_url=None)
    assert receipt.verdict == "unverified"
    assert "run `magpie devchain`" in receipt.reason


# -- finding the collection


def test_collection_is_found_by_name_or_contract_and_a_new_contract_is_on_mainnet(settings, catalog):
    catalog.put_collection(PUNKS)
    verifier = Verifier(settings(), catalog)
    assert verifier.find_collection("CryptoPunks") == PUNKS
    assert verifier.find_collection("0xb47e3cd837dDF8e4c57F05d70Ab865de6e193BBB") == PUNKS
    stranger = verifier.find_collection("0x" + "1" * 40)
    assert (stranger.chain, stranger.contract) == (MAINNET, "0x" + "1" * 40)
    with_stand_ins = settings().dev_chain_contracts
    assert verifier.find_collection(with_stand_ins["CRYPTOPUNKS"]) == PUNKS
    assert verifier.find_collection(with_stand_ins["Robots"]).chain == DEV_CHAIN
    with pytest.raises(InputError, match="did you mean 'CRYPTOPUNKS'"):
        verifier.find_collection("CRYPTOPUNK")
    with pytest.raises(InputError, match="checksum"):
        verifier.find_collection("0xB47e3cd837dDF8e4c57F05d70Ab865de6e193BBB")


def test_contract_can_be_asked_with_nothing_ingested(settings):
    assert Verifier(settings()).find_collection(PUNKS.contract).contract == PUNKS.contract
    with pytest.raises(InputError, match="nothing is ingested"):
        Verifier(settings()).find_collection("CRYPTOPUNKS")
