"""The hostile corpus of fetching: links and servers that a stranger may put into a token, and what is said.

The links of the first tables are refused before anything is connected to, the servers of the others when they
show what they are. Each reason is one line.
"""

import asyncio
import gzip
import zlib

import pytest

from ingest.fetch.client import Fetcher
from ingest.ipfs.cid import Cid
from magpie.errors import SourceError

pytestmark = pytest.mark.network
PUBLIC, PUBLIC_6 = "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"
CID = str(Cid.of(b"a picture"))

LINKS = {
    "": "an empty link",
    "file:///etc/passwd": "a file: link; only ipfs, ar, http, https and data are read",
    "ftp://art.example/1": "a ftp: link; only ipfs, ar, http, https and data are read",
    "gopher://art.example/1": "a gopher: link; only ipfs, ar, http, https and data are read",
    "javascript:alert(1)": "a javascript: link; only ipfs, ar, http, https and data are read",
    "C:\\Windows\\win.ini": "a C: link; only ipfs, ar, http, https and data are read",
    "\\\\server\\share\\1.png": "\\\\server\\share\\1.png is no link",
    "//art.example/1": "//art.example/1 is no link",
    "../../etc/passwd": "../../etc/passwd is no link",
    "http://": "nothing is no host",
    "http:///etc/passwd": "nothing is no host",
    "http://public@127.0.0.1/": "a URL with a user name or password in it",
    "http://art.example:80@127.0.0.1/": "a URL with a user name or password in it",
    "http://art.example\\@127.0.0.1/": "a URL with a user name or password in it",
    "http://127.0.0.1\\.art.example/": "127.0.0.1\\.art.example is no host",
    "http://art.example/\r\nHost: 127.0.0.1": "a URL with control characters",
    "http://art.example:22/": "port 22, where no web server is asked",
    "http://art.example:6667/": "port 6667, where no web server is asked",
    "http://art.example:99999/": "no URL (Port out of range 0-65535)",
    "http://art.example:8o/": "no URL (Port could not be cast to integer value as '8o')",
    "http://[::1/": "no URL (Invalid IPv6 URL)",
    "http://[fe80::1%25eth0]/": "[fe80::1%25eth0] is no host",
    "http://%31%32%37.0.0.1/": "%31%32%37.0.0.1 is no host",
    "http://1.2.3.4.5/": "1.2.3.4.5 is no host",
    "http://256.1.1.1/": "256.1.1.1 is no host",
    "http://a..b/": "a..b is no host",
    "http://art.example/" + "x" * 9000: "a link of more than 8192 characters",
    "ar://../../etc/passwd": ".. is no Arweave transaction",
    "ipns://art.example/1": "an ipns link: it names no fixed content, so it cannot be checked",
    f"ipfs://{CID}/../../api/v0/id": "a path with the name '..'",
    f"ipfs://{CID}/%2e%2e/id": "a path with the name '..'",
    f"ipfs://{CID}/a%2fb": "a path with an encoded slash: 'a%2fb'",
    f"https://gateway.example/ipfs/{CID}/../../admin": "a path with the name '..'",
    "ipfs://QmNothing/1": "QmNothing is no CID (Failed to decode CID. Failed to parse multihash)",
    "data:application/json;base64,{}": "a data: link whose base64 has other characters in it",
    "data:application/json;base64,AAAAA": "a data: link whose base64 is cut short",
    "data:text/plain": "a data: link without a comma before its content",
    "javascript\u202e:alert(1)": "javascript?:alert(1) is no link",
}

ADDRESSES = {
    "http://127.0.0.1/": "127.0.0.1, a loopback",
    "http://127.0.0.1#@art.example/": "127.0.0.1, a loopback",
    "http://127.1/": "127.0.0.1, a loopback",
    "http://2130706433/": "127.0.0.1, a loopback",
    "http://0x7f000001/": "127.0.0.1, a loopback",
    "http://0177.0.0.1/": "127.0.0.1, a loopback",
    "http://0x7f.1/": "127.0.0.1, a loopback",
    "http://１２７。０。０。１/": "127.0.0.1, a loopback",
    "http://127.0.0.1./": "127.0.0.1, a loopback",
    "http://0/": "0.0.0.0, an unspecified",
    "http://169.254.169.254/latest/meta-data/": "169.254.169.254, a link-local",
    "http://10.0.0.1/": "10.0.0.1, a private",
    "http://172.16.0.1:8080/": "172.16.0.1, a private",
    "http://192.168.1.1/": "192.168.1.1, a private",
    "http://100.64.0.1/": "100.64.0.1, a shared",
    "http://224.0.0.1/": "224.0.0.1, a multicast",
    "http://255.255.255.255/": "255.255.255.255, a reserved",
    "http://[::1]/": "::1, a loopback",
    "http://[::]/": "::, an unspecified",
    "http://[fe80::1]/": "fe80::1, a link-local",
    "http://[fd00::1]/": "fd00::1, a private",
    "http://[ff02::1]/": "ff02::1, a multicast",
    "http://[::ffff:127.0.0.1]/": "::ffff:7f00:1, a loopback",
    "http://[::ffff:a9fe:a9fe]/": "::ffff:a9fe:a9fe, a link-local",
    "http://[::127.0.0.1]/": "::7f00:1, a reserved",
    "http://[64:ff9b::10.0.0.1]/": "64:ff9b::a00:1, a private",
    "http://[64:ff9b:1::7f00:1]/": "64:ff9b:1::7f00:1, a reserved",
    "http://[2002:7f00:1::]/": "2002:7f00:1::, a reserved",
    "http://[2001:0:7f00:1::1]/": "2001:0:7f00:1::1, a reserved",
    "http://[2606:4700::5efe:10.0.0.1]/": "2606:4700::5efe:a00:1, a private",
}

NAMES = {
    "loopback.example": ["127.0.0.1"],
    "localhost": ["127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "carrier.example": ["100.100.0.1"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "zone.example": ["fe80::1%1"],
    "either.example": [PUBLIC, "10.0.0.1"],
    "both.example": [PUBLIC_6, "::1"],
}

REDIRECTS = {
    "http://169.254.169.254/latest/meta-data/": (
        "169.254.169.254: leads to 169.254.169.254, a link-local address; only public ones are asked"
    ),
    "http://[::ffff:127.0.0.1]/": (
        "[::ffff:7f00:1]: leads to ::ffff:7f00:1, a loopback address; only public ones are asked"
    ),
    "//127.0.0.1/": "127.0.0.1: leads to 127.0.0.1, a loopback address; only public ones are asked",
    "file:///etc/passwd": (
        "art.example: redirects to file:///etc/passwd: a file link where only http and https are asked"
    ),
    f"ipfs://{CID}": (
        f"art.example: redirects to ipfs://{CID}: a ipfs link where only http and https are asked"
    ),
    "http://public@127.0.0.1/": (
        "art.example: redirects to http://public@127.0.0.1/: a URL with a user name or password in it"
    ),
    "http://art.example:25/": (
        "art.example: redirects to http://art.example:25/: port 25, where no web server is asked"
    ),
    "http://[": "art.example: redirects to http://[: Invalid IPv6 URL",
    "": "art.example: redirects to nowhere",
    "/first": "art.example: more than 5 redirects",
}


def bomb(size):
    """``size`` zeros, packed a thousand times smaller."""
    return gzip.compress(bytes(size), 9)


async def endless_body(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(10 * 2**14):  # of 64 KiB: 10 GiB
        writer.write(b"10000\r\n" + bytes(2**16) + b"\r\n")
        await writer.drain()


async def endless_headers(writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        writer.write(b"X-%d: %s\r\n" % (number, b"x" * 1000))
        await writer.drain()


SERVERS = {
    "10 GB declared": (
        lambda reply: reply(b"x", content_length=10 * 2**30),
        "art.example: larger than 8 MiB (it says 10 GiB)",
    ),
    "10 GB undeclared": (lambda reply: endless_body, "art.example: larger than 8 MiB"),
    "one byte too many": (
        lambda reply: reply(bytes(2**23 + 1)),
        "art.example: larger than 8 MiB (it says 8 MiB)",
    ),
    "gzip bomb": (
        lambda reply: reply(bomb(2**25), content_encoding="gzip"),
        "art.example: unpacks to more than 200 times its size (a gzip bomb?)",
    ),
    "deflate bomb": (
        lambda reply: reply(zlib.compress(bytes(2**25), 9), content_encoding="deflate"),
        "art.example: unpacks to more than 200 times its size (a gzip bomb?)",
    ),
    "gzip in gzip": (
        lambda reply: reply(gzip.compress(bomb(2**10)), content_encoding="gzip, gzip"),
        "art.example: packed as gzip, gzip, which was not asked for",
    ),
    "brotli": (
        lambda reply: reply(b"\x0b\x00", content_encoding="br"),
        "art.example: packed as br, which was not asked for",
    ),
    "gzip that is none": (
        lambda reply: reply(b"plain", content_encoding="gzip"),
        "art.example: is not packed as gzip, as it says",
    ),
    "gzip cut short": (
        lambda reply: reply(gzip.compress(b"0123456789" * 99)[:-9], content_encoding="gzip"),
        "art.example: cut short",
    ),
    "body cut short": (lambda reply: reply(b"half", content_length=9), "art.example: cut short"),
    "chunks cut short": (
        lambda reply: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",
        "art.example: cut short",
    ),
    "header flood": (
        lambda reply: endless_headers,
        "art.example: answers with no proper HTTP (Too many headers received)",
    ),
    "header of a megabyte": (
        lambda reply: reply(b"x", x=("y" * 2**20)),
        "art.example: answers with no proper HTTP (Got more than 8190 bytes when reading)",
    ),
    "no HTTP": (
        lambda reply: b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "art.example: answers with no proper HTTP (Bad status line)",
    ),
    "nothing": (lambda reply: b"", "art.example: closed the connection without an answer"),
    "401": (lambda reply: reply(b"", 401), "art.example: HTTP 401"),
    "status without content": (lambda reply: reply(b"", 204), "art.example: HTTP 204"),
}


def one_line(error):
    text = str(error.value)
    return text.isprintable() and len(text) < 400


@pytest.mark.parametrize(("link", "reason"), LINKS.items(), ids=[link[:40] or "empty" for link in LINKS])
def test_hostile_links_are_refused_unasked(link, reason, fetch, internet, make_settings):
    internet.names["art.example"] = [PUBLIC]
    with pytest.raises(SourceError) as error:
        fetch(link, chosen=make_settings("http://127.0.0.1:1", arweave=["http://127.0.0.1:1"]))
    assert one_line(error)
    assert str(error.value) == reason
    assert not internet.connected


@pytest.mark.parametrize(("link", "what"), ADDRESSES.items(), ids=list(ADDRESSES))
def test_no_spelling_of_a_private_address_is_connected_to(link, what, fetch, internet):
    with pytest.raises(SourceError) as error:
        fetch(link)
    assert str(error.value).endswith(f": leads to {what} address; only public ones are asked")
    assert not internet.connected
    assert not internet.looked_up


@pytest.mark.parametrize("name", NAMES)
def test_a_name_with_any_private_address_is_not_connected_to(name, fetch, internet):
    internet.names |= NAMES
    with pytest.raises(SourceError, match=rf"^{name}: leads to .* address; only public ones are asked$"):
        fetch(f"https://{name}/1.json")
    assert internet.looked_up == [name]
    assert not internet.connected


@pytest.mark.parametrize(("location", "reason"), REDIRECTS.items(), ids=[key or "empty" for key in REDIRECTS])
def test_redirects_are_judged_like_links(location, reason, fetch, internet, art, reply):
    art.on("/first", reply(b"", 302, location=location))
    with pytest.raises(SourceError) as error:
        fetch("http://art.example/first")
    assert str(error.value) == reason
    assert set(internet.connected) == {(PUBLIC, 80)}
    assert len(art.asked) <= 6


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("answer", "reason"), SERVERS.values(), ids=list(SERVERS))
def test_hostile_servers_are_given_up(answer, reason, fetch, art, reply):
    art.on("/1.png", answer(reply))
    with pytest.raises(SourceError) as error:
        fetch("http://art.example/1.png", limit=2**23)
    assert one_line(error)
    assert str(error.value) == reason


def test_of_an_endless_body_little_more_is_read_than_is_wanted(fetch, art):
    sent = 0

    async def endless(writer):
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + bytes(2**16) + b"\r\n")
            await writer.drain()
            sent += 2**16

    art.on("/1.png", endless)
    with pytest.raises(SourceError, match="larger than 1 MiB"):
        fetch("http://art.example/1.png", limit=2**20)
    assert sent < 2**25  # what the buffers of two sockets hold comes on top


def test_a_name_that_moves_to_a_private_address_is_asked_at_the_public_one_only(fetch, internet, art, reply):
    internet.names["art.example"] = [[PUBLIC], ["127.0.0.1"]]
    art.on("/first", reply(b"", 302, location="/second"))
    art.on("/second", reply(b"there"))
    assert fetch("http://art.example/first").content == b"there"
    assert set(internet.connected) == {(PUBLIC, 80)}
    with pytest.raises(SourceError, match=r"leads to 127\.0\.0\.1, a loopback address"):
        fetch("http://art.example/first")
    assert set(internet.connected) == {(PUBLIC, 80)}


def test_a_stranger_cannot_redirect_to_a_gateway_that_the_user_named(
    fetch, internet, art, make_site, reply, make_settings
):
    gateway = make_site()
    gateway.on("/api/shutdown", reply(b"done"))
    art.on("/1", reply(b"", 307, location=f"{gateway.url}/api/shutdown"))
    with pytest.raises(SourceError, match=r"leads to 127\.0\.0\.1, a loopback address"):
        fetch("http://art.example/1", chosen=make_settings(gateway.url))
    assert not gateway.asked


def test_a_named_gateway_is_asked_on_its_own_port_only(fetch, internet, make_site, reply, make_settings):
    gateway, neighbour = make_site(), make_site()
    gateway.on("/1", reply(b"", 302, location=f"{neighbour.url}/1"))
    for link in (f"{gateway.url}/1", f"{neighbour.url}/1", gateway.url.replace("127.0.0.1", "127.0.0.2")):
        with pytest.raises(SourceError, match=r"leads to 127\.0\.0\.\d, a loopback address"):
            fetch(link, chosen=make_settings(gateway.url))
    assert gateway.asked == ["/1"]
    assert not neighbour.asked


@pytest.mark.parametrize("address", ["169.254.169.254", "224.0.0.1", "0.0.0.0"])
def test_not_even_settings_make_a_gateway_of_a_link_local_address(address, fetch, internet, make_settings):
    with pytest.raises(SourceError, match=f"leads to {address}"):
        fetch(f"ar://{'x' * 43}", chosen=make_settings(arweave=[f"http://{address}"]))
    assert not internet.connected


def test_a_proxy_of_the_environment_is_not_asked(fetch, internet, art, reply, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    art.on("/1", reply(b"direct"))
    assert fetch("http://art.example/1").content == b"direct"
    assert internet.connected == [(PUBLIC, 80)]


def test_cookies_of_strangers_are_not_kept(fetch, art, reply):
    art.on("/1", reply(b"", 302, location="/2", set_cookie="a=b"))
    art.on("/2", reply(b"there"))
    assert fetch("http://art.example/1").content == b"there"
    assert not [head for head in art.heads if "cookie" in head.lower()]


def test_a_drip_is_given_up_and_tried_again(fetch, art, reply):
    async def drip(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    art.on("/1", drip, reply(b"at once"))
    assert fetch("http://art.example/1").content == b"at once"
    assert art.asked == ["/1", "/1"]


def test_this_machine_is_refused_by_its_own_look_up_too(make_settings, internet):
    async def get():
        async with Fetcher(make_settings()) as fetcher:
            await fetcher.get("http://localhost:8080/", limit=2**20)

    with pytest.raises(
        SourceError, match=r"^localhost:8080: leads to (127\.0\.0\.1|::1), a loopback address"
    ):
        asyncio.run(get())
    assert not internet.connected


def test_a_gateway_may_be_named_by_its_name(site, internet, fetch, reply, make_settings):
    internet.names["gateway.lan"] = ["127.0.0.1"]
    site.on(f"/{'x' * 43}", reply(b"there"))
    url = f"http://gateway.lan:{site.port}"
    assert fetch(f"ar://{'x' * 43}", chosen=make_settings(arweave=[url])).content == b"there"
    with pytest.raises(SourceError, match="a loopback address"):
        fetch(f"{url}/1", chosen=make_settings())
