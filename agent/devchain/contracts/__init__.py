"""Vyper sources of the development chain's contracts, compiled when a chain starts."""

from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from magpie.optional import require

ERC721, PUNKS = "erc721", "punks"
COLLECTIBLE, PUNKS_DATA, MULTICALL = "collectible", "punks_data", "multicall"


class Compiled(NamedTuple):
    """What deploying and calling a contract needs. ``creation`` is the code without constructor arguments.

    ``runtime`` is the code as it lies on the chain, for a contract without constructor.
    """

    abi: list[dict[str, Any]]
    creation: str
    runtime: str = ""


@cache
def compiled(name: str) -> Compiled:
    """The contract in ``<name>.vy`` of this folder, compiled once a process (0.1 to 0.4 s)."""
    return compile_source(files(__package__).joinpath(f"{name}.vy").read_text(encoding="utf-8"))


def compile_source(source: str) -> Compiled:
    """Compile Vyper source text. Raises vyper's own errors: a contract that does not compile is a bug."""
    vyper = require("vyper", extra="devchain")
    output = vyper.compile_code(source, output_formats=["abi", "bytecode", "bytecode_runtime"])
    return Compiled(abi=output["abi"], creation=output["bytecode"], runtime=output["bytecode_runtime"])
