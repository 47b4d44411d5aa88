"""What is built has the CIDs that other software publishes for the same files."""

import pytest

from ingest.ipfs.build import CHUNK, Dag
from ingest.ipfs.cid import Cid

# Files of which kubo's own tests publish the CIDs (test/sharness/t0260-sharding.sh).
FILES = {f"file{number}": f"{number}\n".encode() for number in range(1, 2001)}
NEVER, ALWAYS = 2**40, 0


@pytest.mark.parametrize(
    ("version", "cid"),
    [
        (0, "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"),
        (1, "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"),
    ],
)
def test_the_empty_directory(version, cid):
    assert str(Dag(version=version).add_files({}).cid) == cid


def test_the_empty_file_and_a_small_one_are_raw_blocks():
    assert str(Dag().add_file(b"").cid) == "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    assert (
        str(Dag().add_file(b"hello world").cid)
        == "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
    )


def test_a_small_file_of_version_0_is_wrapped():
    assert str(Dag(version=0).add_file(b"100\n").cid) == "QmZ3RfWk1u5LEGYLHA633B5TNJy3Du27K6Fny9wcxpowGS"


@pytest.mark.parametrize(
    ("version", "shard_from", "cid"),
    [
        (0, NEVER, "QmavrTrQG4VhoJmantURAYuw3bowq3E2WcvP36NRQDAC1N"),
        (0, ALWAYS, "QmSCJD1KYLhVVHqBK3YyXuoEqHt7vggyJhzoFYbT8v1XYL"),
        (1, ALWAYS, "bafybeibiemewfzzdyhq2l74wrd6qj2oz42usjlktgnlqv4yfawgouaqn4u"),
    ],
    ids=["plain", "sharded", "sharded, version 1"],
)
def test_a_directory_of_2000_files(version, shard_from, cid):
    assert str(Dag(version=version, shard_from=shard_from).add_files(FILES).cid) == cid


@pytest.mark.parametrize(
    ("first", "cid"),
    [
        (1, "QmWfjnRWRvdvYezQWnfbvrvY7JjrpevsE9cato1x76UqGr"),
        (6, "QmbVxi5zDdzytrjdufUejM92JsWj8wGVmukk6tiPce3p1m"),
    ],
    ids=["just above", "just below"],
)
def test_directories_are_sharded_above_256_kib(first, cid):
    files = {f"file{number:06d}": f"{number}\n".encode() for number in range(first, 5961)}
    assert str(Dag(version=0).add_files(files).cid) == cid


@pytest.mark.parametrize(("size", "blocks"), [(CHUNK, 1), (CHUNK + 1, 3), (2 * CHUNK, 2)])
def test_a_file_is_cut_at_256_kib(size, blocks):
    dag = Dag()
    entry = dag.add_file(b"\0" * size)  # two equal chunks are one block
    assert len(dag.blocks) == blocks
    assert entry.size == size


def test_every_block_is_what_its_cid_names():
    dag = Dag(chunk=3)
    dag.add_files({"a/b.txt": b"0123456789", "a/c/d": b"", "e": b"012"})
    assert all(cid.matches(block) for cid, block in dag.blocks.items())


def test_a_name_cannot_be_a_file_and_a_folder():
    with pytest.raises(ValueError, match="a file and a folder"):
        Dag().add_files({"a": b"", "a/b": b""})
    with pytest.raises(ValueError, match="a file and a folder"):
        Dag().add_files({"a/b": b"", "a": b""})


def test_adding_again_changes_nothing():
    dag = Dag()
    once = dag.add_files({"a": b"1"}), dict(dag.blocks)
    assert (dag.add_files({"a": b"1"}), dag.blocks) == once
    assert isinstance(once[0].cid, Cid)
