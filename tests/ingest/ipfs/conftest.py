"""Blocks in memory, as builders and by hand."""

import asyncio

import pytest

from ingest.ipfs import resolve
from ingest.ipfs.cid import Cid


@pytest.fixture
def read():
    """``read(blocks, root, path)`` as the product reads, from blocks in memory."""

    def run(blocks, root, path="", *, limit=2**20, asked=None):
        async def block(cid):
            if asked is not None:
                asked.append(cid)
            return blocks[cid]

        return asyncio.run(resolve.read(root, path, block, limit=limit))

    return run


@pytest.fixture
def node():
    """``node(blocks, data, *links)`` adds a dag-pb block written by hand; returns its CID."""

    def build(blocks, data, *links):
        block = b"".join(_field(2, _field(1, bytes(cid)) + _field(2, name)) for name, cid in links)
        block += _field(1, data)
        cid = Cid.of(block, "dag-pb")
        blocks[cid] = block
        return cid

    return build


def _field(number, content):
    size = len(content)
    length = bytes([size]) if size < 0x80 else bytes([size & 0x7F | 0x80, size >> 7])
    assert size < 2**14
    return bytes([number << 3 | 2]) + length + content
