"""A small real home, the real page over it, and a real browser."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

import pytest

PUNKS_CONTRACT = "0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"
HOSTILE_NAME = "[free mint](https://evil.example) :red[sold] `rm` $$x$$ <img src=x onerror=alert(1)>"
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# (type, accessory): the picture is the type's colour with the accessory's band, so no two look alike.
PUNKS = [
    ("Zombie", "Beanie"),
    ("Zombie", "Hoodie"),
    ("Zombie", "Cap"),
    ("Ape", "Pipe"),
    ("Ape", "Cap"),
    ("Alien", "Pipe"),
]
COLOURS = {"Zombie": "#4f9d4f", "Ape": "#7a4b22", "Alien": "#7fe3f0", "Android": "#d02020"}
BANDS = {"Beanie": "#f4d000", "Hoodie": "#303030", "Cap": "#2040d0", "Pipe": "#c08040", "Laser": "#ffffff"}


def draw(path, kind, accessory):
    from PIL import Image

    picture = Image.new("RGB", (24, 24), COLOURS[kind])
    picture.paste(BANDS[accessory], (4, 2, 20, 6))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def write_collection(folder, names, tokens):
    for token_id, (name, (kind, accessory)) in enumerate(zip(names, tokens, strict=True)):
        draw(folder / "images" / f"{token_id}.png", kind, accessory)
        traits = [{"trait_type": "Type", "value": kind}, {"trait_type": "Accessory", "value": accessory}]
        metadata = folder / "metadata" / f"{token_id}.json"
        metadata.parent.mkdir(exist_ok=True)
        metadata.write_text(json.dumps({"name": name, "attributes": traits}))


def page_environment():
    """Nothing of the person who runs the tests, and models that need no weights."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAGPIE_")}
    return {
        **inherited,
        "MAGPIE_IMAGE_ENCODER": "hashing",
        "MAGPIE_TEXT_ENCODER": "hashing",
        "MAGPIE_LLM": "none",
        "OMP_NUM_THREADS": "1",
    }


def run_magpie(*arguments):
    command = [sys.executable, "-m", "ui.cli", *map(str, arguments)]
    done = subprocess.run(command, env=page_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def small_home(tmp_path_factory):
    """Six punks with a contract and two robots without, one of them with a name that bites."""
    packs, home = tmp_path_factory.mktemp("packs"), tmp_path_factory.mktemp("home")
    write_collection(packs / "CRYPTOPUNKS", [f"CryptoPunk #{n}" for n in range(len(PUNKS))], PUNKS)
    write_collection(packs / "Robots", ["Robot #0", HOSTILE_NAME], [("Android", "Laser"), ("Android", "Cap")])
    run_magpie("ingest", "folder", packs / "CRYPTOPUNKS", "--contract", PUNKS_CONTRACT, "--home", home)
    run_magpie("ingest", "folder", packs / "Robots", "--home", home)
    run_magpie("index", "--home", home)
    return home


@contextmanager
def serve(home, log):
    """The address of `magpie ui` over ``home``. Fails if the page left a traceback in its log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "ui.cli", "ui", "--home", str(home), "--port", str(port), "--no-browser"]
    with (
        log.open("w") as output,
        subprocess.Popen(command, env=page_environment(), stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
    assert "Traceback" not in log.read_text(), log.read_text()


def wait_for(url, process, seconds=90):
    deadline = time.monotonic() + seconds
    while True:
        try:
            urlopen(url, timeout=2).close()
            return
        except URLError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium of the system, or a skip that says how to get one."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(small_home, tmp_path_factory, chromium):
    with serve(small_home, tmp_path_factory.mktemp("page") / "log.txt") as url:
        yield url


@pytest.fixture
def visit(chromium, address):
    """Open the page as a new visitor: ``visit(width=390, dark=True)``. Fails on any dialog or page error."""
    contexts, trouble = [], []

    def open_page(width=1280, height=900, dark=False, url=address):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(45_000)
        page.on("dialog", lambda dialog: (trouble.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.fixture
def a_picture(tmp_path):
    """A file that looks exactly like Robot #0."""
    path = tmp_path / "seen somewhere.png"
    draw(path, "Android", "Laser")
    return path
