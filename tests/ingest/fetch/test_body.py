"""Bodies piece by piece: their bounds, their packing, their pace."""

import asyncio
import gzip
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.fetch.body import MIN_RATE, Pace, TooLarge, Unpacker, read, readable
from magpie.errors import SourceError


def taken(pieces, pause=0.0, declared=None, grace=60.0, limit=2**20):
    async def flow():
        for piece in pieces:
            await asyncio.sleep(pause)
            yield piece

    return asyncio.run(read(flow(), Unpacker("", limit), declared=declared, pace=Pace(grace, MIN_RATE)))


def test_a_body_that_drips_is_given_up_however_long_it_goes_on():
    with pytest.raises(SourceError, match=r"too slow: \d+ bytes in ") as error:
        taken([b"x"] * 400, pause=0.005, grace=0.1)
    assert error.value.retryable


def test_a_body_that_flows_may_take_longer_than_the_grace():
    assert len(taken([bytes(10 * MIN_RATE)] * 5, pause=0.05, grace=0.2)) == 50 * MIN_RATE


@pytest.mark.parametrize(("declared", "whole"), [(None, True), (5, True), (6, False), (4, False)])
def test_a_body_has_the_length_it_declared(declared, whole):
    if whole:
        assert taken([b"he", b"", b"llo"], declared=declared) == b"hello"
    else:
        with pytest.raises(SourceError, match=f"cut short after 5 of {declared} bytes"):
            taken([b"hello"], declared=declared)


def test_no_pieces_are_an_empty_body():
    assert taken([]) == b""
    assert Unpacker("gzip", 10).finish() == b""


@pytest.mark.parametrize("size", [0, 1, 99, 100])
def test_up_to_the_limit_is_taken(size):
    assert len(taken([bytes(size)], limit=100)) == size


def test_one_byte_more_than_the_limit_is_not():
    with pytest.raises(TooLarge, match="larger than 100 bytes"):
        taken([bytes(60), bytes(41)], limit=100)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=5000), st.integers(1, 700), st.sampled_from(["gzip", "x-gzip", "GZIP"]))
def test_how_a_packed_body_is_cut_into_pieces_does_not_matter(content, size, encoding):
    packed = gzip.compress(content)
    unpacker = Unpacker(encoding, 5000)
    for start in range(0, len(packed), size):
        unpacker.feed(packed[start : start + size])
    assert unpacker.finish() == content


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]))
def test_any_bytes_unpack_or_are_refused(raw, encoding):
    unpacker = Unpacker(encoding, 2**20)
    try:
        unpacker.feed(raw)
        content = unpacker.finish()
    except SourceError as error:
        content = str(error)
    assert len(content) <= 2**20


def test_a_bomb_stops_near_the_limit():
    unpacker = Unpacker("gzip", 2**20)
    with pytest.raises(TooLarge):
        unpacker.feed(gzip.compress(bytes(2**24)))
    assert len(unpacker._content) < 2**21


def test_what_does_not_pack_well_is_no_bomb():
    content = random.Random(1).randbytes(2**21)
    unpacker = Unpacker("gzip", 2**22)
    unpacker.feed(gzip.compress(content))
    assert unpacker.finish() == content


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KiB"), (2**26, "64 MiB"), (10 * 2**30, "10 GiB")],
)
def test_sizes_are_said_in_round_units(size, said):
    assert readable(size) == said
