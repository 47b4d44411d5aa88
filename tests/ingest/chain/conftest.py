"""A real chain over HTTP, and contracts on it, honest and hostile."""

from types import SimpleNamespace

import pytest

from agent.devchain.contracts import COLLECTIBLE, Compiled, compiled
from agent.devchain.evm import CHAIN_ID, Evm
from agent.devchain.server import DevChain
from ingest.chain.calls import Contracts
from ingest.chain.node import Node
from ingest.chain.nodes import load_web3
from ingest.chain.pinned import MAX_ANSWER, PinnedChain

MINT_AT_ONCE = 200


@pytest.fixture(scope="session")
def chain():
    with DevChain(Evm()) as running:
        yield running


@pytest.fixture(scope="session")
def chain_without_multicall():
    with DevChain(Evm(multicall=False)) as running:
        yield running


@pytest.fixture(scope="session")
def deploy():
    """Deploy a collection: ``deploy(chain, ids, base=..., suffix=..., enumerable=...)`` gives its address."""
    made = []

    def deployed(chain, ids=(), *, base="ipfs://base/", suffix="", enumerable=False, name="", title="Tiles"):
        made.append(name or f"Collection {len(made)}")
        name = made[-1]
        address = chain.deploy(name, compiled(COLLECTIBLE), title, "TL", base, suffix, enumerable)
        for start in range(0, len(ids), MINT_AT_ONCE):
            batch = list(ids[start : start + MINT_AT_ONCE])
            chain.transact(name, "deployer", "mint", chain.accounts["alice"], batch)
        chain.evm.mine(2)
        return SimpleNamespace(address=address.lower(), name=name, title=title)

    return deployed


@pytest.fixture(scope="session")
def deploy_code():
    """Deploy a contract that owns every token, and answers anything else with ``answer``: EVM code in hex."""

    def deployed(chain, answer, name="Raw"):
        head = "60003560e01c80636352211e1460" + f"{16 + len(answer) // 2:02x}" + "57"
        runtime = head + answer + "5b600160005260206000f3"
        creation = f"61{len(runtime) // 2:04x}80600a3d393df3{runtime}"
        address = chain.deploy(name, Compiled([], creation))
        chain.evm.mine(2)
        return address.lower()

    return deployed


class Counting:
    """A node that remembers what it was asked."""

    def __init__(self, url):
        load_web3()
        self._node = Node(url, 20, max_answer=MAX_ANSWER)
        self.host = self._node.host
        self.asked = []

    def ask(self, calls):
        self.asked.append([method for method, _ in calls])
        return self._node.ask(calls)


@pytest.fixture
def reading():
    """``reading(chain)`` is the chain pinned, its contracts, and the node that counts its questions."""

    def opened(chain, *, tag="finalized"):
        node = Counting(chain.url)
        pinned = PinnedChain([node], CHAIN_ID, tag, pause=lambda _: None)
        return SimpleNamespace(chain=pinned, contracts=Contracts(pinned), node=node)

    return opened
