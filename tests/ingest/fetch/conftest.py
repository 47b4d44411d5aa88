"""Web servers whose every byte a test decides, and an internet in which they have public addresses."""

import asyncio
import socket
from threading import Thread

import pytest

from ingest.fetch import attempts
from ingest.fetch.client import Fetcher
from magpie.settings import Settings

PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:2800:220:1:248:1893:25c8:1946"


def response(body=b"", status=200, /, **headers):
    """A whole response. ``content_length=None`` leaves that header out."""
    named = {"content_length": len(body), "connection": "close"} | headers
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in named.items() if value is not None]
    return "\r\n".join([f"HTTP/1.1 {status} So", *lines, "", ""]).encode() + body


class Site:
    """Listens on 127.0.0.1. An answer is the bytes to send, or ``async def answer(writer)``; many in turn."""

    def __init__(self, ssl=None):
        self.answers = {}
        self.asked = []
        self.heads = []
        self._writers = set()
        self._loop = asyncio.new_event_loop()
        started = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=ssl)
        self._server = self._loop.run_until_complete(started)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def on(self, path, *answers):
        """Answer ``path`` so, one after the other; the last is repeated."""
        self.answers[path] = list(answers)

    async def _serve(self, reader, writer):
        self._writers.add(writer)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split()[1]
            self.asked.append(path)
            self.heads.append(head)
            answers = self.answers.get(path, [response(b"", 404)])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has left, as clients of hostile servers do
        finally:
            writer.close()

    def close(self):
        async def end():
            self._server.close()
            for writer in self._writers:
                writer.transport.abort()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await asyncio.sleep(0)

        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(end())
        self._loop.close()


@pytest.fixture
def make_site():
    sites = []

    def make(**given):
        sites.append(Site(**given))
        return sites[-1]

    yield make
    for site in sites:
        site.close()


@pytest.fixture
def site(make_site):
    return make_site()


class Internet:
    """Names, and where connections to addresses end. Everything that is connected to is recorded."""

    def __init__(self):
        self.names = {}
        self.routes = {}
        self.connected = []
        self.looked_up = []

    async def resolve(self, host, port):
        """The addresses of ``names``; a list of lists gives one after the other."""
        self.looked_up.append(host)
        found = self.names.get(host)
        if found is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return (found.pop(0) if len(found) > 1 else found[0]) if isinstance(found[0], list) else found


@pytest.fixture
def internet(monkeypatch):
    """Every connection of an event loop goes through it; one without a route fails."""
    made = Internet()
    connect = asyncio.SelectorEventLoop.sock_connect

    async def routed(loop, sock, address):
        made.connected.append(address[:2])
        if address[0] == "127.0.0.1" and address[:2] not in made.routes:
            return await connect(loop, sock, address)
        if address[:2] not in made.routes:
            raise OSError(101, "Network is unreachable")
        return await connect(loop, sock, ("127.0.0.1", made.routes[address[:2]]))

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", routed)
    return made


@pytest.fixture
def art(internet, site):
    """A site of a stranger: http://art.example/ at a public address."""
    internet.names["art.example"] = [PUBLIC]
    internet.routes[PUBLIC, 80] = site.port
    return site


@pytest.fixture
def impatient(monkeypatch):
    """Two tries, one after the other."""
    monkeypatch.setattr(attempts, "TRIES", 2)
    monkeypatch.setattr(attempts, "_FIRST_DELAY", 0.001)


@pytest.fixture
def reply():
    return response


@pytest.fixture
def make_settings():
    def make(*ipfs, arweave=(), **given):
        return Settings(ipfs_gateways=ipfs, arweave_gateways=arweave, **given)

    return make


@pytest.fixture
def fetch(internet, make_settings):
    """Fetch one link, with the internet's names; without settings no gateway is named."""

    def get(uri, limit=2**20, chosen=None):
        async def run():
            async with Fetcher(chosen or make_settings(), resolve=internet.resolve) as fetcher:
                return await fetcher.get(uri, limit=limit)

        return asyncio.run(run())

    return get
