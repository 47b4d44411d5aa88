"""What a node can say to one call, and what its errors mean. Pure; knows no transport."""

import re
from dataclasses import dataclass

from magpie.errors import SourceError

OFFCHAIN_LOOKUP = "0x556f1830"  # EIP-3668: the contract wants us to fetch a URL of its choice
_REVERT_CODE = 3
# Nodes number the EVM's failures freely, so a code alone would take a rate limit for a "no": words decide.
_VM_ERROR_CODE = -32015  # Nethermind and others: always the EVM, details in ``data``
_EXECUTION_CODES = (-32000, -32603)  # geth, Besu, Erigon; Hardhat
_REFUSED = re.compile(
    r"execution reverted|vm exception while processing transaction|^revert(ed)?\b"
    r"|^invalid opcode|^(invalid|bad) jump destination|^stack underflow",  # how contracts before 2018 throw
    re.IGNORECASE,
)
_OUT_OF_GAS = re.compile(r"out of gas|gas required exceeds|gas limit", re.IGNORECASE)
_BUSY = re.compile(
    r"too many requests|rate.?limit|(request|call|capacity|compute|daily|throughput).{0,40}(limit|exceeded)"
    r"|exceeded.{0,40}(quota|capacity|requests)|try again",
    re.IGNORECASE,
)
_NO_SUCH_BLOCK_CODES = (-32602, -39001)
_NO_SUCH_BLOCK = re.compile(
    r"(block|header|tag)\b.*\b(not found|unknown|unsupported|invalid)|unknown block"
    r"|hex string without 0x|invalid block ?(number|tag)|unmarshal",  # how older nodes read a tag
    re.IGNORECASE,
)


class NodeProblem(SourceError):
    """A node gave no usable answer: down, slow, refused, or not JSON-RPC. Says nothing of ownership.

    ``too_much``: it may be that the question was too large, so that a part of it would be answered.
    """

    def __init__(self, problem: str, *, too_much: bool = False) -> None:
        super().__init__(problem, retryable=True)
        self.too_much = too_much


@dataclass(frozen=True)
class RpcError:
    """A JSON-RPC error object. ``message`` is safe to show; ``data`` is the revert data, if any."""

    code: int
    message: str
    data: str = ""

    @property
    def is_revert(self) -> bool:
        """Whether the contract refused, as opposed to the node being unable to run it to the end."""
        if self.code in (_REVERT_CODE, _VM_ERROR_CODE):
            return not self.is_out_of_gas
        return self.code in _EXECUTION_CODES and bool(_REFUSED.search(self.message))

    @property
    def is_out_of_gas(self) -> bool:
        """Whether the call ran past the gas that the node allows: nobody can tell the contract's answer."""
        wording = self.data if self.code == _VM_ERROR_CODE else self.message
        return self.code in (*_EXECUTION_CODES, _VM_ERROR_CODE) and bool(_OUT_OF_GAS.search(wording))

    @property
    def asks_off_chain(self) -> bool:
        """Whether the contract answered with a CCIP-Read look-up, which is never followed."""
        return self.data.removeprefix("Reverted ").startswith(OFFCHAIN_LOOKUP)

    @property
    def is_unknown_block(self) -> bool:
        """Whether the node does not know the block, or does not understand how it was named."""
        named = self.code in _NO_SUCH_BLOCK_CODES or bool(_NO_SUCH_BLOCK.search(self.message))
        return named and not self.is_revert  # a contract may say anything in its refusal

    @property
    def is_busy(self) -> bool:
        """Whether the node would answer later: it counts our questions, not what they ask for."""
        return self.code == 429 or bool(_BUSY.search(self.message))

    def __str__(self) -> str:
        return f"error {self.code}: {self.message}" if self.message else f"error {self.code}"
