"""Pictures for the documentation: of `magpie ui`, talked to on an indexed home, and of that home's report.

    python tools/screenshots.py --home HOME

Needs Chromium and the ``dev`` extra. Writes docs/images/*.png.
"""

import argparse
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from ingest.page.build import build
from ingest.page.render import html
from magpie.settings import Settings

IMAGES = Path(__file__).parents[1] / "docs" / "images"
QUESTIONS = ("a zombie punk with a beanie", "an ape with sunglasses, no gold chain")
REPORTED = ("CRYPTOPUNKS", "Critters Sample", "Toon Heads Sample")
CHROMIUM_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")


@contextmanager
def serve(home: Path) -> Iterator[str]:
    """`magpie ui` on a free port, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "ui.cli", "ui", "--home", str(home), "--port", str(port), "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/_stcore/health")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(url: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            urlopen(url, timeout=2).close()
            return
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def ask(page: Page, question: str) -> None:
    """Type a question and wait until its answer is complete."""
    answered = page.get_by_test_id("stChatMessage").count() + 2
    page.get_by_test_id("stChatInputTextArea").fill(question)
    page.keyboard.press("Enter")
    page.get_by_test_id("stChatMessage").nth(answered - 1).wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=180_000)
    page.wait_for_timeout(1500)


def take(
    browser: Browser, address: str, name: str, size: tuple[int, int], questions: tuple[str, ...]
) -> None:
    """One picture after ``questions``, as small as a palette makes it."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, device_scale_factor=1.5)
    page.goto(address)
    page.get_by_test_id("stChatInputTextArea").wait_for()
    page.wait_for_timeout(1500)
    for question in questions:
        ask(page, question)
    if page.get_by_test_id("stException").count():
        raise SystemExit(f"{name}: the page shows an error; run `magpie ui` and ask again to see it")
    if questions:
        page.get_by_test_id("stChatMessage").nth(-2).scroll_into_view_if_needed()
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)
    _keep(page, name)


def take_report(browser: Browser, home: Path) -> None:
    """The head of the dataset report over a few collections."""
    page = browser.new_page(viewport={"width": 1280, "height": 1760}, device_scale_factor=1.5)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        report = build(Settings(home=home), names=REPORTED, tick=lambda stage, done, total: None)
        path.write_text(html(report), "utf-8")
        page.goto(path.as_uri())
        _keep(page, "ingest-report")


def _keep(page: Page, name: str) -> None:
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    page.close()
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(256).save(path, optimize=True)
    sys.stdout.write(f"{path.name}: {path.stat().st_size / 1024:.0f} KB\n")


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    home = parser.parse_args().home
    IMAGES.mkdir(parents=True, exist_ok=True)
    with serve(home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(CHROMIUM_FLAGS)
        )
        take(browser, address, "welcome", (1280, 820), ())
        take(browser, address, "chat", (1280, 1080), QUESTIONS)
        take(browser, address, "chat-phone", (390, 844), QUESTIONS[1:])
        take_report(browser, home)
        browser.close()


if __name__ == "__main__":
    main()
