"""What a contract is: by what it declares and what it does, for both may be lies."""

import pytest

from ingest.chain.contract import probe
from magpie.errors import SourceError

pytestmark = pytest.mark.network

WORD_OF_FS = "7f" + "ff" * 32
ANSWERS = {
    "a string of a million bytes": "6020600052620f4240602052620f42806000f3",
    "an offset outside": f"{WORD_OF_FS}60005260406000f3",
    "a length without end": f"6020600052{WORD_OF_FS}60205260806000f3",
    "invalid UTF-8": "6020600052600260205261fffe60f01b60405260606000f3",
    "a direction character": "6020600052600360205262e280ae60e81b60405260606000f3",
    "nothing": "00",
    "an error without words": "60006000fd",
    "an invalid opcode": "fe",
}


def test_an_honest_contract_is_described(chain, deploy, reading):
    tiles = deploy(chain, range(3), enumerable=True, title="Tiles of <b>Glass</b>")
    chain.transact(tiles.name, "deployer", "setContractURI", "ipfs://about")
    chain.evm.mine(2)
    found = probe(reading(chain).contracts, tiles.address)
    assert (found.standard, found.name, found.symbol) == ("ERC-721", "Tiles of Glass", "TL")
    assert (found.supply, found.enumerable, found.uri) == (3, True, "ipfs://about")


def test_an_address_without_a_contract_is_said_to_be_one(chain, reading):
    with pytest.raises(SourceError, match="no contract at this address at block"):
        probe(reading(chain).contracts, chain.accounts["alice"].lower())


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_nonsense_for_a_name_is_no_name_and_no_failure(chain, deploy_code, reading, answer):
    address = deploy_code(chain, answer)
    found = probe(reading(chain).contracts, address)
    assert found.standard == "ERC-721 that does not declare it"
    assert found.name in ("", "\ufffd\ufffd")
    assert (found.supply, found.enumerable) == (None, False)
    assert "\ufffd" not in found.uri


def declare(chain, tiles, **interfaces):
    for interface, supported in interfaces.items():
        chain.transact(tiles.name, "deployer", "declare", bytes.fromhex(interface[1:]), supported)
    chain.evm.mine(2)


def test_a_contract_that_declares_nothing_but_works_is_read(chain, deploy, reading):
    tiles = deploy(chain, [1])
    declare(chain, tiles, x01ffc9a7=False)
    assert probe(reading(chain).contracts, tiles.address).standard == "ERC-721 that does not declare it"


def test_a_contract_that_declares_every_interface_is_believed_none(chain, deploy, reading):
    tiles = deploy(chain, [1], enumerable=True)
    declare(chain, tiles, xffffffff=True)
    found = probe(reading(chain).contracts, tiles.address)
    assert (found.standard, found.enumerable) == ("ERC-721 that does not declare it", False)


def test_a_contract_with_neither_declaration_nor_token_is_refused(chain, deploy, reading):
    tiles = deploy(chain, [500])
    declare(chain, tiles, x01ffc9a7=False)
    with pytest.raises(SourceError, match=r"is no ERC-721 contract: .* no owner for token 0 or 1"):
        probe(reading(chain).contracts, tiles.address)
    assert probe(reading(chain).contracts, tiles.address, ids=[500]).supply == 1


def test_erc1155_is_refused_by_name_unless_it_is_erc721_too(chain, deploy, reading):
    tiles = deploy(chain, [1])
    declare(chain, tiles, xd9b67a26=True)
    assert probe(reading(chain).contracts, tiles.address).standard == "ERC-721"
    declare(chain, tiles, x80ac58cd=False)
    with pytest.raises(SourceError, match="ERC-1155 contract"):
        probe(reading(chain).contracts, tiles.address)
