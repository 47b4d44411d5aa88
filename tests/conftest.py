"""Factories with visible answers, and the guard against connections nobody asked for."""

import socket
from pathlib import Path

import pytest

from magpie.catalog import Catalog
from magpie.domain import Collection, Token, Trait

CONTRACT = "0x" + "1" * 40
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def no_network(request, monkeypatch):
    """A test that connects anywhere fails by name, instead of passing or hanging by luck."""
    if request.node.get_closest_marker("network") or request.node.get_closest_marker("browser"):
        return
    connect = socket.socket.connect

    def refuse(self, address):
        if self.family == socket.AF_UNIX:
            return connect(self, address)
        raise AssertionError(f"this test tried to connect to {address!r}; mark it with @pytest.mark.network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    """No setting of the person who runs the tests leaks into them."""
    import os

    for name in [n for n in os.environ if n.startswith("MAGPIE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def shared_packs():
    """The real collections, or a skip that says why."""
    if not (SHARED / "packs").is_dir():
        pytest.skip(f"no real collections at {SHARED / 'packs'}")
    return SHARED / "packs"


@pytest.fixture
def make_collection():
    def make(name="Punks", contract=CONTRACT, chain="eip155:1", **fields):
        return Collection(name=name, chain=chain, contract=contract, **fields)

    return make


@pytest.fixture
def make_token(make_collection):
    def make(token_id, traits=None, collection=None, caption="", image=None, **fields):
        """``traits`` is a list of "Type=Value"."""
        home = collection or make_collection()
        parsed = tuple(
            Trait(type=type_, value=value)
            for type_, _, value in (trait.partition("=") for trait in traits or [])
        )
        return Token(
            ref=home.ref(token_id),
            collection=home.name,
            name=fields.pop("name", f"{home.name} #{token_id}"),
            traits=parsed,
            caption=caption,
            image=image,
            **fields,
        )

    return make


@pytest.fixture
def catalog(tmp_path):
    with Catalog(tmp_path / "catalog.sqlite", create=True) as opened:
        yield opened
