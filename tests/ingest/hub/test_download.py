import hashlib
import shutil
from collections import namedtuple

import httpx
import pytest

from ingest.hub.access import Hub
from ingest.hub.download import ATTEMPTS, fetch
from ingest.hub.listing import read_listing
from ingest.hub.ranged import opened
from magpie.errors import ConfigError, SourceError

pytestmark = pytest.mark.network

PATH = "NFT1000/Moon Birds.zip"


@pytest.fixture
def content(hub):
    hub.files = {PATH: hashlib.shake_256(b"zip").digest(200_000)}
    return hub.files[PATH]


@pytest.fixture
def get(access, content, tmp_path):
    """Download the one archive, as this Hub or another lists it."""

    def download(asked=access, tick=lambda *_: None):
        listing = read_listing(access)
        return fetch(asked, listing.revision, listing.archives[0], tmp_path / "downloads", tick=tick)

    return download


def kept(tmp_path):
    return {path.suffix: path.stat().st_size for path in (tmp_path / "downloads").iterdir()}


def test_the_file_is_called_by_its_digest_and_not_by_the_server(get, content, tmp_path):
    path = get()
    assert path == tmp_path / "downloads" / f"{hashlib.sha256(content).hexdigest()}.zip"
    assert path.read_bytes() == content


def test_a_broken_connection_is_continued_with_the_missing_bytes_only(hub, get, content):
    hub.cuts = [60_000, 1, 0, 40_000]
    assert get().read_bytes() == content
    assert hub.downloads() == [
        (None, 60_000),
        ("bytes=60000-", 1),
        ("bytes=60001-", 0),
        ("bytes=60001-", 40_000),
        ("bytes=100001-", 99_999),
    ]


def test_another_run_continues_what_the_last_one_left(hub, get, content, tmp_path):
    hub.cuts = [70_000] + [0] * ATTEMPTS
    with pytest.raises(SourceError, match="run the same command again"):
        get()
    assert kept(tmp_path) == {".part": 70_000}
    hub.requests.clear()
    assert get().read_bytes() == content
    assert hub.downloads() == [("bytes=70000-", 130_000)]


def test_a_server_without_ranges_sends_all_again_and_the_file_is_right(hub, get, content):
    hub.cuts, hub.ranges = [60_000], False
    assert get().read_bytes() == content
    assert [sent for _, sent in hub.downloads()] == [60_000, 200_000]


def test_a_finished_file_is_checked_and_not_fetched_again(hub, get):
    path = get()
    hub.requests.clear()
    assert (get(), hub.downloads()) == (path, [])


def test_a_finished_file_that_was_changed_is_fetched_again(get, content):
    get().write_bytes(b"changed")
    assert get().read_bytes() == content


def test_content_that_differs_from_its_digest_is_fetched_once_more(hub, get, content, tmp_path):
    hub.sends[PATH] = bytes(len(content))
    with pytest.raises(SourceError, match="differs from its own SHA-256, twice"):
        get()
    assert [asked for asked, _ in hub.downloads()] == [None, None]
    assert kept(tmp_path) == {}


def test_a_partial_file_that_was_spoiled_is_discarded_and_the_second_try_is_right(
    hub, get, content, tmp_path
):
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / f"{hashlib.sha256(content).hexdigest()}.part").write_bytes(b"spoiled")
    assert get().read_bytes() == content
    assert [asked for asked, _ in hub.downloads()] == ["bytes=7-", None]


@pytest.mark.parametrize("more", [1, 5_000_000])
def test_more_bytes_than_listed_are_not_taken(hub, get, content, tmp_path, more):
    hub.sends[PATH] = content + bytes(more)
    with pytest.raises(SourceError, match="differs from its own SHA-256"):
        get()
    assert kept(tmp_path) == {}


def test_another_part_than_asked_for_is_refused(hub, get, content, tmp_path, monkeypatch):
    hub.cuts = [60_000]
    monkeypatch.setattr("ingest.hub.download.opened", shifted(hub))
    with pytest.raises(SourceError, match="sends another part of the zip"):
        get()
    assert kept(tmp_path) == {".part": 60_000}


def shifted(hub):
    """Requests whose Range is one byte too early, as a faulty proxy would answer."""
    return lambda client, access, url, start: opened(client, access, url, start and start - 1)


def test_busy_answers_are_tried_again_a_few_times(hub, get, content):
    hub.errors = [429, 503, 500, 502]
    assert get().read_bytes() == content
    hub.errors = [503] * ATTEMPTS
    get().unlink()
    with pytest.raises(SourceError, match="answers 503: run the same command again later"):
        get()
    assert hub.errors == []


def test_the_token_goes_to_the_hub_and_never_to_its_cdn(hub, get):
    get()
    held = [(place, headers.get("Authorization")) for place, path, headers, _ in hub.requests]
    assert ("hub", "Bearer hf_s3cr3tTOKEN") in held
    assert [token for place, token in held if place == "cdn"] == [None]


@pytest.mark.parametrize(
    ("gated", "token", "told"),
    [
        (
            True,
            None,
            r"only to those who log in: accept its terms at http://127\.0\.0\.1:\d+/datasets/shuxunoo",
        ),
        ("closed", "hf_s3cr3tTOKEN", r"the token has no access to 'shuxunoo/NFT-Net': accept its terms at"),
        (
            True,
            "hf_expired",
            r"does not accept the token: make a new one at http://127\.0\.0\.1:\d+/settings",
        ),
    ],
)
def test_a_gate_is_one_line_that_says_where_to_go(hub, get, gated, token, told, tmp_path):
    hub.gated = gated
    with pytest.raises(ConfigError, match=told) as caught:
        get(Hub(hub.url, "shuxunoo/NFT-Net", token))
    assert "\n" not in str(caught.value)
    assert "hf_" not in str(caught.value)
    assert (hub.downloads(), kept(tmp_path)) == ([], {})


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254, a link-local address"),
        ("http://[::ffff:169.254.169.254]/x", "link-local address"),
        ("file:///etc/passwd", "only http and https are asked"),
        ("http://user:pass@127.0.0.1/x", "a user name or password"),
        ("http://127.0.0.1:99999999/x", "redirects to what is no URL"),
        ("http://[bad/x", "redirects to what is no URL"),
    ],
)
def test_a_redirect_to_where_no_cdn_is_is_not_followed(hub, get, location, told):
    hub.location = location
    with pytest.raises(SourceError, match=told):
        get()


def test_endless_redirects_end(hub, get):
    hub.location = f"{hub.url}/datasets/shuxunoo/NFT-Net/resolve/c0ffee{'0' * 34}/{PATH.replace(' ', '%20')}"
    with pytest.raises(SourceError, match="redirects without end"):
        get()


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("http://cdn.example/x", "redirects to cdn.example, which is not https"),
        ("https://127.0.0.1/x", "a loopback address"),
        ("https://10.0.0.1:8443/x", "a private address"),
    ],
)
def test_a_hub_elsewhere_may_redirect_neither_to_http_nor_home(location, told):
    asked = []

    def answer(request):
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": location})

    hub = Hub("https://hub.example", "a/b", "hf_token")
    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        answered = opened(client, hub, "https://hub.example/file", 0)
        with pytest.raises(SourceError, match=told):
            answered.__enter__()
    assert asked == ["https://hub.example/file"]


def test_a_full_disk_is_said_before_anything_is_downloaded(hub, get, content, monkeypatch, tmp_path):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, len(content) - 1))
    with pytest.raises(SourceError, match="make room, or give --home on another disk"):
        get()
    assert hub.downloads() == []
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, len(content)))
    assert get().read_bytes() == content


def test_progress_ends_at_the_total_in_megabytes(hub, get):
    ticks = []
    get(tick=lambda *told: ticks.append(told))
    assert ticks[-1] == ("Moon Birds, MB", 1, 1)
