"""A small dataset whose answers are visible: flat pictures, and traits and captions that say their colour."""

import hashlib
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from magpie.catalog import Catalog
from magpie.domain import Collection
from magpie.settings import Settings
from retrieval.index import build
from ui.commands import copies, index, search

CUBES = Collection(name="Cubes", chain="eip155:1", contract="0x" + "a" * 40, subject="cube")
BALLS = Collection(name="Balls", chain="eip155:1", contract="0x" + "b" * 40, subject="ball")
COLOURS = {"Red": (220, 20, 30), "Green": (40, 160, 60), "Blue": (40, 90, 220), "Yellow": (250, 220, 30)}


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home", image_encoder="hashing", text_encoder="hashing", threads=1)


@pytest.fixture
def cubes():
    return CUBES


@pytest.fixture
def balls():
    return BALLS


@pytest.fixture
def silent():
    return lambda stage, done, total: None


@pytest.fixture
def put(settings, make_token):
    """Ingest tokens: ``put(collection, {token_id: ["Colour=Red", ...]})``; in the Colour's colour."""

    def put(collection, tokens, *, size=8):
        made = []
        for token_id, traits in tokens.items():
            said = dict(trait.split("=") for trait in traits)
            path = f"{collection.name}/images/{collection.name}_{token_id}.png"
            file = settings.dataset_dir / path
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (size, size), COLOURS.get(said.get("Colour"), "black")).save(file)
            listed = " ".join(f"{value} {kind}" for kind, value in said.items())
            caption = f"A picture of {collection.subject}, containing {listed}."
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            made.append(make_token(token_id, traits, collection, caption, path, image_sha256=digest))
        with Catalog(settings.catalog_path, create=True) as catalog:
            catalog.put_collection(collection)
            return catalog.put_tokens(collection, made)

    return put


@pytest.fixture
def toys(put, settings, silent):
    """Six cubes and two balls, indexed. Only cube 4 is blue and wears a hat; cubes 1 and 2 look the same."""
    put(
        CUBES,
        {
            1: ["Colour=Red", "Headwear=Top Hat"],
            2: ["Colour=Red", "Headwear=Cap"],
            3: ["Colour=Green", "Eyes=Laser Eyes"],
            4: ["Colour=Blue", "Headwear=Top Hat"],
            5: ["Colour=Blue", "Eyes=Laser Eyes"],
            10: ["Colour=Yellow"],
        },
    )
    put(BALLS, {1: ["Colour=Blue", "Finish=Matte"], 2: ["Colour=Red", "Finish=Glossy"]})
    build(settings, tick=silent)
    return settings


@pytest.fixture
def magpie_over(monkeypatch):
    """Makes of a home what runs `magpie index`, `search` and `copies` on it: exit code, both outputs."""
    monkeypatch.setenv("MAGPIE_IMAGE_ENCODER", "hashing")
    monkeypatch.setenv("MAGPIE_TEXT_ENCODER", "hashing")
    app = typer.Typer()
    for command in (index, search, copies):
        command.register(app)

    def over(settings):
        def run(*words):
            ran = CliRunner().invoke(app, [*map(str, words), "--home", str(settings.home)])
            if ran.exception and not isinstance(ran.exception, SystemExit):
                raise ran.exception
            return ran.exit_code, ran.stdout, ran.stderr

        return run

    return over


@pytest.fixture
def magpie(toys, magpie_over):
    return magpie_over(toys)


@pytest.fixture(scope="session")
def serve_chroma():
    """`served`, for tests that stop a server themselves."""
    return served


@contextmanager
def served(folder, port=None):
    """The URL of a real Chroma server over ``folder``, on a free port; stopped afterwards."""
    if port is None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    program = Path(sys.executable).with_name("chroma")
    command = [program, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with (
        (folder.parent / f"{folder.name}.log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            deadline = time.monotonic() + 60
            while True:
                try:
                    urlopen(f"{url}/api/v2/version", timeout=5).close()
                    break
                except URLError:
                    if process.poll() is not None or time.monotonic() > deadline:
                        raise
                    time.sleep(0.05)
            yield url
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory):
    """One Chroma server for all tests: every home has rows of its own there."""
    with served(tmp_path_factory.mktemp("server") / "data") as url:
        yield url
