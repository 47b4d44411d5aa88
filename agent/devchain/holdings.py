"""Who holds what on a development chain that stands in for the catalogue's collections."""

from collections.abc import Sequence

from agent.devchain.server import Holdings
from magpie.catalog import Catalog
from magpie.domain import Collection
from magpie.query import Filter

HOLDERS = ("alice", "bob", "carol")


def share_out(
    catalog: Catalog,
    tokens: int,
    *,
    collections: Sequence[Collection] | None = None,
    holders: Sequence[str] = HOLDERS,
) -> dict[Collection, Holdings]:
    """The first ``tokens`` tokens of each collection (of all, if none is given) by id, dealt in turn.

    The first token is the first holder's. Collections without tokens get none but are listed.
    """
    dealt: dict[Collection, Holdings] = {}
    for collection in catalog.collections() if collections is None else collections:
        ids = [ref.token_id for ref in catalog.select(Filter(collections=(collection.name,)))[:tokens]]
        dealt[collection] = {holder: ids[place :: len(holders)] for place, holder in enumerate(holders)}
    return dealt
