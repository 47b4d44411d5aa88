"""The development chain behind a JSON-RPC server that only this machine can reach."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

from agent.devchain.contracts import ERC721, PUNKS, Compiled, compiled
from agent.devchain.evm import FINALITY_LAG, Abi, Evm
from agent.devchain.rpc import MAX_LOGS, Rpc
from ingest.chain.punks import is_cryptopunks
from magpie.domain import Collection
from magpie.errors import InputError
from magpie.text import fold

Holdings = Mapping[str, Sequence[int]]
"""Account name (alice, bob, ...) or 0x address -> the token ids it gets."""

_LOOPBACK = "127.0.0.1"
_MAX_BODY = 1 << 20
_LENGTH = re.compile(r"[0-9]{1,9}")
_MINT_AT_ONCE = 200  # within the contracts' 250 and, at some 45,000 gas each, a block


class DevChain:
    """A running chain, one contract a collection. Use as a context manager.

    ``url`` is where it listens; ``contracts`` are the deployed addresses by collection name;
    ``accounts`` are the funded addresses by name: deployer, alice, bob, carol, dave, ...
    """

    def __init__(self, evm: Evm, *, port: int = 0, max_logs: int = MAX_LOGS) -> None:
        """Serve ``evm`` (port 0: any free one). Raises `InputError` if the port is taken."""
        self.evm, self.accounts = evm, evm.accounts
        self.contracts: dict[str, str] = {}
        self._abis: dict[str, Abi] = {}
        try:
            self._server = _Server((_LOOPBACK, port), Rpc(evm, max_logs))
        except (OSError, OverflowError) as error:
            raise InputError(f"cannot listen on port {port} ({error}); give another --port, or 0") from error
        self.url = f"http://{_LOOPBACK}:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="devchain", daemon=True)
        self._thread.start()

    @classmethod
    def start(cls, holdings: Mapping[Collection, Holdings], *, port: int = 0) -> Self:
        """Deploy a contract for each collection, mint what ``holdings`` says, and let it become final.

        CryptoPunks get a contract of their own kind, the others ERC-721. Raises `InputError` for an
        unknown account, a token held twice, a punk above 9999 or a port in use.
        """
        chain = cls(Evm(), port=port)
        try:
            for collection, shares in holdings.items():
                chain.add(collection, shares)
            chain.evm.mine(max(FINALITY_LAG.values()))
        except BaseException:
            chain.stop()
            raise
        return chain

    def add(self, collection: Collection, holdings: Holdings) -> str:
        """Deploy one more collection and mint its tokens; returns the contract's address."""
        name, as_punks = collection.name, is_cryptopunks(collection)
        code = compiled(PUNKS if as_punks else ERC721)
        names = (_shorten(name, 100), _shorten(fold(name).upper(), 16))
        self.deploy(name, code, *(() if as_punks else names))
        for holder, token_ids in holdings.items():
            address = self.address_of(holder)
            for first in range(0, len(token_ids), _MINT_AT_ONCE):
                batch = list(token_ids[first : first + _MINT_AT_ONCE])
                if as_punks:
                    self.transact(name, "deployer", "setInitialOwners", [address] * len(batch), batch)
                else:
                    self.transact(name, "deployer", "mint", address, batch)
        if as_punks:
            self.transact(name, "deployer", "allInitialOwnersAssigned")
        return self.contracts[name]

    def deploy(self, name: str, code: Compiled, *arguments: object) -> str:
        """Deploy any contract as the stand-in for the collection of that name; returns its address."""
        address = self.evm.deploy(code.creation, code.abi, *arguments)
        self.contracts[name], self._abis[name] = address, code.abi
        return address

    def transfer(self, collection: str, token_id: int, *, sender: str, receiver: str) -> None:
        """Move a token in a new block. Raises `InputError` if ``sender`` does not hold it."""
        source, target = self.address_of(sender), self.address_of(receiver)
        if any(entry.get("name") == "transferPunk" for entry in self._abis[collection]):
            self.transact(collection, source, "transferPunk", target, token_id)
        else:
            self.transact(collection, source, "transferFrom", source, target, token_id)

    def burn(self, collection: str, token_id: int, *, sender: str) -> None:
        """Destroy an ERC-721 token in a new block. Raises `InputError` if ``sender`` does not hold it."""
        self.transact(collection, sender, "burn", token_id)

    def transact(self, collection: str, sender: str, function: str, *arguments: object) -> None:
        """Call any function of a collection's contract in a new block, as ``sender`` (a name or 0x…)."""
        contract, abi = self.contracts[collection], self._abis[collection]
        self.evm.transact(self.address_of(sender), contract, abi, function, *arguments)

    def address_of(self, holder: str) -> str:
        """The address of an account name; an address is itself. Raises `InputError` for neither."""
        if holder in self.accounts:
            return self.accounts[holder]
        if holder.startswith("0x"):
            from eth_utils.address import is_address, to_checksum_address

            if is_address(holder):
                return str(to_checksum_address(holder))
        known = ", ".join(self.accounts)
        raise InputError(f"{holder!r} is no account of the development chain; use {known} or 0x…")

    def environment(self) -> dict[str, str]:
        """The settings that make Magpie ask this chain, as environment variables."""
        return {
            "MAGPIE_DEV_CHAIN_URL": self.url,
            "MAGPIE_DEV_CHAIN_CONTRACTS": json.dumps(self.contracts, ensure_ascii=False),
        }

    def stop(self) -> None:
        """Stop serving; the chain's state is gone. Safe to call twice."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _shorten(text: str, size: int) -> str:
    """The start of ``text`` that fits ``size`` bytes of UTF-8, which is how Vyper measures strings."""
    return text.encode()[:size].decode(errors="ignore")


class _Server(ThreadingHTTPServer):
    """Keeps what the handlers need."""

    def __init__(self, address: tuple[str, int], rpc: Rpc) -> None:
        super().__init__(address, _Handler)
        self.rpc = rpc

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no news; anything else is a bug and is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    """POST a JSON-RPC body; anything else is refused.

    The Host check keeps web pages out that point their own name at this machine (DNS rebinding), and the
    content type keeps out those that post a form.
    """

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1  # head and body in one packet: unbuffered, delayed acknowledgements cost 40 ms an answer
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not _LENGTH.fullmatch(length) or int(length) > _MAX_BODY:
            self._refuse(413, f"a body of at most {_MAX_BODY} bytes, with its length, is needed")
        elif self.headers.get("Host", "").rpartition(":")[0] not in (_LOOPBACK, "localhost"):
            self._refuse(403, "only this machine may ask")
        elif self.headers.get_content_type() != "application/json":
            self._refuse(415, "the content type is application/json")
        else:
            self._reply(200, self.server.rpc.answer(self.rfile.read(int(length))))

    def _refuse(self, status: int, why: str) -> None:
        self.close_connection = True  # the body was not read, so the connection cannot be used again
        self._reply(status, json.dumps({"error": why}).encode())

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class names it)
        """Quiet: a library does not print."""
