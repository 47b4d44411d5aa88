"""A Hub on this machine: the part of its API that is used, a CDN on another port, and faults to order."""

import hashlib
import io
import json
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlsplit

import pytest
from PIL import Image

from ingest.hub import download
from ingest.hub.access import Hub

DATASET, COMMIT, TOKEN = "shuxunoo/NFT-Net", "c0ffee" + "0" * 34, "hf_s3cr3tTOKEN"


class FakeHub:
    """``files`` by path. ``requests`` are ("hub" or "cdn", path, headers, bytes sent).

    ``cuts``: after how many bytes each of the next bodies breaks off, None for not at all. ``errors``: what
    the next downloads are answered instead. ``sends``: what is sent instead of a file.
    """

    def __init__(self):
        self.files, self.requests = {}, []
        self.cuts, self.errors, self.sends = [], [], {}
        self.gated, self.ranges, self.location = True, True, None
        self.listing_status = None
        self.altered = {}
        self.stalled = None  # an event: a broken off body then leaves its reader waiting for it
        self.url = self.cdn = ""

    def siblings(self):
        for path, content in self.files.items():
            digest = hashlib.sha256(content).hexdigest()
            entry = {"rfilename": path, "size": len(content), "blobId": "0" * 40}
            lfs = {"size": len(content), "sha256": digest, "pointerSize": 134}
            yield {**entry, "lfs": lfs} | self.altered.get(path, {})

    def downloads(self):
        """Of each request for content: its Range, and how many bytes were sent."""
        return [(headers.get("Range"), sent) for place, _, headers, sent in self.requests if place == "cdn"]

    def content(self, path):
        return self.sends.get(path, self.files[path])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    broken_off = False

    def do_GET(self):
        hub, place = self.server.hub, self.server.place
        path = unquote(urlsplit(self.path).path)
        sent = self.serve_cdn(hub, path) if place == "cdn" else self.serve_hub(hub, path)
        hub.requests.append((place, self.path, dict(self.headers), sent))
        if self.broken_off and hub.stalled:
            hub.stalled.wait(60)

    def serve_hub(self, hub, path):
        info, resolve = f"/api/datasets/{DATASET}", f"/datasets/{DATASET}/resolve/{COMMIT}/"
        given = self.headers.get("Authorization")
        if path != info and not path.startswith(resolve):
            return self.reply(404, error="RepoNotFound")
        if given and given != f"Bearer {TOKEN}":
            return self.reply(401, error=None)
        if path == info:
            if hub.listing_status:
                return self.reply(hub.listing_status)
            body = {"id": DATASET, "sha": COMMIT, "gated": "auto", "siblings": list(hub.siblings())}
            return self.reply(200, json.dumps(body).encode())
        return self.resolve(hub, path.removeprefix(resolve), given)

    def resolve(self, hub, file, given):
        if hub.gated and not given:
            return self.reply(401, error="GatedRepo")
        if hub.gated == "closed":
            return self.reply(403, error="GatedRepo")
        if hub.errors:
            return self.reply(hub.errors.pop(0))
        if file not in hub.files:
            return self.reply(404, error="EntryNotFound")
        self.send_response(302)
        self.send_header("Location", hub.location or f"{hub.cdn}/{quote(file)}?Signature=signed-url")
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("X-Linked-Size", str(len(hub.files[file])))
        self.send_header("X-Linked-Etag", f'"{hashlib.sha256(hub.files[file]).hexdigest()}"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return 0

    def serve_cdn(self, hub, path):
        content = hub.content(path.removeprefix("/"))
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and hub.ranges else 0
        self.send_response(206 if asked and hub.ranges else 200)
        if asked and hub.ranges:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        cut = hub.cuts.pop(0) if hub.cuts else None
        body = content[start:] if cut is None else content[start : start + cut]
        self.wfile.write(body)
        self.wfile.flush()
        self.close_connection = True
        self.broken_off = cut is not None
        return len(body)

    def reply(self, status, body=b"{}", error=None):
        self.send_response(status)
        if error:
            self.send_header("X-Error-Code", error)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return 0

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    def __init__(self, hub, place):
        super().__init__(("127.0.0.1", 0), Handler)
        self.hub, self.place = hub, place

    def handle_error(self, request, client_address):
        """Readers that go away are what is tested here."""


@contextmanager
def serving(hub):
    servers = [Server(hub, place) for place in ("hub", "cdn")]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    hub.url, hub.cdn = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    try:
        yield hub
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


@pytest.fixture
def hub(monkeypatch):
    monkeypatch.setattr(download, "PAUSE", 0.01)
    with serving(FakeHub()) as served:
        yield served


@pytest.fixture
def access(hub):
    """Whom the product asks: this Hub, with the token that it accepts."""
    return Hub(hub.url, DATASET, TOKEN, timeout=5)


def packed(tokens, folders=("",), padding=0):
    """A zip with so many tokens in each of ``folders``, and ``padding`` bytes that do not compress."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(tokens):
            picture = io.BytesIO()
            Image.new("RGB", (24, 24), (number, 50, 90)).save(picture, "PNG")
            metadata = {"name": f"#{number}", "attributes": [{"trait_type": "Fur", "value": f"F{number}"}]}
            for folder in folders:
                archive.writestr(f"{folder}images/{number}.png", picture.getvalue())
                archive.writestr(f"{folder}metadata/{number}.json", json.dumps(metadata))
        if padding:
            archive.writestr("other/noise.bin", hashlib.shake_256(b"noise").digest(padding))
    return out.getvalue()


@pytest.fixture
def pack():
    return packed
