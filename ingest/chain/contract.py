"""What a contract is, by what it declares and by what it does: either may be a lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ingest.chain import abi
from ingest.chain.calls import Contracts
from ingest.chain.pinned import Answer
from magpie import text
from magpie.errors import SourceError

ERC165, NOTHING, ERC721, METADATA = "01ffc9a7", "ffffffff", "80ac58cd", "5b5e139f"
ENUMERABLE, ERC1155 = "780e9d63", "d9b67a26"
MAX_NAME, MAX_URI = 10_000, 2**20
Standard = Literal["ERC-721", "ERC-721 that does not declare it", "CryptoPunks"]


@dataclass(frozen=True)
class Contract:
    """One collection's contract. Texts are clean; ``supply`` is as claimed, None if it claims none.

    ``enumerable`` is a claim too: `ingest.chain.enumeration` tries it.
    """

    address: str
    standard: Standard
    name: str = ""
    symbol: str = ""
    supply: int | None = None
    enumerable: bool = False
    uri: str = ""


def probe(contracts: Contracts, address: str, ids: Sequence[int] = ()) -> Contract:
    """What is at ``address``; ``ids`` are tokens it is said to have. Raises `SourceError` if no ERC-721."""
    if not contracts.has_code(address):
        raise SourceError(f"{address}: there is no contract at this address at block {_block(contracts)}")
    declared = _declared(contracts, address)
    tried = tuple(dict.fromkeys((0, 1, *ids)))
    works = any(_is_token(contracts, address, each) for each in tried)
    if ERC1155 in declared and not (ERC721 in declared and works):
        raise SourceError(
            f"{address} is an ERC-1155 contract, whose tokens are not single; only ERC-721 is read"
        )
    if ERC721 not in declared and not works:
        raise SourceError(
            f"{address} is no ERC-721 contract: it declares none, and has no owner for token "
            + " or ".join(map(str, tried))
        )
    name, symbol, supply, uri = contracts.all(
        *(abi.call(address, each) for each in (abi.NAME, abi.SYMBOL, abi.TOTAL_SUPPLY, abi.CONTRACT_URI))
    )
    return Contract(
        address=address,
        standard="ERC-721" if ERC721 in declared else "ERC-721 that does not declare it",
        name=text.clean(_text(name, MAX_NAME), 100),
        symbol=text.clean(_text(symbol, MAX_NAME), 100),
        supply=abi.as_number(supply) if isinstance(supply, bytes) else None,
        enumerable=ENUMERABLE in declared,
        uri=_text(uri, MAX_URI, errors="strict"),
    )


def _declared(contracts: Contracts, address: str) -> set[str]:
    """The interfaces that the contract declares by ERC-165; none if it breaks that standard's own rule."""
    asked = (ERC165, NOTHING, ERC721, METADATA, ENUMERABLE, ERC1155)
    answers = contracts.all(*(abi.supports(address, each) for each in asked))
    said = {
        each
        for each, answer in zip(asked, answers, strict=True)
        if isinstance(answer, bytes) and abi.as_true(answer)
    }
    return said if ERC165 in said and NOTHING not in said else set()


def _is_token(contracts: Contracts, address: str, token_id: int) -> bool:
    (owner,) = contracts.all(abi.call(address, abi.OWNER_OF, token_id))
    return owns(owner)


def owns(answer: Answer) -> bool:
    """Whether ``ownerOf`` named an owner: a token that was never minted, or was burned, has none."""
    return isinstance(answer, bytes) and abi.as_address(answer) not in (None, f"0x{0:040x}")


def _text(answer: Answer, limit: int, *, errors: str = "replace") -> str:
    return (abi.as_text(answer, limit, errors=errors) or "") if isinstance(answer, bytes) else ""


def _block(contracts: Contracts) -> str:
    block = contracts.chain.block
    return f"{block.number:,} ({block.tag})"
