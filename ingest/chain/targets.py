"""Which contract a person means, where it is read, and under which identity it is ingested."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from ingest.chain.addresses import checked_address
from ingest.chain.nodes import chain_id_of, no_node, urls_of
from magpie.domain import DEV_CHAIN, LOCAL_FILES, MAINNET, ChainId, Collection
from magpie.errors import ConfigError, InputError, unknown_name
from magpie.settings import Settings
from magpie.text import fold

_CAIP = re.compile(r"(eip155:[0-9]{1,32}):(0[xX].*)")


@dataclass(frozen=True)
class Target:
    """``contract`` on ``chain`` is the collection's identity; ``address`` behind ``urls`` is what is read.

    They differ where a development chain stands in. ``known`` is the collection as the catalogue has it, and
    ``name`` what it is called, "" if only the contract can tell.
    """

    chain: str
    contract: str
    chain_id: int
    address: str
    urls: tuple[str, ...]
    name: str = ""
    known: Collection | None = None


def find_target(given: str, settings: Settings, *, chain: str | None, known: Sequence[Collection]) -> Target:
    """What ``given`` means: 0x…, eip155:1:0x…, or the name of a collection that has a contract.

    Raises `InputError` for anything else, with suggestions, and `ConfigError` if no node is configured.
    """
    written = given.strip()
    _check_chain(chain)
    prefixed = _CAIP.fullmatch(written)
    if prefixed is not None:
        named, written = prefixed.groups()
        _check_chain(named)
        if chain not in (None, named):
            raise InputError(f"{given!r} is on {named}, and --chain says {chain}; leave one of them out")
        chain = named
    if written[:2].lower() == "0x":
        return _by_address(checked_address(written).lower(), settings, chain, known)
    return _by_name(written, settings, chain, known)


def _check_chain(chain: str | None) -> None:
    try:
        TypeAdapter(ChainId | None).validate_python(chain)
    except ValidationError as error:
        raise InputError(f"{chain!r} is no chain; it is written as eip155:1 (Ethereum mainnet)") from error
    if chain == LOCAL_FILES:
        raise InputError(f"{LOCAL_FILES} is no chain; it is written as eip155:1 (Ethereum mainnet)")


def _by_address(address: str, settings: Settings, chain: str | None, known: Sequence[Collection]) -> Target:
    stand_in = next((name for name, each in settings.dev_chain_contracts.items() if each == address), None)
    if stand_in is not None and settings.dev_chain_url and chain in (None, DEV_CHAIN):
        return _stand_in(stand_in, address, settings, known)
    chain = chain or MAINNET
    collection = next((c for c in known if (c.chain, c.contract) == (chain, address)), None)
    return _real(chain, address, settings, collection)


def _by_name(name: str, settings: Settings, chain: str | None, known: Sequence[Collection]) -> Target:
    stand_ins = settings.dev_chain_contracts if settings.dev_chain_url else {}
    stand_in = next((each for each in stand_ins if fold(each) == fold(name)), None)
    if stand_in is not None and chain in (None, DEV_CHAIN):
        return _stand_in(stand_in, stand_ins[stand_in], settings, known)
    collection = next((c for c in known if fold(c.name) == fold(name)), None)
    if collection is None:
        if not known and not stand_ins:
            raise InputError(f"{name!r} is not in the catalogue; give the contract's address, 0x…")
        raise unknown_name("collection", name, {*(c.name for c in known), *stand_ins})
    if not collection.on_chain:
        raise InputError(f"no contract is known for {collection.name}; give its address, 0x…")
    if chain not in (None, collection.chain):
        raise InputError(f"{collection.name} is on {collection.chain}; leave --chain out, or give an address")
    return _real(collection.chain, collection.contract, settings, collection)


def _stand_in(name: str, address: str, settings: Settings, known: Sequence[Collection]) -> Target:
    collection = next((c for c in known if fold(c.name) == fold(name)), None)
    chain_id, urls = chain_id_of(DEV_CHAIN), urls_of(DEV_CHAIN, settings)
    if collection is None:
        return Target(DEV_CHAIN, address, chain_id, address, urls, name)
    return Target(collection.chain, collection.contract, chain_id, address, urls, collection.name, collection)


def _real(chain: str, address: str, settings: Settings, collection: Collection | None) -> Target:
    urls = urls_of(chain, settings)
    if not urls:
        raise ConfigError(no_node(chain).rstrip("."))
    name = collection.name if collection else ""
    return Target(chain, address, chain_id_of(chain), address, urls, name, collection)
