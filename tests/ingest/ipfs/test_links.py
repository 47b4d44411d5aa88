"""Which links lead into IPFS, and where to."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ipfs.cid import Cid
from ingest.ipfs.links import IpfsLink, names, parse
from magpie.errors import SourceError

V0 = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"
V1 = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"


@pytest.mark.parametrize(
    ("uri", "cid", "path"),
    [
        (f"ipfs://{V0}", V0, ""),
        (f"ipfs://{V0}/", V0, ""),
        (f"ipfs://{V0}/1.json", V0, "1.json"),
        (f"  IPFS://{V0}/a/b.png ", V0, "a/b.png"),
        (f"ipfs://ipfs/{V1}/7", V1, "7"),
        (f"ipfs:/ipfs/{V1}/7", V1, "7"),
        (f"ipfs:{V1}/7", V1, "7"),
        (f"/ipfs/{V1}/7", V1, "7"),
        (f"{V0}/7", V0, "7"),
        (V1, V1, ""),
        (f"https://ipfs.io/ipfs/{V0}/7.png?x=1#y", V0, "7.png"),
        (f"https://example.com/ipfs/{V1}", V1, ""),
        (f"https://{V1}.ipfs.dweb.link/7", V1, "7"),
        (f"ipfs://{V0}/Ape%20%231.png", V0, "Ape #1.png"),
        (f"ipfs://{V0}//1.json", V0, "1.json"),
        (f"ipfs://{V0}/%C3%A9", V0, "é"),
        (f"ipfs://{V0}/100%", V0, "100%"),
        (f"ipfs://{V0}/1.json?format=raw", V0, "1.json"),
    ],
)
def test_spellings_of_one_link(uri, cid, path):
    assert parse(uri) == IpfsLink(Cid.parse(cid), path)


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.com/7.png",
        "https://example.com/ipfs/about.html",
        "https://example.com/x/ipfs/" + V0,
        "http://[::1",
        "ar://abc",
        "data:,ipfs://x",
        "7.png",
        "",
        "Qm",
    ],
)
def test_other_links_are_left_to_others(uri):
    assert parse(uri) is None


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("ipfs://", "no CID"),
        ("ipfs://ipfs/", "no CID"),
        ("ipfs://example.com/7.png", "no CID"),
        ("ipns://example.com/7.png", "ipns"),
        (f"ipfs://{V0}/../secret", "the name '..'"),
        (f"ipfs://{V0}/a/%2e%2E/b", "the name '..'"),
        (f"ipfs://{V0}/.", "the name '.'"),
        (f"ipfs://{V0}/a%2Fb", "encoded slash"),
        (f"ipfs://{V0}/a%5Cb", "the name"),
        (f"ipfs://{V0}/a%00b", "the name"),
        (f"ipfs://{V0}/%ff", "not UTF-8"),
        (f"ipfs://{V0}/\ud800", "not UTF-8"),
        (f"https://ipfs.io/ipfs/{V0}/%2e%2e/x", "the name '..'"),
        (f"ipfs://{V0}" + "/a" * 33, "more than 32 names"),
    ],
)
def test_links_that_cannot_be_are_refused_in_one_printable_line(uri, reason):
    with pytest.raises(SourceError, match=reason) as refused:
        parse(uri)
    assert str(refused.value).isprintable()


def test_a_path_may_have_32_names():
    assert len(names("/a" * 32)) == 32


def test_the_address_is_encoded_for_a_gateway():
    assert parse(f"ipfs://{V0}/a b/%231%25.png").address == f"{V0}/a%20b/%231%25.png"


NAMES = st.text(min_size=1, max_size=20).filter(
    lambda name: name not in (".", "..") and not set(name) & set("/\\\0") and name.isprintable()
)


@settings(deadline=None)
@given(st.lists(NAMES, max_size=4))
def test_reading_what_was_written_gives_the_same_link(parts):
    link = IpfsLink(Cid.parse(V1), "/".join(parts))
    assert parse(str(link)) == link


@settings(deadline=None)
@given(
    st.text(max_size=60), st.sampled_from(["", "ipfs://", f"ipfs://{V0}/", "https://h/ipfs/", f"/ipfs/{V1}/"])
)
def test_random_text_never_raises_anything_but_source_error(text, start):
    with suppress(SourceError):
        parse(start + text)
