"""What contracts send back is read strictly, and never becomes larger than it was sent."""

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from ingest.chain import abi
from ingest.chain.abi import ContractCall

A, B = "0x" + "11" * 20, "0x" + "22" * 20
WORD = 32


def word(number):
    return number.to_bytes(WORD, "big")


def test_multicall_is_encoded_as_a_general_library_does():
    calls = [ContractCall(A, "aabbccdd"), ContractCall(B, "00" * 36), ContractCall(A, "")]
    entries = [(to, True, bytes.fromhex(data)) for to, data in calls]
    expected = abi.AGGREGATE3 + encode(["(address,bool,bytes)[]"], [entries]).hex()
    assert abi.aggregate3(calls) == expected


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=100)), max_size=20))
def test_multicall_results_come_back_as_they_were_encoded(results):
    answer = encode(["(bool,bytes)[]"], [results])
    assert abi.results(answer, len(results)) == results
    assert abi.results(answer, len(results) + 1) is None


def test_results_that_share_one_megabyte_are_not_copied_for_each():
    shared = b"\0" * 100_000
    count = 50
    head = word(WORD) + word(count) + b"".join(word(WORD * count) for _ in range(count))
    assert abi.results(head + word(1) + word(2 * WORD) + word(len(shared)) + shared, count) is None


@given(st.binary(max_size=400), st.integers(0, 5))
def test_wild_bytes_are_results_or_nothing(answer, count):
    found = abi.results(answer, count)
    assert found is None or sum(len(data) for _, data in found) <= len(answer)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (encode(["string"], ["Tiles"]), "Tiles"),
        (encode(["string"], [""]), ""),
        (encode(["string"], ["é" * 50]), "é" * 50),
        (b"Old Tiles".ljust(WORD, b"\0"), "Old Tiles"),
        (b"", None),
        (b"\0" * 31, None),
        (word(2**256 - 1) + word(5), None),
        (word(WORD) + word(2**255) + b"x" * 64, None),
        (word(WORD) + word(6) + b"Tiles", None),
        (encode(["string"], ["x" * 101]), None),
        (encode(["string"], ["x" * 100]), "x" * 100),
    ],
    ids=[
        "string", "empty", "not ASCII", "bytes32", "nothing", "half a word", "offset outside", "endless",
        "shorter than it says", "over the limit", "at the limit",
    ],
)  # fmt: skip
def test_text_is_read_or_refused(answer, text):
    assert abi.as_text(answer, 100) == text


def test_invalid_utf8_is_shown_in_a_name_and_refused_in_a_link():
    answer = encode(["bytes"], [b"\xff\xfeTiles"])
    assert abi.as_text(answer, 100) == "\ufffd\ufffdTiles"
    assert abi.as_text(answer, 100, errors="strict") is None


@given(st.binary(max_size=300))
def test_wild_bytes_are_text_or_nothing(answer):
    assert len(abi.as_text(answer, 100) or "") <= 100


def test_only_a_whole_word_is_a_number_an_address_or_true():
    assert abi.as_number(word(7)) == 7
    assert [abi.as_number(answer) for answer in (b"", b"\x07", word(7) + b"\0")] == [None, None, None]
    assert abi.as_true(word(1))
    assert not abi.as_true(word(2))
    assert abi.as_address(word(2**160 - 1)) == "0x" + "f" * 40
    assert abi.as_address(word(2**160)) is None
