"""Where a collection's ownership is read, by the settings: which chain, which contract, which nodes."""

from typing import NamedTuple

from ingest.chain.nodes import LOCAL_CHAIN_ID, chain_id_of, chain_label, no_node
from magpie.domain import DEV_CHAIN, LOCAL_FILES, Collection
from magpie.settings import Settings


class Target(NamedTuple):
    """A contract on a chain, and the nodes to ask in order; none means nowhere, and ``reason`` says why.

    ``note`` is what a reader of any verdict from here has to know.
    """

    chain_id: int | None
    contract: str
    urls: tuple[str, ...] = ()
    reason: str = ""
    note: str = ""


def target_of(collection: Collection, settings: Settings) -> Target:
    """The development chain where it stands in for this collection, else the collection's own chain."""
    stand_in = settings.dev_chain_contracts.get(collection.name)
    if settings.dev_chain_url and stand_in:
        return Target(
            LOCAL_CHAIN_ID, stand_in, (str(settings.dev_chain_url),), note=_stand_in_note(collection)
        )
    if collection.chain == LOCAL_FILES:
        return Target(None, collection.contract, reason=_no_contract(collection))
    chain_id = chain_id_of(collection.chain)
    urls = tuple(map(str, settings.nodes.get(collection.chain, ())))
    if urls:
        return Target(chain_id, collection.contract, urls)
    reason = _no_dev_chain(collection) if collection.chain == DEV_CHAIN else no_node(collection.chain)
    return Target(chain_id, collection.contract, reason=reason)


def _stand_in_note(collection: Collection) -> str:
    if collection.chain in (DEV_CHAIN, LOCAL_FILES):
        return ""
    real = chain_label(chain_id_of(collection.chain))
    return f"A local development chain stands in for {real}: this says nothing about who owns the real token."


def _no_contract(collection: Collection) -> str:
    return f"No contract is known for {collection.name}: ingest it again with --contract 0x… of its contract."


def _no_dev_chain(collection: Collection) -> str:
    return (
        f"{collection.name} is on no public chain: run `magpie devchain`, and set MAGPIE_DEV_CHAIN_URL and"
        " MAGPIE_DEV_CHAIN_CONTRACTS as it prints them."
    )
