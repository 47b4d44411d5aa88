"""Both indices in a real Chroma server: the same answers and rules, and errors that say what to do."""

import shutil
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from magpie.catalog import Catalog
from magpie.errors import ConfigError, IndexMismatchError, InputError
from magpie.query import Query
from magpie.settings import load_settings
from retrieval import backends, manifest
from retrieval.index import build
from retrieval.ports import Entry
from retrieval.search import open_searcher
from retrieval.soundness import check
from retrieval.stores import chroma_server as module
from retrieval.stores.chroma_server import ChromaServer

pytestmark = pytest.mark.network
AXES = np.eye(3, dtype=np.float32)
QUESTIONS = [
    Query(text="a blue cube with a top hat"),
    Query(text="something red", understand=False, k=8),
    Query(text="", k=3),
    Query(text="a green cube with a top hat"),
]


@pytest.fixture
def remote(toys, chroma_server):
    """The toys' settings, with their indices in the server; not built yet."""
    return toys.model_copy(update={"chroma_url": chroma_server})


def work(report):
    return [(stage.added, stage.changed, stage.removed) for stage in (report.image, report.caption)]


def answers(settings, cubes):
    with open_searcher(settings) as searcher:
        found = [searcher.search(question) for question in QUESTIONS]
        return [*found, searcher.similar(cubes.ref(1), 2)]


def rounded(found):
    """Answers with figures of seven digits: a sum over a wire may differ in the last."""
    return [str([(hit.ref, round(hit.score, 7)) for hit in getattr(one, "hits", one)]) for one in found]


def test_a_server_answers_as_the_folder_does(toys, remote, silent, cubes):
    assert work(build(remote, tick=silent)) == [(8, 0, 0), (8, 0, 0)]
    assert rounded(answers(remote, cubes)) == rounded(answers(toys, cubes))
    assert work(build(remote, tick=silent)) == [(0, 0, 0), (0, 0, 0)]
    assert check(remote, tick=silent).problems == ()


def test_the_folder_is_neither_read_nor_written(toys, remote, silent, cubes):
    shutil.rmtree(toys.chroma_dir)
    build(remote, tick=silent)
    answers(remote, cubes)
    assert not toys.chroma_dir.exists()


def test_each_place_has_its_own_manifest(toys, remote, silent, put, cubes):
    with pytest.raises(IndexMismatchError, match="not built, or not finished: run `magpie index`"):
        open_searcher(remote)
    build(remote, tick=silent)
    put(cubes, {1: ["Colour=Green"]})
    with pytest.raises(IndexMismatchError, match="has changed since it was indexed: run `magpie index`"):
        open_searcher(remote)
    build(remote, tick=silent)
    open_searcher(remote).close()
    with pytest.raises(IndexMismatchError, match="has changed since it was indexed: run `magpie index`"):
        open_searcher(toys)


def test_a_build_that_fails_midway_leaves_no_manifest_and_is_completed_by_the_next(
    remote, silent, put, cubes
):
    build(remote, tick=silent)
    put(cubes, {1: ["Colour=Green"]})

    def stop(stage, done, total):
        if stage == "index captions":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(remote, tick=stop)
    assert manifest.read(remote) is None
    assert work(build(remote, tick=silent)) == [(0, 0, 0), (0, 1, 0)], "the image index was done"
    assert check(remote, tick=silent).problems == ()


def test_an_index_that_lost_rows_is_not_searched(remote, silent):
    build(remote, tick=silent)
    store = backends.open_store(remote, "image", backends.image_encoder(remote))
    store.remove([store.entries()[0].id])
    with open_searcher(remote) as searcher, pytest.raises(IndexMismatchError, match="not whole: run `magpie"):
        searcher.search(Query(text="something blue", understand=False))


def test_homes_that_share_a_server_do_not_share_rows(remote, silent, cubes, make_token):
    build(remote, tick=silent)
    other = remote.model_copy(update={"home": remote.home.with_name("other")})
    with Catalog(other.catalog_path, create=True) as catalog:
        catalog.put_collection(cubes)
        catalog.put_tokens(cubes, [make_token(7, ["Colour=Red"], cubes, "a red cube")])
    assert work(build(other, tick=silent)) == [(0, 0, 0), (1, 0, 0)]
    assert work(build(remote, tick=silent)) == [(0, 0, 0), (0, 0, 0)]


def test_a_copied_home_sees_that_the_other_one_has_indexed_anew(remote, silent, put, cubes):
    build(remote, tick=silent)
    copied = remote.model_copy(update={"home": remote.home.with_name("copied")})
    shutil.copytree(remote.home, copied.home)
    open_searcher(copied).close()
    put(cubes, {1: ["Colour=Green"]})
    build(remote, tick=silent)
    with pytest.raises(IndexMismatchError, match="run `magpie index`"):
        open_searcher(copied)


def test_a_searcher_whose_rows_were_replaced_says_to_start_again(remote, silent, cubes):
    build(remote, tick=silent)
    with open_searcher(remote) as searcher:
        searcher.similar(cubes.ref(1), 1)
        backends.drop_store(remote, "image", backends.image_encoder(remote).id)
        with pytest.raises(IndexMismatchError, match=r"was replaced .* while it was open: start again"):
            searcher.similar(cubes.ref(1), 1)


def test_rows_outlive_the_server_and_a_client_that_was_open(tmp_path, serve_chroma):
    with serve_chroma(tmp_path / "data") as url:
        place = ChromaServer(url, {}, tmp_path / "identity")
        store = place.open("image", "x")
        store.upsert([Entry("a", "Cubes", "d")], AXES[:1])
        place.write_manifest(b"kept")
    with pytest.raises(
        InputError, match=r"^the Chroma server at 127.0.0.1:\d+ stopped answering .*: see that it"
    ):
        store.search(AXES[0], 1)
    with serve_chroma(tmp_path / "data", port=int(url.rpartition(":")[2])):
        assert store.search(AXES[0], 1) == [("a", pytest.approx(1))]
        assert place.read_manifest() == b"kept"


@contextmanager
def answering(reply):
    """The URL of an HTTP server that answers as ``reply(path, headers)`` says: status and text."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, text = reply(self.path, self.headers)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def old(path, headers):
    return (200, '"0.4.24"') if path == "/api/v1/version" else (404, '{"detail":"Not Found"}')


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (
            lambda path, headers: (404, "<h1>Not here</h1>"),
            "is no Chroma server (status 404 for its version): set",
        ),
        (
            lambda path, headers: (200, "<h1>Welcome</h1>"),
            "is no Chroma server (status 200 for its version): set",
        ),
        (lambda path, headers: (200, "1" * 40), "is no Chroma server (status 200"),
        (lambda path, headers: (302, ""), "is no Chroma server (status 302"),
        (lambda path, headers: (503, "busy"), "is no Chroma server (status 503"),
        (lambda path, headers: (401, "who?"), "without a key that is right (status 401): set chroma_headers"),
        (lambda path, headers: (403, "no"), "without a key that is right (status 403): set chroma_headers"),
        (lambda path, headers: (200, '"0.6.3"'), "is version 0.6.3, and the chromadb package here is 1."),
        (lambda path, headers: (200, '"2.0.0"'), "is version 2.0.0, and the chromadb package here is 1."),
        (old, "is version 0.4.24, and the chromadb package here is 1."),
        (lambda path, headers: (200, '"1.0.0"'), "cannot do this"),
        (
            lambda path, headers: (
                (200, '"1.0.0"') if path.endswith("version") else (500, "<h1>Out of order</h1>")
            ),
            "cannot do this (<h1>Out of order</h1>): see its log",
        ),
    ],
)
def test_what_is_no_server_for_us_is_one_clear_line_with_the_fix(tmp_path, reply, message):
    with answering(reply) as url:
        place = ChromaServer(url, {}, tmp_path / "identity")
        for use in (place.read_manifest, place.clear_manifest, lambda: place.open("image", "x")):
            with pytest.raises(InputError) as caught:
                use()
            assert message in str(caught.value)
            assert "\n" not in str(caught.value)


def test_a_server_that_is_down_is_one_clear_line_with_the_fix(toys):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://person:secret@127.0.0.1:{probe.getsockname()[1]}/prefix"
    down = toys.model_copy(update={"chroma_url": url})
    for use in (lambda: open_searcher(down), lambda: build(down, tick=lambda *_: None)):
        with pytest.raises(
            InputError, match=r"^no Chroma server answers at 127.0.0.1:\d+ .*: start one"
        ) as caught:
            use()
        assert "secret" not in str(caught.value)


def test_a_server_that_says_nothing_is_not_waited_for_forever(tmp_path, monkeypatch, chroma_server):
    monkeypatch.setattr(module, "_GREETING", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        place = ChromaServer(f"http://127.0.0.1:{silent.getsockname()[1]}", {}, tmp_path / "identity")
        with pytest.raises(InputError, match=r"no Chroma server answers .*timed out"):
            place.read_manifest()
    real = ChromaServer(f"{chroma_server}/", {"x-not": "cached"}, tmp_path / "identity").client()
    assert real._server._session.timeout.read == module._ANSWER


def test_headers_are_sent_and_a_path_before_the_api_is_kept(tmp_path):
    seen = []

    def reply(path, headers):
        seen.append((path, headers["Authorization"]))
        return 200, '"1.0.0"'

    with answering(reply) as url, pytest.raises(InputError):
        ChromaServer(f"{url}/prefix/", {"Authorization": "Bearer x"}, tmp_path / "identity").read_manifest()
    assert len(seen) > 1
    assert {key for _, key in seen} == {"Bearer x"}
    assert all(path.startswith("/prefix/api/v2/") for path, _ in seen)


def test_one_setting_names_the_server(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert load_settings().chroma_url is None
    monkeypatch.setenv("MAGPIE_CHROMA_URL", "http://127.0.0.1:8000")
    monkeypatch.setenv("MAGPIE_CHROMA_HEADERS", '{"Authorization": "Bearer x"}')
    named = load_settings()
    assert isinstance(backends.database(named), ChromaServer)
    assert "Bearer x" not in named.model_dump_json()
    (tmp_path / "magpie.toml").write_text('chroma_url = ""\n')
    monkeypatch.delenv("MAGPIE_CHROMA_URL")
    assert load_settings().chroma_url is None
    monkeypatch.setenv("MAGPIE_CHROMA_URL", "localhost:8000")
    with pytest.raises(ConfigError, match=r"'chroma_url': URL scheme should be 'http' or 'https'"):
        load_settings()
