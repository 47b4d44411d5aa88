"""One in-memory Ethereum chain on py-evm: real blocks, real state, real execution. No HTTP here."""

import time
from collections.abc import Iterator
from itertools import count
from threading import RLock
from typing import Any, NamedTuple

from agent.devchain.contracts import MULTICALL, compiled
from magpie.errors import InputError
from magpie.optional import require

Abi = list[dict[str, Any]]
Header = Any  # py-evm's block header; it has no types

CHAIN_ID = 1337
FINALITY_LAG = {"latest": 0, "safe": 1, "finalized": 2}
CALL_GAS = 3_000_000  # about 2 s of a loop in py-evm; real nodes cap calls likewise
MULTICALL_ADDRESS = "0xcA11bde05977b3631167028862bE2a173976CA11"
_CLOCK_LAG = 600  # s behind: a burst of blocks, each 1 s after its parent, must not be in the future
_NAMES = ("deployer", "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan")


class Called(NamedTuple):
    """How a read-only call ended: ``output`` is the return data, or the revert data."""

    output: bytes
    failure: str | None
    reverted: bool


class Log(NamedTuple):
    """One event: where it is in the chain, who raised it, and what it says. ``topics`` are 32-byte words."""

    block: int
    block_hash: bytes
    transaction: bytes
    place: int
    address: bytes
    topics: tuple[int, ...]
    data: bytes


class Evm:
    """A chain with ten funded accounts whose keys everybody knows. Safe to use from several threads."""

    def __init__(self, *, multicall: bool = True, call_gas: int = CALL_GAS) -> None:
        """``multicall``: have a Multicall3 from the first block. ``call_gas``: what a call may use."""
        tester = require("eth_tester", extra="devchain")
        for module, extra in (("eth", "devchain"), ("web3", "chain")):
            require(module, extra=extra)
        start = tester.PyEVMBackend.generate_genesis_params({"timestamp": int(time.time()) - _CLOCK_LAG})
        state = tester.PyEVMBackend.generate_genesis_state(num_accounts=len(_NAMES))
        if multicall:
            code = bytes.fromhex(compiled(MULTICALL).runtime.removeprefix("0x"))
            address = bytes.fromhex(MULTICALL_ADDRESS[2:])
            state[address] = {"balance": 0, "nonce": 1, "code": code, "storage": {}}
        self._tester = tester.EthereumTester(tester.PyEVMBackend(start, state))
        self._call_gas = call_gas
        self._logs: dict[bytes, tuple[Log, ...]] = {}
        self._chain = self._tester.backend.chain
        self._chain.chain_id = CHAIN_ID  # eth-tester has no setting; signing and CHAINID read this
        self._lock = RLock()
        self.accounts: dict[str, str] = dict(zip(_NAMES, self._tester.get_accounts(), strict=False))

    # -- writing

    def deploy(self, creation: str, abi: Abi, *arguments: object) -> str:
        """Deploy from the deployer's account; returns the checksummed address."""
        from web3 import Web3

        data = Web3().eth.contract(abi=abi, bytecode=creation).constructor(*arguments).data_in_transaction
        receipt = self._send({"from": self.accounts["deployer"], "data": data})
        return str(receipt["contract_address"])

    def transact(self, sender: str, contract: str, abi: Abi, name: str, *arguments: object) -> None:
        """Call a state-changing function and mine it. Raises `InputError` if the contract refuses."""
        from web3 import Web3

        data = Web3().eth.contract(abi=abi).encode_abi(name, list(arguments))
        self._send({"from": sender, "to": contract, "data": data})

    def _send(self, transaction: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            self._set_clock()
            transaction_hash = self._tester.send_transaction({"gas": 25_000_000, **transaction})
            receipt: dict[str, Any] = self._tester.get_transaction_receipt(transaction_hash)
        if receipt["status"] != 1:
            raise InputError("the development contract refused the transaction; check sender and token id")
        return receipt

    def mine(self, blocks: int = 1) -> None:
        """Add empty blocks."""
        with self._lock:
            for _ in range(blocks):
                self._set_clock()
                self._tester.mine_block()

    def _set_clock(self) -> None:
        parent = self._chain.get_canonical_head()
        self._chain.set_header_timestamp(max(parent.timestamp + 1, int(time.time()) - _CLOCK_LAG))

    # -- reading

    def header_at(self, block: int | str) -> Header | None:
        """The canonical header of a number or tag (``earliest`` to ``finalized``), or None."""
        with self._lock:
            head = self._chain.get_block().number - 1  # py-evm's own head is the block under construction
            if isinstance(block, str):
                block = 0 if block == "earliest" else max(0, head - FINALITY_LAG[block])
            return self._chain.get_canonical_block_header_by_number(block) if 0 <= block <= head else None

    def header_of(self, block_hash: bytes) -> Header | None:
        """The canonical header with that hash, or None."""
        from eth.exceptions import HeaderNotFound

        with self._lock:
            try:
                found = self._chain.get_block_header_by_hash(block_hash)
            except HeaderNotFound:
                return None
            canonical = self.header_at(found.block_number)
            return found if canonical is not None and canonical.hash == block_hash else None

    def transactions_in(self, header: Header) -> list[bytes]:
        """Hashes of the block's transactions, in order."""
        with self._lock:
            return [transaction.hash for transaction in self._chain.get_block_by_header(header).transactions]

    def logs_in(self, header: Header) -> tuple[Log, ...]:
        """The block's events, in order."""
        with self._lock:
            if header.bloom and header.hash not in self._logs:
                self._logs[header.hash] = tuple(self._read_logs(header))
            return self._logs.get(header.hash, ())

    def _read_logs(self, header: Header) -> Iterator[Log]:
        block = self._chain.get_block_by_header(header)
        receipts = block.get_receipts(self._chain.chaindb)
        places = count()
        for transaction, receipt in zip(block.transactions, receipts, strict=True):
            for log in receipt.logs:
                where = (header.block_number, header.hash, transaction.hash, next(places))
                yield Log(*where, bytes(log.address), tuple(log.topics), bytes(log.data))

    def code_at(self, header: Header, address: bytes) -> bytes:
        """The code at the address after that block."""
        with self._lock:
            return bytes(self._chain.get_vm(at_header=header).state.get_code(address))

    def balance_at(self, header: Header, address: bytes) -> int:
        """The balance in wei after that block."""
        with self._lock:
            return int(self._chain.get_vm(at_header=header).state.get_balance(address))

    def call_at(
        self, header: Header, *, to: bytes, data: bytes, sender: bytes, gas: int | None = None
    ) -> Called:
        """Run the contract on the state after that block; nothing it does is kept. ``gas``: None for all."""
        from eth.exceptions import Revert

        with self._lock:
            limit = self._call_gas if gas is None else min(gas, self._call_gas)
            vm = self._chain.get_vm(at_header=header)
            code = vm.state.get_code(to)
            done = vm.execute_bytecode(sender, 0, limit, to, sender, 0, data, code)
        if not done.is_error:
            return Called(bytes(done.output), None, reverted=False)
        if isinstance(done.error, Revert):
            return Called(bytes(done.output), "execution reverted", reverted=True)
        return Called(b"", _failure(done.error), reverted=False)


def _failure(error: Exception) -> str:
    """How geth words a failed execution."""
    from eth.exceptions import InvalidInstruction, InvalidJumpDestination, OutOfGas

    if isinstance(error, OutOfGas):
        return "out of gas"
    if isinstance(error, InvalidInstruction):
        return "invalid opcode: INVALID"
    return "invalid jump destination" if isinstance(error, InvalidJumpDestination) else type(error).__name__
