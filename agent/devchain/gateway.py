"""A local IPFS-like gateway: files under their real CIDs, with the latency and the faults one asks for.

Answers ``/ipfs/CID`` and ``/ipfs/CID/path`` with the file, or with the one block that is asked for by
``?format=raw`` or ``Accept: application/vnd.ipld.raw`` (a trustless gateway), and ``/files/path`` like any
web server. Only this machine can reach it. It knows no chain.
"""

import asyncio
import random
import socket
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from mimetypes import guess_type
from threading import Thread
from typing import Literal, NamedTuple, Self, get_args
from urllib.parse import unquote

from ingest.ipfs.build import Dag
from ingest.ipfs.cid import Cid
from ingest.ipfs.resolve import Resolver
from magpie.errors import InputError, SourceError

Fault = Literal["429", "429 wait", "5xx", "reset", "truncated", "slow", "lie"]
HONEST: tuple[Fault, ...] = ("429", "429 wait", "5xx", "reset", "truncated", "slow")
RAW = "application/vnd.ipld.raw"
_LOOPBACK = "127.0.0.1"
_MAX_HEAD = 16 * 1024
_NO_LIMIT = 2**40
_NOW = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset
_REASONS = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 429: "Too Many Requests"}
_SLOW_PARTS = 10


@dataclass(frozen=True)
class Faults:
    """Which share of the requests goes wrong, and how. The same seed gives the same faults by request number.

    "429 wait" names a Retry-After of one second, "truncated" ends before the length it promised, "slow" takes
    ``slow_seconds`` for the body, and "lie" sends other bytes of the same length.
    """

    rate: float = 0.0
    kinds: tuple[Fault, ...] = HONEST
    seed: int = 0
    slow_seconds: float = 1.0

    def __post_init__(self) -> None:
        if unknown := set(self.kinds) - set(get_args(Fault)):
            raise InputError(f"unknown fault {unknown.pop()!r}; known: {', '.join(get_args(Fault))}")

    def of(self, request: int) -> Fault | None:
        """What befalls the request of that number, if anything."""
        if not self.rate:
            return None
        chance = random.Random(self.seed << 32 | request)
        return chance.choice(self.kinds) if chance.random() < self.rate else None


class Answer(NamedTuple):
    """What is to be sent, before anything befalls it."""

    status: int
    content: bytes
    media_type: str = "text/plain"
    headers: tuple[str, ...] = ()


class Gateway:
    """Serves ``files`` (path -> content) until it is closed. Use as a context manager; safe from any thread.

    ``url`` is where it listens, ``root`` the CID of the directory of all files, ``requests`` how often each
    path was asked for, faults included. One that is not ``trustless`` knows no single blocks and sends whole
    files, as ordinary gateways do.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        *,
        latency: float = 0.0,
        faults: Faults | None = None,
        trustless: bool = True,
        port: int = 0,
    ) -> None:
        """Raises `InputError` if the port is taken."""
        self.requests: Counter[str] = Counter()
        self.faults = faults or Faults()
        self.latency, self._files, self._trustless = latency, files, trustless
        self._dag = Dag()
        self.root = str(self._dag.add_files(files).cid)
        self._resolver = Resolver(self._block)
        self.connections: set[_Connection] = set()
        self.numbers = count(1)
        self._loop = asyncio.new_event_loop()
        try:
            listening = self._loop.create_server(lambda: _Connection(self), _LOOPBACK, port)
            self._server = self._loop.run_until_complete(listening)
        except (OSError, OverflowError) as error:
            self._loop.close()
            raise InputError(f"cannot listen on port {port} ({error}); give another, or 0") from error
        self.url = f"http://{_LOOPBACK}:{self._server.sockets[0].getsockname()[1]}"
        self._thread = Thread(target=self._loop.run_forever, name="gateway", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving. Safe to call twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.run_until_complete(self._end())
            self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def answer(self, method: str, target: str, accept: str) -> Answer:
        """What a request for ``target`` gets when all goes well."""
        path, _, query = target.partition("?")
        if method != "GET":
            return Answer(405, b"only GET\n")
        kind, _, rest = unquote(path).lstrip("/").partition("/")
        if kind == "files" and rest in self._files:
            return Answer(200, self._files[rest], guess_type(rest)[0] or "application/octet-stream")
        if kind != "ipfs":
            return Answer(404, b"nothing here\n")
        root, _, below = rest.partition("/")
        try:
            cid = Cid.parse(root)
            if self._trustless and not below and ("format=raw" in query or RAW in accept):
                return Answer(200, await self._block(cid), RAW, (f"X-Ipfs-Path: {path}",))
            content = await self._resolver.read(cid, below, limit=_NO_LIMIT)
        except SourceError as error:
            return Answer(404, f"{error}\n".encode())
        return Answer(200, content, guess_type(below)[0] or "application/octet-stream")

    async def _block(self, cid: Cid) -> bytes:
        if cid not in self._dag.blocks:
            raise SourceError(f"{cid} is not here")
        return self._dag.blocks[cid]

    async def _end(self) -> None:
        self._server.close()
        for connection in list(self.connections):
            connection.abort()
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await asyncio.sleep(0)  # the connections learn of their end in the next turn


class _Connection(asyncio.Protocol):
    """One connection: requests one after the other, kept open between them."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._received = b""
        self._answering: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # of a stream it is a Transport
        self._gateway.connections.add(self)

    def abort(self) -> None:
        """Break off, unsent bytes included."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) > _MAX_HEAD:
            self.abort()
        elif self._answering is None:
            self._next()

    def connection_lost(self, error: Exception | None) -> None:
        self._gateway.connections.discard(self)
        if self._answering:
            self._answering.cancel()

    def _next(self) -> None:
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        self._received = rest
        lines = head.decode("latin-1").split("\r\n")
        method, _, target = lines[0].partition(" ")
        accept = next((line for line in lines[1:] if line.lower().startswith("accept:")), "")
        self._answering = asyncio.create_task(self._answer(method, target.partition(" ")[0], accept))

    async def _answer(self, method: str, target: str, accept: str) -> None:
        gateway = self._gateway
        gateway.requests[target.partition("?")[0]] += 1
        fault = gateway.faults.of(next(gateway.numbers))
        if gateway.latency:
            await asyncio.sleep(gateway.latency)
        await self._send(await gateway.answer(method, target, accept), fault)
        self._answering = None
        if not self._transport.is_closing():
            self._next()

    async def _send(self, answer: Answer, fault: Fault | None) -> None:
        match fault:
            case None:
                self._write(answer)
            case "429":
                self._write(Answer(429, b"too many\n"))
            case "429 wait":
                self._write(Answer(429, b"too many\n", headers=("Retry-After: 1",)))
            case "5xx":
                self._write(Answer(503, b"broken\n"))
            case "reset":
                stream: socket.socket = self._transport.get_extra_info("socket")
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOW)
                self.abort()
            case "truncated":
                self._write(answer, sent=len(answer.content) // 2)
                self._transport.close()
            case "slow":
                await self._dribble(answer)
            case "lie":
                self._write(answer._replace(content=_other(answer.content)))

    def _write(self, answer: Answer, sent: int | None = None) -> None:
        """Send head and body in one piece; of the body ``sent`` bytes only."""
        lines = (
            f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Error')}",
            f"Content-Type: {answer.media_type}",
            f"Content-Length: {len(answer.content)}",
            *answer.headers,
        )
        head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
        self._transport.write(head + answer.content[:sent])

    async def _dribble(self, answer: Answer) -> None:
        self._write(answer, sent=0)
        step = max(1, -(-len(answer.content) // _SLOW_PARTS))
        for at in range(0, len(answer.content), step):
            await asyncio.sleep(self._gateway.faults.slow_seconds / _SLOW_PARTS)
            self._transport.write(answer.content[at : at + step])


def _other(content: bytes) -> bytes:
    return bytes([content[0] ^ 1]) + content[1:] if content else b"\n"
