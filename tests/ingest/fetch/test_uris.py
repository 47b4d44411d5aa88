"""What a token's URI may be, and what it is then taken for."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.fetch import uris
from ingest.fetch.inline import Inline
from ingest.fetch.uris import Arweave, Ipfs, Web, parse, with_id
from ingest.ipfs.cid import Cid
from magpie.errors import SourceError

CID = Cid.of(b"a picture")
TX = "bNbA3TEQVL60xlgCcqdz4ZPHFZ711cZ3hmkpGttDt_U"
JSON = b'{"name": "#1 50%"}'
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='100%'/>"


@pytest.mark.parametrize(
    ("uri", "path", "url"),
    [
        (f"ipfs://{CID}", "", ""),
        (f"  ipfs://{CID}/1.json\n", "1.json", ""),
        (f"ipfs://ipfs/{CID}/a/b.png", "a/b.png", ""),
        (f"{CID}", "", ""),
        (f"{CID}/1", "1", ""),
        (f"ipfs://{CID}/My%20Ape.png?x=1#y", "My Ape.png", ""),
        (
            f"https://gateway.example/ipfs/{CID}/1.json",
            "1.json",
            f"https://gateway.example/ipfs/{CID}/1.json",
        ),
        (f"https://{CID}.ipfs.dweb.link/1", "1", f"https://{CID}.ipfs.dweb.link/1"),
        (f"http://127.0.0.1:8080/ipfs/{CID}", "", f"http://127.0.0.1:8080/ipfs/{CID}"),
    ],
)
def test_ipfs_is_recognised_in_every_spelling(uri, path, url):
    found = parse(uri)
    assert isinstance(found, Ipfs)
    assert (found.link.cid, found.link.path, found.url) == (CID, path, url)


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        (f"ar://{TX}", Arweave(TX)),
        (f"AR://{TX}/", Arweave(TX)),
        (f"ar://{TX}/a b/1.json?x#y", Arweave(TX, "/a%20b/1.json")),
        (f"https://arweave.net/{TX}/1", Arweave(TX, "/1")),
        ("https://arweave.net/info", Web("https://arweave.net/info")),
        ("HTTPS://Art.Example/1.json", Web("https://art.example/1.json")),
        ("http://art.example/ipfs/about.html", Web("http://art.example/ipfs/about.html")),
        ("https://art.example/{id}.json", Web("https://art.example/%7Bid%7D.json")),
    ],
)
def test_arweave_and_the_web(uri, found):
    assert parse(uri) == found


@pytest.mark.parametrize(
    ("uri", "content", "media_type"),
    [
        ("data:application/json;base64," + base64.b64encode(JSON).decode(), JSON, "application/json"),
        (
            "data:application/json;base64," + base64.b64encode(JSON).decode().rstrip("="),
            JSON,
            "application/json",
        ),
        ("data:application/json;base64," + base64.b64encode(JSON).decode() + "==", JSON, "application/json"),
        ("DATA:Application/JSON;Base64," + base64.urlsafe_b64encode(JSON).decode(), JSON, "application/json"),
        ("data:application/json;base64," + base64.encodebytes(2 * SVG).decode(), 2 * SVG, "application/json"),
        ("data:;base64,e30%3D", b"{}", "text/plain"),
        ("data:,", b"", "text/plain"),
        ("data:application/json,%7B%22a%22%3A1%7D", b'{"a":1}', "application/json"),
        (f"data:application/json;utf8,{JSON.decode()}", JSON, "application/json"),
        ('data:application/json;charset=utf-8,{"a":"ü"}', '{"a":"ü"}'.encode(), "application/json"),
        ("data:text/plain;charset=ISO-8859-1,%FC", "ü".encode(), "text/plain"),
        ("data:text/plain;charset=latin1;base64,/A==", "ü".encode(), "text/plain"),
        ("data:text/plain;charset=zlib,%FC", b"\xfc", "text/plain"),
        (f"data:image/svg+xml;utf8,{SVG.decode()}", SVG, "image/svg+xml"),
        ("data:image/svg+xml;utf8,<svg fill='#fff'/>", b"<svg fill='#fff'/>", "image/svg+xml"),
        (f" {JSON.decode()} ", JSON, "application/json"),
        ("[]", b"[]", "application/json"),
        (SVG.decode(), SVG, "image/svg+xml"),
        ("<?xml version='1.0'?><svg/>", b"<?xml version='1.0'?><svg/>", "image/svg+xml"),
    ],
)
def test_content_in_the_link_itself(uri, content, media_type):
    assert parse(uri) == Inline(content, media_type)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_base64_gives_back_what_was_encoded(content):
    for encoded in (base64.b64encode(content), base64.urlsafe_b64encode(content)):
        assert parse(f"data:image/png;base64,{encoded.decode()}") == Inline(content, "image/png")


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(), st.text()))
def test_json_as_a_link_is_that_json(record):
    found = parse(json.dumps(record))
    assert json.loads(found.content) == record


def refusal(uri):
    """Why it is refused, "" if it is not."""
    try:
        parse(uri)
    except SourceError as error:
        return str(error)
    return ""


STARTS = [
    "",
    "ipfs://",
    "https://",
    "ar://",
    "data:",
    "data:;base64,",
    f"https://g.example/ipfs/{CID}/",
    "ipns://",
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(STARTS), st.text(st.characters(codec=None), max_size=80))
def test_any_text_is_a_link_or_refused_in_one_printable_line(start, text):
    reason = refusal(start + text)
    assert not reason or (reason.isprintable() and len(reason) < 400)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_link_or_refused(raw):
    reason = refusal(raw.decode("utf-8", "surrogateescape"))
    assert not reason or reason.isprintable()


@pytest.mark.parametrize(("length", "refused"), [(uris.MAX_INLINE, False), (uris.MAX_INLINE + 1, True)])
def test_inline_content_has_a_bound(length, refused):
    uri = "data:," + "x" * (length - len("data:,"))
    if refused:
        with pytest.raises(SourceError, match="a link of more than 8 MiB"):
            parse(uri)
    else:
        assert len(parse(uri).content) == length - len("data:,")


@pytest.mark.parametrize(
    ("token_id", "digits"), [(0, "0" * 64), (0xAB, "0" * 62 + "ab"), (2**256 - 1, "f" * 64)]
)
def test_the_id_of_erc_1155(token_id, digits):
    assert with_id("https://art.example/{id}.json", token_id) == f"https://art.example/{digits}.json"
    assert with_id("https://art.example/1.json", token_id) == "https://art.example/1.json"
