"""What a person may write for a contract, and what is said to anything else."""

import pytest

from ingest.chain.addresses import parse_ids
from ingest.chain.targets import find_target
from magpie.domain import DEV_CHAIN, LOCAL_FILES, MAINNET, Collection, local_contract
from magpie.errors import ConfigError, InputError
from magpie.settings import Settings

PUNKS = "0xb47e3cd837dDF8e4c57F05d70Ab865de6e193BBB"
STAND_IN = "0x" + "ab" * 20
NODE = "https://node.example/key"
KNOWN = (
    Collection(name="CRYPTOPUNKS", chain=MAINNET, contract=PUNKS),
    Collection(name="Moon Birds", chain="eip155:10", contract="0x" + "cd" * 20),
    Collection(name="Files", chain=LOCAL_FILES, contract=local_contract("Files")),
)


def settings(**given):
    return Settings(nodes={MAINNET: (NODE,), "eip155:10": (NODE,)}, **given)


def target(given, chain=None, known=KNOWN, **more):
    return find_target(given, settings(**more), chain=chain, known=known)


@pytest.mark.parametrize(
    ("given", "chain", "expected"),
    [
        (PUNKS, None, (MAINNET, PUNKS.lower(), "CRYPTOPUNKS")),
        (PUNKS.lower(), None, (MAINNET, PUNKS.lower(), "CRYPTOPUNKS")),
        (f"eip155:10:{PUNKS}", None, ("eip155:10", PUNKS.lower(), "")),
        (f"eip155:10:{PUNKS}", "eip155:10", ("eip155:10", PUNKS.lower(), "")),
        (PUNKS, "eip155:10", ("eip155:10", PUNKS.lower(), "")),
        ("crypto punks", None, (MAINNET, PUNKS.lower(), "CRYPTOPUNKS")),
        ("moonbirds", None, ("eip155:10", "0x" + "cd" * 20, "Moon Birds")),
    ],
)
def test_a_contract_is_named_by_address_chain_and_address_or_collection(given, chain, expected):
    found = target(given, chain)
    assert (found.chain, found.contract, found.name) == expected
    assert (found.address, found.urls) == (found.contract, (NODE,))


@pytest.mark.parametrize(
    ("given", "chain", "said"),
    [
        (PUNKS.replace("dDF8", "DDF8"), None, "checksum of .* is wrong"),
        ("0x12", None, "is not an address"),
        ("eip155:1:0x12", None, "is not an address"),
        (f"eip155:10:{PUNKS}", MAINNET, "is on eip155:10, and --chain says eip155:1"),
        (f"eip155:0:{PUNKS}", None, "'eip155:0' is no chain"),
        (PUNKS, "mainnet", "'mainnet' is no chain"),
        (PUNKS, LOCAL_FILES, "is no chain"),
        ("Cryptopunk", None, "did you mean 'CRYPTOPUNKS'"),
        ("Files", None, "no contract is known for Files; give its address"),
        ("Moon Birds", MAINNET, "is on eip155:10; leave --chain out"),
    ],
)
def test_anything_else_is_refused_in_one_line_with_the_fix(given, chain, said):
    with pytest.raises(InputError, match=said) as refused:
        target(given, chain)
    assert "\n" not in str(refused.value)


def test_a_name_in_an_empty_catalogue_asks_for_the_address():
    with pytest.raises(InputError, match="give the contract's address"):
        target("Moon Birds", known=())


def test_a_chain_without_a_node_names_the_setting():
    with pytest.raises(ConfigError, match=r"chain eip155:137: set MAGPIE_NODES='\{\"eip155:137\""):
        target(PUNKS, "eip155:137")


@pytest.mark.parametrize("given", ["cryptopunks", STAND_IN, f"{DEV_CHAIN}:{STAND_IN}"])
def test_a_development_chain_stands_in_for_a_collection_and_keeps_its_identity(given):
    found = target(given, dev_chain_url="http://127.0.0.1:1", dev_chain_contracts={"CRYPTOPUNKS": STAND_IN})
    assert (found.chain, found.contract, found.address) == (MAINNET, PUNKS.lower(), STAND_IN)
    assert (found.chain_id, found.urls) == (1337, ("http://127.0.0.1:1/",))


def test_a_stand_in_that_the_catalogue_does_not_know_is_on_the_development_chain():
    stand_ins = {"New Tiles": STAND_IN}
    found = target("newtiles", dev_chain_url="http://127.0.0.1:1", dev_chain_contracts=stand_ins)
    assert (found.chain, found.contract, found.name, found.known) == (DEV_CHAIN, STAND_IN, "New Tiles", None)
    with pytest.raises(InputError, match="did you mean 'New Tiles'"):
        target("new tils", dev_chain_url="http://127.0.0.1:1", dev_chain_contracts=stand_ins)


@pytest.mark.parametrize(
    ("text", "ids"),
    [("5", [5]), ("1,5-9", [1, 5, 6, 7, 8, 9]), (" 3 , 2-3", [2, 3]), (str(2**256 - 1), [2**256 - 1])],
)
def test_ids_are_numbers_and_ranges(text, ids):
    assert parse_ids(text, most=6) == ids


@pytest.mark.parametrize(
    "text", ["", "a", "5-", "9-5", "1,,2", "-1", str(2**256), "1-7", "1-2,3-7", "0-" + "9" * 77]
)
def test_other_ids_are_refused(text):
    with pytest.raises(InputError, match=r"neither a token id|more than 6"):
        parse_ids(text, most=6)
