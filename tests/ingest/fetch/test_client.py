"""Getting what may be got: tries, waits and places until it is there, and no more than that."""

import asyncio
import gzip
import shutil
import ssl
import subprocess
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from ingest.fetch import attempts, exchange
from ingest.fetch.client import Fetched, Fetcher
from magpie.errors import ConfigError, MissingExtraError, SourceError

pytestmark = pytest.mark.network
PUBLIC = "93.184.216.34"
TX = "bNbA3TEQVL60xlgCcqdz4ZPHFZ711cZ3hmkpGttDt_U"


@pytest.fixture
def waits(monkeypatch):
    """The delays between tries, none of them waited."""
    made = []
    sleep = asyncio.sleep

    async def note(seconds):
        made.append(seconds)
        await sleep(0)

    monkeypatch.setattr(attempts.asyncio, "sleep", note)
    monkeypatch.setattr(attempts.time, "monotonic", lambda: 1000.0 + sum(made))
    return made


def test_a_file_of_the_web_says_where_it_came_from(fetch, art, reply):
    art.on("/1", reply(b"", 301, location="/a b/2"))
    art.on("/a%20b/2", reply(b"content", content_type="Image/PNG; q=1"))
    found = fetch("http://art.example/1")
    assert found == Fetched(b"content", "http://art.example/a%20b/2", "image/png", None)


def test_content_in_the_link_needs_no_network(fetch, internet):
    assert fetch("data:text/plain,hi") == Fetched(b"hi", "", "text/plain", None)
    with pytest.raises(SourceError, match="larger than 2 bytes"):
        fetch("data:text/plain,hello", limit=2)
    assert not internet.connected


def test_arweave_is_unproven_and_fails_over(fetch, make_site, reply, make_settings):
    broken, working = make_site(), make_site()
    broken.on(f"/{TX}/1.json", reply(b"", 404))
    working.on(f"/{TX}/1.json", reply(b"{}"))
    found = fetch(f"ar://{TX}/1.json", chosen=make_settings(arweave=[broken.url, working.url]))
    assert (found.content, found.verified) == (b"{}", False)
    assert (len(broken.asked), len(working.asked)) == (1, 1)


@pytest.mark.parametrize("encode", ["gzip", "deflate", "raw deflate", "two members"])
def test_packed_bodies_are_unpacked(encode, fetch, art, reply):
    content = b'{"name": "packed"}' * 50
    raw = zlib.compressobj(wbits=-15)
    body = {
        "gzip": gzip.compress(content),
        "deflate": zlib.compress(content),
        "raw deflate": raw.compress(content) + raw.flush(),
        "two members": gzip.compress(content[:100]) + gzip.compress(content[100:]),
    }[encode]
    art.on("/1", reply(body, content_encoding="deflate" if "deflate" in encode else "gzip"))
    assert fetch("http://art.example/1").content == content


@pytest.mark.parametrize("size", [2**20 - 1, 2**20])
def test_a_body_may_have_the_limits_very_size(size, fetch, art, reply):
    art.on("/1", reply(bytes(size)))
    assert len(fetch("http://art.example/1", limit=2**20).content) == size


def test_a_large_file_is_fetched_when_there_is_room(fetch, art, reply):
    content = bytes(range(256)) * 2**15
    art.on("/1", reply(content))
    assert fetch("http://art.example/1", limit=2**24).content == content


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing_troubles_are_tried_again(status, fetch, art, reply, waits):
    art.on("/1", reply(b"", status), reply(b"there"))
    assert fetch("http://art.example/1").content == b"there"
    assert len(waits) == 1
    assert 0.1 < waits[0] <= 0.6


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 501])
def test_a_refusal_is_not_tried_again(status, fetch, art, reply):
    art.on("/1", reply(b"", status))
    with pytest.raises(SourceError, match=f"^art.example: HTTP {status}$") as error:
        fetch("http://art.example/1")
    assert not error.value.retryable
    assert len(art.asked) == 1


def test_the_tries_are_few_and_their_waits_grow(fetch, art, reply, waits):
    art.on("/1", reply(b"", 500))
    with pytest.raises(SourceError, match=r"^art\.example: HTTP 500$") as error:
        fetch("http://art.example/1")
    assert error.value.retryable
    assert len(art.asked) == attempts.TRIES
    assert all(0.1 * 2**n <= wait <= 0.6 * 2**n for n, wait in enumerate(waits, start=1))


@pytest.mark.parametrize(
    ("asked", "waited"), [("1", 1), ("0", None), ("3600", exchange.LONGEST_WAIT), ("soon", None)]
)
def test_retry_after_is_waited_within_reason(asked, waited, fetch, art, reply, waits):
    art.on("/1", reply(b"", 429, retry_after=asked), reply(b"there"))
    assert fetch("http://art.example/1").content == b"there"
    (wait,) = waits
    assert wait < 1 if waited is None else waited <= wait <= waited * 1.1


def test_retry_after_may_be_a_date(fetch, art, reply, waits):
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    art.on("/1", reply(b"", 503, retry_after=when), reply(b"there"))
    assert fetch("http://art.example/1").content == b"there"
    assert 10 <= waits[0] <= 22


def test_while_one_place_wants_to_be_left_alone_another_is_asked(
    fetch, make_site, reply, make_settings, waits
):
    busy, free = make_site(), make_site()
    busy.on(f"/{TX}", reply(b"", 429, retry_after="9"))
    free.on(f"/{TX}", reply(b"there"))
    assert fetch(f"ar://{TX}", chosen=make_settings(arweave=[busy.url, free.url])).content == b"there"
    assert not waits


def test_a_download_that_takes_too_long_is_given_up(fetch, art, make_settings, impatient):
    async def silent(writer):
        await asyncio.sleep(60)

    art.on("/1", silent)
    with pytest.raises(SourceError, match=r"took too long|given up") as error:
        fetch("http://art.example/1", chosen=make_settings(fetch_timeout=0.2))
    assert error.value.retryable


def test_redirects_five_deep_are_followed(fetch, art, reply):
    for hop in range(5):
        art.on(f"/{hop}", reply(b"", 302, location=f"{hop + 1}"))
    art.on("/5", reply(b"there"))
    assert fetch("http://art.example/0").content == b"there"


def test_a_gateway_may_redirect_within_itself(fetch, site, reply, make_settings):
    site.on(f"/{TX}", reply(b"", 302, location=f"/sandbox/{TX}"))
    site.on(f"/sandbox/{TX}", reply(b"there"))
    assert fetch(f"ar://{TX}", chosen=make_settings(arweave=[site.url])).content == b"there"


@pytest.mark.parametrize(
    ("url", "reason"),
    [("http://me:secret@127.0.0.1:80", "user name"), ("http://a_b..c:80", "is no host")],
)
def test_a_gateway_that_cannot_be_asked_is_a_matter_of_settings(url, reason, make_settings):
    chosen = make_settings().model_copy(update={"ipfs_gateways": (url,)})
    with pytest.raises(ConfigError, match=rf"setting 'ipfs_gateways': .*{reason}"):
        Fetcher(chosen)


def test_without_the_library_the_extra_is_named(make_settings, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "aiohttp", None)
    with pytest.raises(MissingExtraError, match=r"magpie\[ingest\]"):
        Fetcher(make_settings())


@pytest.fixture
def certificate(tmp_path):
    """Of art.example, by an authority that is known to nobody else."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=art.example"
    )
    named = ["-addext", "subjectAltName=DNS:art.example", "-keyout", key, "-out", cert]
    subprocess.run([*make.split(), *named], check=True, capture_output=True)
    return key, cert


@pytest.fixture
def secure(certificate, make_site, internet, monkeypatch):
    """https://art.example and https://other.example, both with art.example's certificate."""
    key, cert = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    names = []
    context.sni_callback = lambda connection, name, context: names.append(name)
    site = make_site(ssl=context)
    site.names = names
    for name in ("art.example", "other.example"):
        internet.names[name] = [PUBLIC]
    internet.routes[PUBLIC, 443] = site.port
    trusting = ssl.create_default_context(cafile=cert)
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
    return site


def test_tls_and_host_are_of_the_name_though_the_connection_goes_to_the_judged_address(
    fetch, secure, internet, reply
):
    secure.on("/1", reply(b"there", connection="keep-alive"))
    assert fetch("https://art.example/1").content == b"there"
    assert secure.names == ["art.example"]
    assert "\r\nHost: art.example\r\n" in secure.heads[0]
    assert internet.connected == [(PUBLIC, 443)]


def test_a_certificate_of_another_name_is_refused(fetch, secure, reply):
    secure.on("/1", reply(b"there"))
    with pytest.raises(SourceError, match=r"^other\.example: its certificate is not valid for this host$"):
        fetch("https://other.example/1")
    assert not secure.asked


def test_https_is_not_left_for_http(fetch, secure, internet, reply):
    secure.on("/1", reply(b"", 302, location="http://art.example/1", connection="keep-alive"))
    with pytest.raises(SourceError, match=r"^art\.example: redirects from https to http$"):
        fetch("https://art.example/1")
    assert set(internet.connected) == {(PUBLIC, 443)}
