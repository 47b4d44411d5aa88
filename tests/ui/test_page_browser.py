"""What a collector does in the page, in a real browser, over a real index."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
expect.set_options(timeout=45_000)  # as the page's own waits: the first answer loads the classifier's weights


def ask(page, question, picture=None):
    """Ask as a person does, wait for the whole answer, and give its part of the page."""
    before = page.locator("[class*=st-key-answer-]").count()
    if picture:
        page.get_by_test_id("stChatInputFileUploadButton").locator("input").set_input_files(picture)
        expect(page.get_by_role("button", name=f"Remove {picture.name}")).to_be_visible()
    page.get_by_test_id("stChatInputTextArea").fill(question)
    page.keyboard.press("Enter")
    answer = page.locator("[class*=st-key-answer-]").nth(before)
    expect(answer.get_by_text(re.compile(r"^\d+ steps?"))).to_be_visible()
    settled(page)
    return answer


def settled(page):
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def titles(answer):
    return [
        re.sub(r"\s*\[\d+\]$", "", text)
        for text in answer.locator("[class*=st-key-cards-] h3").all_inner_texts()
    ]


def overflows(page):
    """How many pixels the page is wider than its window, by window width."""
    measured = {}
    for width in (390, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)
        measured[width] = page.evaluate(
            "Math.max(...[document.documentElement, document.querySelector('[role=main], main')]"
            ".map(part => part.scrollWidth - part.clientWidth))"
        )
    return measured


def test_the_first_screen_shows_what_is_here_and_what_to_ask(visit):
    page = visit()
    expect(page.get_by_role("heading", name="What are you looking for?")).to_be_visible()
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar).to_contain_text("8 tokens in 2 collections")
    expect(sidebar).to_contain_text("CRYPTOPUNKS 6")
    expect(sidebar).to_contain_text("ownership stays unverified")
    page.get_by_role("button", name="A zombie punk with a beanie").click()
    expect(page.locator("[class*=st-key-cards-] h3").first).to_contain_text("CryptoPunk #0")
    expect(page.get_by_role("heading", name="What are you looking for?")).to_have_count(0)


def test_an_answer_has_steps_that_fold_away_pictures_traits_links_and_evidence(visit):
    page = visit()
    answer = ask(page, "a zombie punk with a hoodie")
    assert titles(answer) == ["CryptoPunk #1"]
    card = answer.locator("[class*=st-key-card-]").first
    expect(card.get_by_role("img")).to_have_attribute("alt", "CryptoPunk #1, Type Zombie, Accessory Hoodie")
    assert card.get_by_role("img").evaluate("picture => picture.naturalWidth") > 0
    expect(card).to_contain_text("found by")
    expect(card.get_by_role("link", name="Etherscan")).to_have_attribute(
        "href", "https://etherscan.io/nft/0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb/1"
    )
    steps = answer.get_by_text("Searching")
    expect(steps).to_be_hidden()
    answer.get_by_text(re.compile(r"^\d+ steps")).click()
    expect(steps).to_be_visible()
    evidence = answer.locator("[class*=st-key-evidence-]")
    expect(evidence).to_be_hidden()
    answer.get_by_text(re.compile(r"^Evidence \(\d+\)")).click()
    expect(evidence).to_contain_text("[1] CryptoPunk #1")


def test_a_citation_jumps_to_its_card_or_opens_the_evidence(visit):
    page = visit(height=500)
    answer = ask(page, "a zombie punk with a cap")
    answer.get_by_role("link", name="[1]").first.click()
    expect(answer.locator("[class*=st-key-card-] h3").first).to_be_in_viewport()
    answer.get_by_role("link", name="[2]").first.click()
    expect(answer.locator("[class*=st-key-evidence-] h3").nth(1)).to_be_in_viewport()


def test_a_follow_up_keeps_the_conversation(visit):
    page = visit()
    ask(page, "a zombie punk with a beanie")
    assert titles(ask(page, "I want a cap instead")) == ["CryptoPunk #2"]
    page.get_by_role("button", name="New conversation").click()
    expect(page.get_by_role("heading", name="What are you looking for?")).to_be_visible()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(0)


def test_a_conversation_is_gone_on_with_after_the_page_was_closed(visit):
    ask(visit(), "an ape punk with a pipe")
    page = visit()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(0)
    page.get_by_test_id("stSidebar").get_by_role("button", name="an ape punk with a pipe").click()
    expect(page.locator("[class*=st-key-cards-] h3").first).to_contain_text("CryptoPunk #3")
    settled(page)
    assert titles(ask(page, "I want a cap instead")) == ["CryptoPunk #4"]
    page.get_by_role("button", name="This conversation").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("heading", name="What are you looking for?")).to_be_visible()
    expect(
        page.get_by_test_id("stSidebar").get_by_role("button", name="an ape punk with a pipe")
    ).to_have_count(0)


def test_a_picture_is_a_question(visit, a_picture):
    page = visit()
    answer = ask(page, "", picture=a_picture)
    expect(page.get_by_alt_text("the picture you added")).to_be_visible()
    assert titles(answer)[0] == "Robot #0"


def test_a_file_that_is_no_picture_is_told_and_the_chat_goes_on(visit, tmp_path):
    fake = tmp_path / "fake.png"
    fake.write_text("not a picture")
    page = visit()
    page.get_by_test_id("stChatInputFileUploadButton").locator("input").set_input_files(fake)
    expect(page.get_by_role("button", name="Remove fake.png")).to_be_visible()
    page.get_by_test_id("stChatInputTextArea").fill("like this")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stAlert")).to_contain_text("fake.png")
    settled(page)
    assert titles(ask(page, "a zombie punk with a cap")) == ["CryptoPunk #2"]


def test_no_match_is_an_answer_with_near_misses(visit):
    answer = ask(visit(), "a zombie punk with a pipe")
    expect(answer).to_contain_text("Close, but not what you asked for")
    expect(answer.locator("[class*=st-key-card-]").first).to_contain_text("lacks")
    assert answer.locator("[class*=-hits]").count() == 0


def test_without_a_node_ownership_is_unverified_not_no(visit):
    answer = ask(visit(), "Who owns CryptoPunk #5?")
    expect(answer.get_by_test_id("stAlert")).to_contain_text("Unverified.")
    answer.get_by_text("Receipt", exact=True).click()
    expect(answer.get_by_test_id("stCode")).to_contain_text("eip155:1/erc721:")


def test_a_name_that_bites_is_only_text(visit):
    page = visit()
    card = ask(page, "an android with a cap").locator("[class*=st-key-card-]").first
    expect(card.locator("h3")).to_contain_text("free mint")
    expect(card.locator("h3")).to_contain_text("$$x$$")
    expect(card).to_contain_text("contract unknown")
    assert {link.get_attribute("href") for link in card.get_by_role("link").all()} <= {"#e0-1"}
    assert card.locator("strong, code, .katex, img:not([alt])").count() == 0
    assert card.locator(".stMarkdownColoredText", has_text="sold").count() == 0


def test_two_visitors_never_see_each_other(visit):
    one, two = visit(), visit()
    ask(one, "a zombie punk with a beanie")
    expect(two.get_by_test_id("stChatMessage")).to_have_count(0)
    ask(two, "an ape with a pipe")
    assert titles(ask(one, "with a cap instead")) == ["CryptoPunk #2"]
    assert titles(ask(two, "with a cap instead")) == ["CryptoPunk #4"]
    expect(one.get_by_role("main")).not_to_contain_text("an ape with a pipe")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_scrolls_sideways_at_any_width(visit, dark):
    page = visit(dark=dark)
    expect(page.get_by_role("heading", name="What are you looking for?")).to_be_visible()
    assert overflows(page) == {390: 0, 1280: 0, 1920: 0}
    ask(page, "something with a cap or a pipe " + "w" * 300)
    page.get_by_text(re.compile(r"^Evidence \(\d+\)")).click()
    assert overflows(page) == {390: 0, 1280: 0, 1920: 0}


def test_on_a_phone_the_first_screen_begins_at_its_top(visit):
    page = visit(width=390, height=844)
    expect(page.get_by_role("heading", name="What are you looking for?")).to_be_in_viewport(ratio=1)
