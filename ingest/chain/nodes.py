"""Which nodes the settings name for a chain, and what to set where they name none."""

import json
import sys

from magpie.domain import DEV_CHAIN
from magpie.optional import require
from magpie.settings import Settings

LOCAL_CHAIN_ID = int(DEV_CHAIN.partition(":")[2])
_CHAIN_LABELS = {1: "Ethereum mainnet", LOCAL_CHAIN_ID: "local development chain (not Ethereum mainnet)"}


def chain_id_of(chain: str) -> int:
    """The number in a CAIP-2 ``eip155:`` chain."""
    return int(chain.partition(":")[2])


def chain_label(chain_id: int) -> str:
    """The chain in words; a local chain never looks like the real one."""
    return _CHAIN_LABELS.get(chain_id, f"chain eip155:{chain_id}")


def urls_of(chain: str, settings: Settings) -> tuple[str, ...]:
    """The nodes to ask for that chain, in order; none if the settings name none."""
    if chain == DEV_CHAIN and settings.dev_chain_url:
        return (str(settings.dev_chain_url),)
    return tuple(map(str, settings.nodes.get(chain, ())))


def no_node(chain: str) -> str:
    """Why a chain cannot be asked, and the setting that would change it."""
    setting = json.dumps({chain: ["https://…"]}, ensure_ascii=False)
    return (
        f"No node is configured for {chain_label(chain_id_of(chain))}: set MAGPIE_NODES='{setting}',"
        f' or "{chain}" = ["https://…"] under [nodes] in magpie.toml.'
    )


def load_web3() -> None:
    """Import web3 and undo what it does to the process: py_ecc lifts the recursion limit to 100,000.

    At that depth JSON from a stranger, nested deeply enough, crashes the interpreter, here or anywhere else.
    """
    limit = sys.getrecursionlimit()
    try:
        require("web3", extra="chain")
    finally:
        sys.setrecursionlimit(limit)
