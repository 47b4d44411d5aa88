"""The dataset report in a real browser, opened as a file, over hostile and plain collections."""

import json
from zlib import crc32

import pytest
from PIL import Image
from playwright.sync_api import expect

from ingest.page.build import build
from ingest.page.render import html
from magpie.catalog import Catalog
from magpie.domain import Collection, Token, Trait
from magpie.settings import Settings

pytestmark = pytest.mark.browser

WIDTHS = (390, 1280, 1920)
BITES = '<img src=x onerror=alert(1)><script>alert(2)</script>"\u202e'
LONG = "w" * 400
# Contrast of every element that has text of its own against the nearest background, by WCAG 2.
CONTRAST = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (part) => {
    for (let at = part; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
  };
  const low = [];
  for (const part of document.body.querySelectorAll("*")) {
    const own = [...part.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !part.getClientRects().length) continue;
    const pair = [light(getComputedStyle(part).color), light(behind(part))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) low.push(`${part.className || part.tagName}: ${ratio.toFixed(2)}`);
  }
  return low;
}"""


def dashboard(tokens, passes=True, words="plain"):
    return {
        "chain": "eip155:1",
        "contract_address": "0x" + "1" * 40,
        "actual_collected_quantity": tokens,
        "image_quantity": tokens,
        "description": f"Robots. {words}",
        "subject": words,
        "snapshot_time": "2026-11-22T18:07:31Z",
        "trait_frequencies": {
            "Type": {f"value {n} {words}": n for n in range(1, 60)},
            words: {words: tokens},
        },
        "dropped_traits": {words: 3},
        "problems": {words: 1},
        "problem_examples": [f"images/1.png: {words}"],
        "filters": {
            name: {"passed": passes, "evidence": words}
            for name in ("unrevealed", "enough_tokens", "semantics")
        },
        "passes_filters": passes,
        "duplicates": {"pictures": tokens, "tokens": 0},
        "sources": {"kind": words, "uri_pattern": words, "hosts": [words] * 3},
        "captions": {"template": tokens, "llm": 3 * tokens, "rule_based": 2, "model": words},
    }


def put(home, name, tokens, recorded, words):
    contract = f"0x{crc32(name.encode()):040x}"
    collection = Collection(name=name, chain="eip155:1", contract=contract)
    folder = home / "dataset" / name
    for kind in ("images", "captions"):
        (folder / kind).mkdir(parents=True)
    made = []
    for n in range(tokens):
        Image.new("RGB", (512, 512), (20 * n, 120, 90)).save(folder / "images" / f"{name}_{n}.png")
        (folder / "captions" / f"{name}_{n}.txt").write_text(f"A picture of {words}.\nOne.\nTwo {words}.\n")
        image = f"{name}/images/{name}_{n}.png"
        trait = Trait(type="Type", value=words[:100])
        token = Token(
            ref=collection.ref(n), collection=name, name=f"{words} #{n}", image=image, traits=(trait,)
        )
        made.append(token)
    if recorded is not None:
        (folder / "metadata_dashboard.json").write_text(json.dumps(recorded))
    with Catalog(home / "catalog.sqlite", create=True) as catalog:
        catalog.put_collection(collection)
        catalog.put_tokens(collection, made)


@pytest.fixture(scope="session")
def report_page(tmp_path_factory):
    """Four collections: plain, biting, with words that never end, and without a dashboard."""
    home = tmp_path_factory.mktemp("report")
    put(home, "Robots", 12, dashboard(12_345), "plain")
    put(home, "Bites", 3, dashboard(3, passes=False, words=BITES), BITES)
    put(home, "N" * 100, 3, dashboard(3, words=LONG), LONG)
    put(home, "Unrecorded", 1, None, "plain")
    path = home / "report.html"
    path.write_text(html(build(Settings(home=home), tick=lambda *_: None)), "utf-8")
    return path


@pytest.fixture
def read(chromium, report_page):
    """Open the report: ``read(390, dark=True)``. Fails on a request, dialog, error or console message."""
    contexts, trouble = [], []

    def open_page(width=1280, dark=False, scripts=True):
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("dialog", lambda dialog: (trouble.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda message: trouble.append(message.text))
        page.on("request", lambda asked: trouble.append(asked.url) if fetched(asked.url) else None)
        page.goto(report_page.as_uri())
        return page

    def fetched(address):
        return not address.startswith(("data:", report_page.as_uri()))

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_scrolls_sideways_and_everything_can_be_read(read, width, dark):
    page = read(width, dark)
    page.evaluate("document.querySelectorAll('details').forEach((folded) => (folded.open = true))")
    size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert size == [width, width]
    cut = "[...document.querySelectorAll('main *')].filter((part) => part.scrollWidth > part.clientWidth + 1"
    assert page.evaluate(f"{cut} && getComputedStyle(part).overflowX !== 'visible').length") == 0
    assert page.evaluate(CONTRAST) == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, background[4:-1].split(", "))) < 3 * 128) == dark


def test_every_picture_is_loaded(read):
    page = read()
    expect(page.locator("img")).to_have_count((12 + 3) + (3 + 3) + (3 + 3) + (1 + 1))
    page.evaluate("Promise.all([...document.images].map((picture) => picture.decode()))")
    assert set(page.evaluate("[...document.images].map((picture) => picture.naturalWidth)")) == {96}


def test_texts_that_bite_are_only_text(read):
    page = read()
    article = page.locator("article", has=page.get_by_role("heading", name="Bites", exact=True))
    shown = BITES[:-1]
    expect(article).to_contain_text(shown)
    assert article.inner_text().count(shown) > 12
    expect(article.locator("script, img:not([src^='data:'])")).to_have_count(0)
    article.get_by_text("and 51 more").click()
    expect(article.get_by_text(f"value 12 {shown}")).to_be_visible()


def test_pass_and_fail_are_words_and_signs(read):
    page = read()
    row = page.locator("tbody tr", has_text="Bites")
    expect(row.locator(".verdict")).to_have_text("✗ fails")
    expect(page.locator("tbody tr", has_text="Robots").locator(".verdict")).to_have_text("✓ passes")
    expect(page.locator("tbody tr", has_text="Unrecorded").locator(".verdict")).to_have_text("? not recorded")


def test_the_overview_leads_to_each_collection(read):
    page = read()
    page.get_by_role("table").get_by_role("link", name="Robots").click()
    expect(page.locator("article h2", has_text="Robots")).to_be_in_viewport()


@pytest.mark.parametrize("width", [390, 1280])
def test_columns_are_ordered_by_their_headings(read, width):
    page = read(width)
    names = page.locator("tbody th")
    heading = page.get_by_role("columnheader", name="Tokens")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    expect(names.first).to_have_text("Robots")
    expect(names.last).to_have_text("Unrecorded")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    expect(names.last).to_have_text("Robots")


def test_find_leaves_what_was_asked_for(read):
    page = read(1920)
    page.get_by_role("searchbox").fill(" ROBO ")
    expect(page.locator("tbody tr:visible th")).to_have_text(["Robots"])
    expect(page.locator("article:visible h2")).to_have_text(["Robots"])
    expect(page.get_by_role("navigation").get_by_role("link")).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("1 of 4 shown")
    page.get_by_role("searchbox").fill("")
    expect(page.locator("article:visible")).to_have_count(4)


@pytest.mark.parametrize("width", [390, 1280])
def test_without_scripts_everything_is_there_but_finding_and_ordering(read, width):
    page = read(width, scripts=False)
    expect(page.get_by_role("searchbox")).to_have_count(0)
    expect(page.locator("article")).to_have_count(4)
    expect(page.get_by_role("row", name="Robots")).to_be_visible()
    page.locator("summary", has_text="and 51 more").first.click()
    expect(page.locator("details[open]")).to_have_count(1)


def test_on_paper_each_collection_begins_a_page_without_controls(read):
    page = read(720)
    expect(page.get_by_role("button", name="Tokens")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Tokens")).to_have_count(0)
    expect(page.get_by_role("searchbox")).to_have_count(0)
    assert page.locator("article").first.evaluate("part => getComputedStyle(part).breakBefore") == "page"


def test_the_keyboard_reaches_the_overview_first(read):
    page = read()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the overview")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the overview")).to_be_in_viewport()
