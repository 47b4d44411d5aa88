"""What a CID promises: any spelling is read, nothing else is, and only the right bytes match."""

import hashlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ipfs.cid import CODECS, HASHES, Cid
from magpie.errors import SourceError

HELLO = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
EMPTY_DIRECTORY = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
DIGEST = hashlib.sha256(b"hello world").digest()


def spelled(base, binary=b"\x01\x55\x12\x20" + DIGEST):
    import libipld

    return libipld.encode_multibase(base, binary)


def test_a_raw_block_of_hello_world_has_its_published_cid():
    assert str(Cid.of(b"hello world")) == HELLO
    assert Cid.parse(HELLO).matches(b"hello world")


def test_version_0_keeps_its_spelling_and_names_a_dag_pb_block():
    cid = Cid.parse("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn")
    assert (cid.version, cid.codec) == (0, "dag-pb")
    assert str(cid) == "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"
    assert cid.digest == Cid.parse(EMPTY_DIRECTORY).digest


@pytest.mark.parametrize("base", "bBzkKfFmMuU")
def test_every_base_spells_the_same_cid(base):
    assert Cid.parse(spelled(base)) == Cid.parse(HELLO)


@pytest.mark.parametrize("code", [code for code in HASHES if code])
def test_every_known_hash_is_checked(code):
    _, size, digest = HASHES[code]
    prefix = {0x12: b"\x12", 0x13: b"\x13", 0xB220: b"\xa0\xe4\x02"}[code]
    cid = Cid.from_bytes(b"\x01\x55" + prefix + bytes([size]) + digest(b"hello world"))
    assert cid.matches(b"hello world")
    assert not cid.matches(b"hello worle")
    assert Cid.parse(str(cid)) == cid


def test_an_identity_cid_holds_its_block():
    cid = Cid.from_bytes(b"\x01\x55\x00\x02hi")
    assert cid.inline == b"hi"
    assert cid.matches(b"hi")
    assert not cid.matches(b"ho")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no CID"),
        ("7804", "is no CID"),
        ("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3N", "is no CID"),
        ("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn1", "is no CID"),
        ("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3N0", "is no CID"),
        (HELLO + "a", "is no CID"),
        (HELLO[:-1], "is no CID"),
        ("z" + "1" * 300, "longer than 256"),
        ("\ud800", "is no CID"),
        ("b\x1b[31m", "is no CID"),
        (spelled("b", b"\x01\x55\x12\x1f" + DIGEST[:31]), "31 bytes of sha2-256 instead of 32"),
        (spelled("b", b"\x01\x55\x1e\x20" + DIGEST), "cannot be checked: its hash function 0x1e"),
        (spelled("b", b"\x01\x55\x11\x14" + DIGEST[:20]), "cannot be checked: its hash function 0x11"),
        (spelled("b", b"\x01\x55\x00\x41" + b"x" * 65), "is no CID"),
    ],
)
def test_anything_else_is_refused_in_one_printable_line(text, reason):
    with pytest.raises(SourceError, match=reason) as refused:
        Cid.parse(text)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 250


@settings(deadline=None)
@given(st.sampled_from(sorted(CODECS.values())), st.binary(max_size=100))
def test_reading_what_was_written_gives_the_same_cid(codec, block):
    cid = Cid.of(block, codec)
    assert Cid.parse(str(cid)) == cid == Cid.from_bytes(bytes(cid))


def test_a_codec_without_a_name_keeps_its_number():
    cid = Cid.from_bytes(b"\x01\x99\x01\x12\x20" + DIGEST)
    assert cid.codec == "0x99"
    assert bytes(cid) == b"\x01\x99\x01\x12\x20" + DIGEST


@settings(deadline=None)
@given(st.one_of(st.text(max_size=80), st.text("bzQmafykuF1234567", max_size=80), st.binary(max_size=80)))
def test_random_text_and_bytes_never_raise_anything_but_source_error(written):
    with suppress(SourceError):
        Cid.from_bytes(written) if isinstance(written, bytes) else Cid.parse(written)
