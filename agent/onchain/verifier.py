"""Asks the configured nodes who owns a token, and writes the receipt. Never guesses."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agent.onchain.inputs import checked_token_id
from agent.onchain.judgement import judge, standard
from agent.onchain.reading import Reading, read_owner
from agent.onchain.receipt import Attempt, Receipt
from agent.onchain.standards import OwnerCall, owner_call
from agent.onchain.targets import Target, target_of
from ingest.chain.addresses import checked_address, checksummed
from ingest.chain.nodes import LOCAL_CHAIN_ID, chain_label, load_web3
from ingest.chain.replies import NodeProblem
from magpie.catalog import Catalog
from magpie.domain import DEV_CHAIN, MAINNET, Collection
from magpie.errors import InputError
from magpie.settings import Settings

if TYPE_CHECKING:
    from ingest.chain.node import Node


class Verifier:
    """Reads ownership through the nodes in the settings, the first that answers. Not for concurrent use."""

    def __init__(self, settings: Settings, catalog: Catalog | None = None) -> None:
        """``catalog`` is only used to find collections by name."""
        self._settings, self._catalog = settings, catalog
        self._nodes: dict[str, Node] = {}

    def find_collection(self, name_or_contract: str) -> Collection:
        """The collection of that name or 0x contract (also a stand-in's); an unknown contract is on mainnet.

        Raises `InputError` for an unknown name, with suggestions, and for a malformed address.
        """
        if name_or_contract.strip()[:2].lower() == "0x":
            return self._by_contract(checked_address(name_or_contract))
        if self._catalog is None:
            raise InputError(
                f"nothing is ingested, so {name_or_contract!r} is unknown:"
                " run `magpie ingest sample`, or give the 0x contract address"
            )
        return self._catalog.collection(name_or_contract)

    def _by_contract(self, contract: str) -> Collection:
        known = self._catalog.collections() if self._catalog else []
        stand_ins = {address: name for name, address in self._settings.dev_chain_contracts.items()}
        name = stand_ins.get(contract.lower())
        for collection in known:
            if collection.contract == contract.lower() or collection.name == name:
                return collection
        chain = MAINNET if name is None else DEV_CHAIN
        return Collection(name=name or contract, chain=chain, contract=contract, source="address")

    def verify(self, collection: Collection, token_id: int, owner: str | None = None) -> Receipt:
        """Who owned the token at one block, and whether that is ``owner`` (a 0x address).

        A node that fails leads to the next one, and if none is left to ``unverified``; it is never an
        exception and never a no. Raises `InputError` for a malformed owner or token id.
        """
        asked = checked_address(owner) if owner is not None else None
        question = owner_call(collection, checked_token_id(token_id))
        target = target_of(collection, self._settings)
        facts: dict[str, Any] = {
            "token": collection.ref(token_id),
            "collection": collection.name,
            "asked_owner": asked,
            "method": question.method,
            "chain_id": target.chain_id,
            "chain_label": chain_label(target.chain_id) if target.chain_id else "no chain",
            "is_local": target.chain_id == LOCAL_CHAIN_ID,
            "time": datetime.now(UTC),
            "notes": (target.note,) if target.note else (),
        }
        if not target.urls:
            return Receipt(verdict="unverified", reason=target.reason, **facts)
        facts["contract"] = checksummed(target.contract)
        reading, facts["attempts"] = self._read(target, question)
        if reading is None:
            return Receipt(verdict="unverified", reason=_all_failed(facts["attempts"]), **facts)
        return _receipt(reading, question, facts)

    def _read(self, target: Target, question: OwnerCall) -> tuple[Reading | None, tuple[Attempt, ...]]:
        """The first usable reading, and the nodes that failed before it."""
        attempts: list[Attempt] = []
        chain_id, tag = target.chain_id or 0, self._settings.block_tag
        for url in target.urls:
            node = self._node(url)
            try:
                reading = read_owner(node, target.contract, question, chain_id=chain_id, tag=tag)
            except NodeProblem as problem:
                attempts.append(Attempt(node=node.host, problem=str(problem)))
            else:
                return reading, tuple(attempts)
        return None, tuple(attempts)

    def _node(self, url: str) -> "Node":
        if url not in self._nodes:
            load_web3()
            from ingest.chain.node import Node

            self._nodes[url] = Node(url, self._settings.node_timeout)
        return self._nodes[url]


def _receipt(reading: Reading, question: OwnerCall, facts: dict[str, Any]) -> Receipt:
    verdict, owner, reason = judge(reading, question, facts["asked_owner"])
    return Receipt(
        verdict=verdict,
        owner=owner,
        reason=reason,
        standard=standard(reading, question) if reading.has_code else None,
        block_number=reading.block.number,
        block_hash=reading.block.hash,
        block_tag=reading.block.tag,
        block_time=reading.block.time,
        pinned_by=reading.block.pinned_by,
        node=reading.node,
        **{**facts, "notes": facts["notes"] + reading.notes},
    )


def _all_failed(attempts: tuple[Attempt, ...]) -> str:
    each = "; ".join(f"{attempt.node} {attempt.problem}" for attempt in attempts)
    return f"No node could be read: {each}. Try again, or set another node in MAGPIE_NODES."
