"""One HTTP exchange with one checked target, by aiohttp: no redirects, cookies, proxies or retries.

aiohttp because httpx takes some 2 ms of a core for a request and it takes a twentieth of that.
"""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from ingest.fetch.body import ENCODINGS, Pace, TooLarge, Unpacker, read
from ingest.fetch.guard import Resolve, Target, addresses, check_address
from ingest.sources.tree import printable
from magpie.errors import SourceError

CONNECT_SECONDS = 10
_AGENT = "magpie (NFT dataset builder)"
_NAMES_SECONDS = 60  # how long an address that was looked up, and judged, is used


@dataclass(frozen=True)
class Answer:
    """What came back; the content only of status 200."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""


class Transport:
    """Keeps connections. Two pools, so that none made for a named gateway serves a stranger's link."""

    def __init__(self, resolve: Resolve, seconds: float) -> None:
        """``seconds`` is for one exchange, from the look-up to the last byte."""
        self._resolve, self._seconds = resolve, seconds
        self._pools: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        for named in (False, True):
            connector = aiohttp.TCPConnector(
                limit=0,  # see hosts.py
                resolver=_Names(self._resolve, named=named),
                ttl_dns_cache=_NAMES_SECONDS,
                socket_factory=_Sockets(named=named),
            )
            self._pools[named] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                headers={"User-Agent": _AGENT},
                auto_decompress=False,
                trust_env=False,
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools.values():
            await pool.close()

    async def ask(
        self, target: Target, *, limit: int, pace: Pace, accept: str = "*/*", named: bool = False
    ) -> Answer:
        """GET. ``limit`` bytes of unpacked body are taken, if they keep the ``pace``.

        Raises `SourceError`, retryable if another try or another server may do better.
        """
        path = f"{target.path}?{target.query}" if target.query else target.path
        url = URL(f"{target.scheme}://{target.authority}{path}", encoded=True)
        packing = ", ".join(ENCODINGS) if accept == "*/*" else "identity"
        headers = {"Accept": accept, "Accept-Encoding": packing}
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._pools[named].get(url, headers=headers, allow_redirects=False) as response,
            ):
                if response.status != 200:
                    return Answer(response.status, response.headers)
                return Answer(200, response.headers, await _body(response, limit, pace))
        except TimeoutError as error:
            raise SourceError("took too long to answer", retryable=True) from error
        except aiohttp.ClientError as error:
            raise _translated(error) from error


async def _body(response: aiohttp.ClientResponse, limit: int, pace: Pace) -> bytes:
    unpacker = Unpacker(response.headers.get("Content-Encoding", ""), limit)
    declared = response.content_length
    if declared is not None and declared > limit:
        raise TooLarge(limit, declared)
    return await read(response.content.iter_any(), unpacker, declared=declared, pace=pace)


def _translated(error: aiohttp.ClientError) -> SourceError:
    """An error in one line. What is wrong with the server itself is not retryable."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return SourceError("its certificate is not valid for this host")
        case aiohttp.ClientSSLError():
            return SourceError("no TLS connection", retryable=True)
        case aiohttp.ClientPayloadError():
            return SourceError("cut short", retryable=True)
        case aiohttp.ServerDisconnectedError():
            return SourceError("closed the connection without an answer", retryable=True)
        case aiohttp.ClientOSError():
            return SourceError(f"no connection ({printable(error.strerror or 'refused')})", retryable=True)
        case aiohttp.ClientResponseError():
            reason = printable(error.message.partition(":")[0])  # what follows are the stranger's words
            return SourceError(f"answers with no proper HTTP ({reason})")
        case _:
            return SourceError(f"cannot be asked ({type(error).__name__})")


class _Names(AbstractResolver):
    """aiohttp's look-up: what it gets is judged, and it connects to nothing else."""

    def __init__(self, resolve: Resolve, *, named: bool) -> None:
        self._resolve, self._named = resolve, named

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await addresses(host, port, self._resolve, named=self._named)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        """Nothing is open."""


class _Sockets:
    """Makes each socket, knowing where it will connect to: URLs with an address in them are judged here."""

    def __init__(self, *, named: bool) -> None:
        self._named = named

    def __call__(self, where: Any) -> socket.socket:  # noqa: ANN401 (a getaddrinfo tuple)
        family, kind, protocol, _, address = where
        check_address(str(address[0]), named=self._named)
        return socket.socket(family, kind, protocol)
