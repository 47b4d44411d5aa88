"""From a token's URI to its metadata and its picture, whatever is missing or in the wrong place."""

import asyncio
import json
from collections import Counter

import pytest

from ingest.chain.recent import MOST, MOST_BYTES, Recent
from ingest.chain.token_files import Wanted, fetch_token
from ingest.fetch.client import Fetched
from magpie.errors import SourceError

PNG = b"\x89PNG\r\n\x1a\n picture"
SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"


class Web:
    """Files by link. An exception is raised; bytes come from ``host``, verified as the link begins with v."""

    def __init__(self, **files):
        self.files, self.asked = files, Counter()

    async def get(self, uri, *, limit):
        self.asked[uri] += 1
        await asyncio.sleep(0)
        if uri == SVG:
            return Fetched(SVG.encode())
        found = self.files.get(uri, SourceError("HTTP 404"))
        if isinstance(found, SourceError):
            raise found
        content = found if isinstance(found, bytes) else json.dumps(found).encode()
        return Fetched(content, f"https://host/{uri}", verified={"v": True, "w": False}.get(uri[0]))


def fetched(web, uri="meta", **wanted):
    got = asyncio.run(fetch_token(web, Recent(), Wanted(7, uri, "the origin", **wanted)))
    return got.token


def test_metadata_and_picture_come_with_their_origin():
    web = Web(meta={"image": "pic", "name": "Seven"}, pic=PNG)
    got = asyncio.run(fetch_token(web, Recent(), Wanted(7, "meta", "the origin")))
    token = got.token
    assert (token.token_id, token.metadata["name"], token.read_image()) == (7, "Seven", PNG)
    assert (token.origin, token.problems) == ("the origin", ())
    assert got.urls == ("https://host/meta", "https://host/pic")


@pytest.mark.parametrize(
    "metadata",
    [
        {"image": "pic"},
        {"image_url": "pic"},
        {"image": None, "imageUrl": " pic "},
        {"image": "gone", "image_url": "pic"},
        {"image": 5, "animation_url": "pic"},
        {"image": "", "image_data": "pic", "animation_url": "other"},
    ],
)
def test_the_picture_is_found_in_any_of_its_fields(metadata):
    assert fetched(Web(meta=metadata, pic=PNG)).read_image() == PNG


def test_svg_in_the_metadata_is_a_picture():
    assert fetched(Web(meta={"image_data": SVG})).read_image() == SVG.encode()


def test_a_link_that_may_work_later_is_not_replaced_by_another():
    token = fetched(
        Web(meta={"image": "late", "image_url": "pic"}, late=SourceError("HTTP 503", retryable=True), pic=PNG)
    )
    assert (token.read_image, token.origin) == (None, "")
    assert token.metadata == {"image": "late", "image_url": "pic"}
    assert [str(each) for each in token.problems] == [
        "token 7: no picture: HTTP 503; run again to try once more"
    ]


def test_a_picture_that_is_gone_for_good_leaves_the_metadata_and_is_not_asked_for_again():
    token = fetched(Web(meta={"image": "gone"}))
    assert (token.metadata, token.read_image, token.origin) == ({"image": "gone"}, None, "the origin")
    assert [str(each) for each in token.problems] == ["token 7: no picture: HTTP 404"]


def test_metadata_without_a_picture_says_so():
    assert (
        str(fetched(Web(meta={"name": "x"})).problems[0])
        == "token 7: no picture: the metadata names no picture"
    )
    assert fetched(Web(meta=["x"])).metadata == ["x"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html>", "not JSON"),
        (b"5", "not a JSON object"),
        (b"[" * 100, "nested too deeply"),
        (b"\xff", "not JSON"),
    ],
)
def test_what_is_no_metadata_is_said_and_gives_no_token(content, reason):
    token = fetched(Web(meta=content))
    assert (token.metadata, token.read_image, token.origin) == (None, None, "the origin")
    assert reason in str(token.problems[0])


def test_a_uri_that_leads_to_the_picture_itself_gives_it():
    token = fetched(Web(meta=PNG))
    assert (token.metadata, token.read_image()) == (None, PNG)


def test_a_token_without_a_uri_is_a_problem_and_no_version():
    token = fetched(Web(), uri="")
    assert (token.origin, token.metadata) == ("", None)
    assert "gives no URI" in str(token.problems[0])


@pytest.mark.parametrize(
    ("meta", "pic", "verified"),
    [("vm", "vp", True), ("vm", "wp", False), ("vm", "xp", False), ("xm", "xp", None), ("xm", "vp", False)],
)
def test_a_token_is_verified_if_every_fetched_file_is(meta, pic, verified):
    assert fetched(Web(**{meta: {"image": pic}, pic: PNG}), uri=meta).verified is verified


def test_metadata_that_was_fetched_already_is_not_fetched_again():
    web = Web(pic=PNG)
    token = fetched(web, metadata=Fetched(b'{"image": "pic"}', "https://host/meta"))
    assert token.read_image() == PNG
    assert web.asked == {"pic": 1}


# -- links fetched a moment ago


def test_tokens_that_share_a_file_fetch_it_once_even_at_the_same_time():
    web, recent = Web(pic=PNG), Recent()

    async def many():
        return await asyncio.gather(*(recent.get(web, "pic", limit=99) for _ in range(50)))

    assert {file.content for file in asyncio.run(many())} == {PNG}
    assert web.asked == {"pic": 1}


def test_a_failure_is_shared_too():
    web, recent = Web(), Recent()

    async def many():
        return await asyncio.gather(
            *(recent.get(web, "pic", limit=99) for _ in range(5)), return_exceptions=True
        )

    assert [str(error) for error in asyncio.run(many())] == ["HTTP 404"] * 5
    assert web.asked == {"pic": 1}


@pytest.mark.parametrize("size", [1, MOST_BYTES // 4])
def test_only_a_few_files_are_held(size):
    web = Web(**{f"p{each}": bytes(size) for each in range(MOST + 5)})
    recent = Recent()

    async def one_by_one():
        for each in range(MOST + 5):
            await recent.get(web, f"p{each}", limit=size)
        await recent.get(web, f"p{MOST + 4}", limit=size)
        await recent.get(web, "p0", limit=size)

    asyncio.run(one_by_one())
    assert web.asked[f"p{MOST + 4}"] == 1
    assert web.asked["p0"] == 2


def test_whoever_waits_for_a_fetch_that_is_cancelled_is_cancelled_too_and_may_ask_again():
    web, recent = Web(pic=PNG), Recent()

    async def cancelled():
        first = asyncio.create_task(recent.get(web, "pic", limit=9))
        second = asyncio.create_task(recent.get(web, "pic", limit=9))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        return second.cancelled(), await recent.get(web, "pic", limit=9)

    was_cancelled, file = asyncio.run(cancelled())
    assert was_cancelled
    assert file.content == PNG
