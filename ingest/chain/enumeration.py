"""Which token ids a contract has: by index if it can list them, else by counting up, else by its events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from ingest.chain import abi
from ingest.chain.calls import Contracts
from ingest.chain.contract import Contract, owns
from ingest.chain.transfers import minted_ids
from magpie.errors import SourceError
from magpie.progress import Tick, unseen

MAX_IDS = 1_000_000
BEYOND = 8  # ids after the last that must have no owner
MISSING_IN_A_ROW = 1_000  # ids without a token after which counting up ends


@dataclass(frozen=True)
class Ids:
    """The ids of a collection, how they were found, and what a reader has to know of that.

    ``certain``: none is missing.
    """

    ids: Sequence[int]
    how: str
    notes: tuple[str, ...] = ()
    certain: bool = True

    def first(self, limit: int | None) -> "Ids":
        """The same, of at most ``limit`` ids."""
        return self if limit is None else replace(self, ids=self.ids[:limit])


def find_ids(contracts: Contracts, contract: Contract, folder: Path, *, tick: Tick = unseen) -> Ids:
    """Every id at the pinned block. ``folder`` keeps what the events say, so that it is read once.

    ``totalSupply`` is only believed as far as other answers agree with it. Raises `SourceError` if no way
    gives ids.
    """
    supply = contract.supply if contract.supply and contract.supply <= MAX_IDS else None
    notes = (
        () if supply or not contract.supply else (f"totalSupply says {contract.supply:.3g}: not believed",)
    )
    found = None
    if supply:
        ways = (_by_index, _counted)
        found = next(filter(None, (way(contracts, contract, supply) for way in ways)), None)
    if found is None:
        try:
            ids = minted_ids(contracts.chain, contract.address, folder, most=MAX_IDS, tick=tick)
            found = Ids(ids, "Transfer events: minted and not burned")
        except SourceError as error:
            found = _counted(contracts, contract, None)
            if found is None:
                raise
            note = f"the events could not be read ({error}), so ids after a long gap would be missing"
            found = replace(found, notes=(*found.notes, note), certain=False)
    if not found.ids:
        raise SourceError(f"{contract.address} has no tokens at block {contracts.chain.block.number:,}")
    return replace(found, notes=(*notes, *found.notes))


def with_owner(contracts: Contracts, contract: Contract, ids: Sequence[int]) -> Ids:
    """Those of ``ids`` that exist; CryptoPunks, which have no ``ownerOf``, by their number.

    Raises `SourceError` if none does.
    """
    if contract.standard == "CryptoPunks":
        found = [each for each in ids if each < (contract.supply or 0)]
    else:
        exist = _exist(contracts, contract.address, ids)
        found = [each for each, has_owner in zip(ids, exist, strict=True) if has_owner]
    if not found:
        raise SourceError(f"{contract.address} has none of the tokens that --ids names")
    missing = len(ids) - len(found)
    notes = (f"{missing:,} of the ids given do not exist",) if missing else ()
    return Ids(found, "as given", notes)


def _by_index(contracts: Contracts, contract: Contract, supply: int) -> Ids | None:
    """ERC-721 Enumerable, if every index gives another id, and the first index too many gives none."""
    if not contract.enumerable:
        return None
    beyond, *few = contracts.all(
        *(
            abi.call(contract.address, abi.TOKEN_BY_INDEX, each)
            for each in (supply, 0, supply // 2, supply - 1)
        )
    )
    if isinstance(beyond, bytes) or not all(isinstance(answer, bytes) for answer in few):
        return None
    calls = (abi.call(contract.address, abi.TOKEN_BY_INDEX, index) for index in range(supply))
    ids: set[int] = set()
    for answer in contracts.each(calls):
        token_id = abi.as_number(answer) if isinstance(answer, bytes) else None
        if token_id is None:
            return None
        ids.add(token_id)
    return Ids(sorted(ids), "tokenByIndex (ERC-721 Enumerable)") if len(ids) == supply else None


def _counted(contracts: Contracts, contract: Contract, supply: int | None) -> Ids | None:
    """Every id from 0 up that has an owner, until there are as many as ``supply`` says.

    Without ``supply`` until `MISSING_IN_A_ROW` ids have none. None if there are fewer, or more, or if neither
    0 nor 1 has an owner.
    """
    if not any(_exist(contracts, contract.address, [0, 1])):
        return None
    found: list[int] = []
    missing = gaps = 0
    calls = (abi.call(contract.address, abi.OWNER_OF, each) for each in count())
    for token_id, answer in zip(range(MAX_IDS), contracts.each(calls), strict=False):
        if owns(answer):
            gaps, missing = gaps + (missing if found else 0), 0
            found.append(token_id)
        else:
            missing += 1
        if len(found) == supply or missing == MISSING_IN_A_ROW:
            break
    if supply is not None and (
        len(found) < supply or any(_exist(contracts, contract.address, _after(found)))
    ):
        return None
    notes = (f"{gaps:,} ids between {found[0]} and {found[-1]} have no owner",) if gaps else ()
    agreed = ", as many as totalSupply says" if supply is not None else ""
    return Ids(found, f"{found[0]} to {found[-1]}, each with an owner{agreed}", notes)


def _after(found: Sequence[int]) -> range:
    return range(found[-1] + 1, found[-1] + 1 + BEYOND)


def _exist(contracts: Contracts, address: str, ids: Sequence[int]) -> list[bool]:
    return [
        owns(answer) for answer in contracts.all(*(abi.call(address, abi.OWNER_OF, each) for each in ids))
    ]
