"""Vyper sources of the development chain's contracts, compiled when a chain starts."""

from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from magpie.optional import require

ERC721, PUNKS = "erc721", "punks"


class Compiled(NamedTuple):
    """What deploying and calling a contract needs. ``creation`` is the code without constructor arguments."""

    abi: list[dict[str, Any]]
    creation: str


@cache
def compiled(name: str) -> Compiled:
    """The contract in ``<name>.vy`` of this folder, compiled once a process (0.1 to 0.4 s)."""
    return compile_source(files(__package__).joinpath(f"{name}.vy").read_text(encoding="utf-8"))


def compile_source(source: str) -> Compiled:
    """Compile Vyper source text. Raises vyper's own errors: a contract that does not compile is a bug."""
    vyper = require("vyper", extra="devchain")
    output = vyper.compile_code(source, output_formats=["abi", "bytecode"])
    return Compiled(abi=output["abi"], creation=output["bytecode"])
