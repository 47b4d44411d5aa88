"""From a root and a path to a file's bytes: the right ones, or one line that says why not."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ipfs import blocks as blocks_module
from ingest.ipfs import resolve
from ingest.ipfs.build import Dag
from ingest.ipfs.cid import Cid
from magpie.errors import SourceError

FILE, DIRECTORY, SYMLINK, SHARD = b"\x08\x02", b"\x08\x01", b"\x08\x04", b"\x08\x05"
NAME = st.text(min_size=1, max_size=12).filter(
    lambda name: (
        name not in (".", "..")
        and not set(name) & set("/\\\0")
        and name.encode("utf-8", "ignore").decode() == name
    )
)


def memory(blocks):
    async def block(cid):
        return blocks[cid]

    return block


def printable_outcome(reading):
    """Whether it ended with bytes, or with one line that is safe to print. Any other error is raised."""
    try:
        return isinstance(asyncio.run(reading), bytes)
    except SourceError as error:
        return str(error).isprintable()


@settings(max_examples=60, deadline=None)
@given(
    files=st.dictionaries(NAME, st.binary(max_size=60), min_size=1, max_size=12),
    folder=st.one_of(st.just(""), NAME),
    version=st.sampled_from([0, 1]),
    shard_from=st.sampled_from([0, 10**9]),
)
def test_what_is_built_is_read_back(files, folder, version, shard_from):
    dag = Dag(version=version, chunk=7, shard_from=shard_from)
    tree = {f"{folder}/{name}" if folder else name: content for name, content in files.items()}
    root = dag.add_files(tree).cid
    for path, content in tree.items():
        assert asyncio.run(resolve.read(root, path, memory(dag.blocks), limit=60)) == content


@pytest.mark.parametrize("chunks", [1, 2, 174, 175, 174 * 3 + 1])
def test_a_file_of_many_chunks_keeps_their_order(chunks, read):
    dag = Dag(chunk=4)
    content = b"".join(number.to_bytes(4, "big") for number in range(chunks))
    assert read(dag.blocks, dag.add_file(content).cid) == content


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_flipped_bit_in_any_block_is_caught(data):
    dag = Dag(chunk=16, shard_from=data.draw(st.sampled_from([0, 10**9])))
    root = dag.add_files({f"{number}.json": bytes([number]) * 40 for number in range(6)}).cid
    asked = []

    async def block(cid):
        asked.append(cid)
        return dag.blocks[cid]

    asyncio.run(resolve.read(root, "3.json", block, limit=40))
    cid = data.draw(st.sampled_from(asked))
    at = data.draw(st.integers(0, len(dag.blocks[cid]) - 1))
    forged = bytearray(dag.blocks[cid])
    forged[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SourceError, match="something else") as refused:
        asyncio.run(resolve.read(root, "3.json", memory({**dag.blocks, cid: bytes(forged)}), limit=40))
    assert refused.value.retryable


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_random_bytes_as_blocks_never_raise_anything_but_source_error(block):
    root = Cid.of(block, "dag-pb")
    for path in ("", "name"):
        assert printable_outcome(resolve.read(root, path, memory({root: block}), limit=99))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_blocks_under_their_own_cid_never_raise_anything_but_source_error(data):
    dag = Dag(shard_from=data.draw(st.sampled_from([0, 10**9])))
    block = bytearray(dag.blocks[dag.add_files({"a": b"1", "b": b"2"}).cid])
    for _ in range(data.draw(st.integers(1, 3))):
        block[data.draw(st.integers(0, len(block) - 1))] = data.draw(st.integers(0, 255))
    root = Cid.of(bytes(block), "dag-pb")

    async def fetch(cid):
        found = {**dag.blocks, root: bytes(block)}.get(cid)
        if found is None:
            raise SourceError("nobody has it")
        return found

    assert printable_outcome(resolve.read(root, "a", fetch, limit=9))


def test_a_directory_is_fetched_once_for_all_its_files():
    dag = Dag()
    files = {f"{number}": str(number).encode() for number in range(20)}
    root = dag.add_files(files).cid
    asked = []

    async def block(cid):
        asked.append(cid)
        await asyncio.sleep(0)
        return dag.blocks[cid]

    async def all_files():
        resolver = resolve.Resolver(block)
        return await asyncio.gather(*(resolver.read(root, name, limit=9) for name in files))

    assert asyncio.run(all_files()) == list(files.values())
    assert asked.count(root) == 1


def test_one_who_gives_up_does_not_take_the_directory_from_the_others():
    dag = Dag()
    root = dag.add_files({"a": b"1"}).cid
    ready = asyncio.Event()

    async def block(cid):
        if cid == root:
            await ready.wait()
        return dag.blocks[cid]

    async def both():
        resolver = resolve.Resolver(block)
        first = asyncio.create_task(resolver.read(root, "a", limit=9))
        second = asyncio.create_task(resolver.read(root, "a", limit=9))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        ready.set()
        return await second

    assert asyncio.run(both()) == b"1"


def test_a_directory_that_could_not_be_fetched_is_asked_for_again():
    dag = Dag()
    root = dag.add_files({"a": b"1"}).cid
    failures = [SourceError("busy", retryable=True)]

    async def block(cid):
        if failures:
            raise failures.pop()
        return dag.blocks[cid]

    async def twice():
        resolver = resolve.Resolver(block)
        with pytest.raises(SourceError, match="busy"):
            await resolver.read(root, "a", limit=9)
        return await resolver.read(root, "a", limit=9)

    assert asyncio.run(twice()) == b"1"


def test_directories_beyond_the_bound_are_forgotten(monkeypatch):
    monkeypatch.setattr(resolve, "MAX_KEPT_LINKS", 3)
    dag = Dag()
    roots = [dag.add_files({"a": bytes([number]), "b": b""}).cid for number in range(3)]
    asked = []

    async def block(cid):
        asked.append(cid)
        return dag.blocks[cid]

    async def in_turn():
        resolver = resolve.Resolver(block)
        for root in (roots[0], roots[1], roots[1], roots[0]):
            await resolver.read(root, "a", limit=9)

    asyncio.run(in_turn())
    assert [asked.count(root) for root in roots] == [2, 1, 0]


@pytest.mark.parametrize("shard_from", [0, 10**9], ids=["sharded", "plain"])
def test_what_is_not_there_is_said_by_name(shard_from, read):
    dag = Dag(shard_from=shard_from)
    root = dag.add_files({"1.png": b"", "folder/2.png": b""}).cid
    for path in ("3.png", "folder/1.png", "\x1b[31m"):
        with pytest.raises(SourceError, match="has nothing named") as refused:
            read(dag.blocks, root, path)
        assert str(refused.value).isprintable()
        assert not refused.value.retryable


@pytest.mark.parametrize(
    ("path", "reason"), [("", "a directory"), ("folder", "a directory"), ("1/2", "a file")]
)
def test_a_directory_is_no_file_and_a_file_no_directory(path, reason, read):
    dag = Dag()
    root = dag.add_files({"1": b"", "folder/2": b""}).cid
    with pytest.raises(SourceError, match=reason):
        read(dag.blocks, root, path)


def test_a_path_that_leads_outside_is_refused_before_anything_is_fetched(read):
    asked = []
    with pytest.raises(SourceError, match=r"\.\."):
        read({}, Dag().add_files({}).cid, "../a", asked=asked)
    assert not asked


@pytest.mark.parametrize("codec", ["dag-cbor", "dag-json", "libp2p-key", "0x99"])
def test_other_codecs_are_refused_by_name_before_anything_is_fetched(codec, read):
    asked = []
    with pytest.raises(SourceError, match=f"is {codec}, neither a file nor a directory"):
        read({}, Cid.of(b"\xa0", codec), asked=asked)
    assert not asked


def test_an_inline_block_is_not_fetched(read):
    asked = []
    assert read({}, Cid.from_bytes(b"\x01\x55\x00\x02hi"), asked=asked) == b"hi"
    assert not asked


@pytest.mark.parametrize("size", [10, 11])
@pytest.mark.parametrize("chunk", [3, 100])
def test_a_file_may_be_as_large_as_the_limit(size, chunk, read):
    dag = Dag(chunk=chunk)
    cid = dag.add_file(bytes(size)).cid
    if size == 10:
        assert read(dag.blocks, cid, limit=10) == bytes(10)
    else:
        with pytest.raises(SourceError, match="larger than"):
            read(dag.blocks, cid, limit=10)


def test_a_file_that_says_it_is_too_large_is_refused_before_its_chunks_are_fetched(read):
    dag, asked = Dag(chunk=4), []
    cid = dag.add_file(b"0123456789").cid
    with pytest.raises(SourceError, match="larger than"):
        read(dag.blocks, cid, limit=9, asked=asked)
    assert asked == [cid]


def test_one_block_linked_a_thousandfold_is_bounded_by_bytes(read, node):
    blocks = {}
    leaf = Cid.of(b"x" * 1000)
    blocks[leaf] = b"x" * 1000
    wide = node(blocks, FILE, *[(b"", leaf)] * 100)
    wider = node(blocks, FILE, *[(b"", wide)] * 100)  # 10 MB of 3 blocks
    asked = []
    with pytest.raises(SourceError, match="larger than"):
        read(blocks, wider, limit=2**20, asked=asked)
    assert len(asked) == 3


def test_empty_blocks_linked_a_millionfold_are_bounded_by_number(read, node):
    blocks = {Cid.of(b""): b""}
    cid = Cid.of(b"")
    for _ in range(3):
        cid = node(blocks, FILE, *[(b"", cid)] * 300)
    with pytest.raises(SourceError, match="more than 20000 parts"):
        read(blocks, cid)


@pytest.mark.parametrize("depth", [resolve.MAX_DEPTH - 1, resolve.MAX_DEPTH])
def test_a_file_may_be_nested_so_deep_and_no_deeper(depth, read, node):
    blocks = {Cid.of(b"x"): b"x"}
    cid = Cid.of(b"x")
    for _ in range(depth):
        cid = node(blocks, FILE, (b"", cid))
    if depth < resolve.MAX_DEPTH:
        assert read(blocks, cid) == b"x"
    else:
        with pytest.raises(SourceError, match="nested more than"):
            read(blocks, cid)


def test_a_block_may_not_be_larger_than_the_bound(read, monkeypatch):
    monkeypatch.setattr(resolve, "MAX_BLOCK", 3)
    assert read({Cid.of(b"abc"): b"abc"}, Cid.of(b"abc")) == b"abc"
    with pytest.raises(SourceError, match="a block larger than"):
        read({Cid.of(b"abcd"): b"abcd"}, Cid.of(b"abcd"))


def test_mode_and_time_of_a_file_do_not_matter(read, node):
    blocks = {}
    mode_and_time = b"\x38\xa4\x03" + b"\x42\x02\x08\x01"
    assert read(blocks, node(blocks, FILE + b"\x12\x02hi" + mode_and_time)) == b"hi"


def test_content_before_links_comes_first(read, node):
    blocks = {Cid.of(b" there"): b" there"}
    assert read(blocks, node(blocks, FILE + b"\x12\x02hi", (b"", Cid.of(b" there")))) == b"hi there"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (SYMLINK + b"\x12\x04/etc", "a symbolic link"),
        (b"\x08\x03", "no file and no directory"),
        (b"", "no file and no directory"),
        (SHARD, "a sharded directory of an unknown kind"),
        (SHARD + b"\x28\x22\x30\x07", "a sharded directory of an unknown kind"),
        (SHARD + b"\x28\x12\x30\x80\x02", "a sharded directory of an unknown kind"),
        (FILE + b"\x12\x05hi", "cut short"),
        (FILE + b"\x15\x00\x00\x00\x00", "wire type 5"),
        (b"\x08" + b"\xff" * 10, "more than 64 bits"),
    ],
)
def test_what_is_malformed_is_said(data, reason, read, node):
    blocks = {}
    with pytest.raises(SourceError, match=reason):
        read(blocks, node(blocks, data))


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (b"", "a node without data"),
        (b"\x0a\x02\x08\x01\x0a\x02\x08\x01", "field 1 of a node"),
        (b"\x1a\x00", "field 3 of a node"),
        (b"\x12\x02\x12\x00", "a link that leads nowhere"),
        (b"\x12\x03\x12\x01\xff", "invalid start byte"),
        (b"\x12\x02\x20\x00", "field 4 of a link"),
        (b"\x0a", "cut short"),
    ],
)
def test_a_node_that_is_no_node_is_said(block, reason):
    with pytest.raises(SourceError, match=reason):
        blocks_module.decode(Cid.of(block, "dag-pb"), block)


def test_a_shard_that_leads_to_a_plain_directory_is_malformed(read, node):
    dag = Dag(shard_from=0)
    plain = node(dag.blocks, DIRECTORY)
    place = f"{resolve.shard_place('a') >> 56:02X}".encode()
    root = node(dag.blocks, SHARD + b"\x28\x22\x30\x80\x02", (place, plain))
    with pytest.raises(SourceError, match="malformed"):
        read(dag.blocks, root, "a")


def test_a_link_to_no_cid_is_said(read, node):
    blocks = {}
    cid = node(blocks, DIRECTORY, (b"a", b"\x01\x02"))
    with pytest.raises(SourceError, match="is no CID"):
        read(blocks, cid, "a")
