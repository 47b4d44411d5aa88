"""One collection from its contract: ids and links from the chain, files from wherever the links lead."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ingest.chain import punks
from ingest.chain.addresses import checksummed
from ingest.chain.calls import Contracts
from ingest.chain.common import described, look_alike, shared_fields
from ingest.chain.contract import Contract, probe
from ingest.chain.enumeration import Ids, find_ids, with_owner
from ingest.chain.pinned import open_chain
from ingest.chain.recent import Recent
from ingest.chain.targets import Target, find_target
from ingest.chain.token_files import MAX_METADATA, Got, Wanted, fetch_token, parsed
from ingest.chain.tokens import PunkTokens, Tokens, UriTokens
from ingest.fetch.client import Fetched, Fetcher
from ingest.fetch.stream import concurrently
from ingest.ports import NOTHING_KNOWN, Known, Problem, RawToken
from ingest.sources.discovery import safe_name
from ingest.subject import guess_subject
from magpie import text
from magpie.catalog import Catalog
from magpie.domain import Collection
from magpie.errors import SourceError
from magpie.progress import Tick, unseen
from magpie.settings import Settings
from magpie.urls import host_of


@dataclass(frozen=True)
class Options:
    """What a person may choose. ``refresh``: fetch everything, whatever earlier runs have."""

    name: str | None = None
    subject: str | None = None
    ids: Sequence[int] | None = None
    limit: int | None = None
    refresh: bool = False


class ChainSource:
    """The tokens of one contract at one block."""

    def __init__(self, target: Target, settings: Settings, options: Options, *, tick: Tick = unseen) -> None:
        """Reads what the contract is and which tokens it has. Raises `SourceError` if it gives no tokens."""
        self._target, self._settings, self._options = target, settings, options
        timeout = settings.node_timeout
        self._contracts = Contracts(open_chain(target.urls, target.chain_id, settings.block_tag, timeout))
        self._contract = self._probe()
        shown = options.name or target.name or self._contract.name or f"{target.chain}_{target.contract}"
        self._name = safe_name(shown)
        self._ids = self._chosen(tick)
        self._tokens = self._read_tokens()
        self._few: dict[int, Fetched] = {}
        self._hosts: Counter[str] = Counter()
        self._checked: Counter[bool | None] = Counter()

    @property
    def total(self) -> int:
        return len(self._ids.ids)

    @property
    def complete(self) -> bool:
        return self._options.ids is None and self._options.limit is None and self._ids.certain

    @property
    def problems(self) -> tuple[Problem, ...]:
        where = checksummed(self._target.address)
        return tuple(Problem(where=where, reason=note) for note in (*self._ids.notes, *self._tokens.notes))

    @cached_property
    def collection(self) -> Collection:
        """As the catalogue has it, else by what the contract says, else by what a few tokens agree on."""
        target, known = self._target, self._target.known
        description, url = (known.description, known.url) if known else ("", "")
        if known is None or self._options.refresh:
            description, url = self._described()
        guessed = known.subject if known else guess_subject(self._name, description)
        return Collection(
            name=self._name,
            chain=target.chain,
            contract=target.contract,
            subject=text.clean(self._options.subject or "", 100) or guessed,
            description=description,
            url=url,
            licence=known.licence if known else "",
            source="chain",
            supply=self._contract.supply if self._ids.certain and self._contract.supply else None,
        )

    def items(self, known: Known = NOTHING_KNOWN) -> Iterator[RawToken]:
        """The tokens as their files arrive. What cannot be had of one is among its problems."""
        known = NOTHING_KNOWN if self._options.refresh else known
        self._judge_few(known)
        recent = Recent()

        async def work(fetcher: Fetcher, item: Wanted | RawToken) -> Got:
            return Got(item) if isinstance(item, RawToken) else await fetch_token(fetcher, recent, item)

        wanted = self._tokens.wanted(known, self._few)
        # A token that waits to try again asks nothing: more tokens than requests may be under way.
        limit = 2 * self._settings.fetch_concurrency
        for got in concurrently(work, wanted, limit=limit, settings=self._settings):
            self._hosts.update(host_of(url) for url in got.urls)
            self._checked[got.token.verified] += 1
            yield got.token

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Where everything came from; complete when `items` has ended. The same when a run is resumed."""
        target, block = self._target, self._contracts.chain.block
        told: dict[str, Any] = {"kind": "chain", "chain": target.chain, "contract": target.contract}
        if target.address != target.contract:
            told["stand_in"] = target.address
        return told | {
            "standard": self._contract.standard,
            "block_number": block.number,
            "block_hash": block.hash,
            "block_time": block.time.isoformat(),
            "block_tag": block.tag,
            "pinned_by": block.pinned_by,
            "node": self._contracts.chain.host,
            "ids": self._ids.how,
            **self._tokens.facts,
            "unrevealed": self._tokens.undecided,
            "verified": self._checked[True],
            "unverified": self._checked[False],
            "without_hash": self._checked[None],
            "notes": [*self._contracts.chain.notes, *self._ids.notes, *self._tokens.notes],
        }

    @property
    def hosts(self) -> Mapping[str, int]:
        """How many files each host sent in this run."""
        return dict(self._hosts.most_common())

    # -- opening

    @property
    def _is_punks(self) -> bool:
        return (self._target.chain, self._target.contract) == punks.IDENTITY

    def _probe(self) -> Contract:
        address = self._target.address
        if not self._is_punks:
            return probe(self._contracts, address, self._options.ids or ())
        if not self._contracts.has_code(address):
            raise SourceError(f"{address}: there is no contract at this address")
        return Contract(address, "CryptoPunks", "CRYPTOPUNKS", supply=punks.PUNKS)

    def _chosen(self, tick: Tick) -> Ids:
        """The ids to read: those that were asked for and exist, else all; of them the first ``limit``."""
        options = self._options
        if options.ids is not None:
            found = with_owner(self._contracts, self._contract, options.ids)
        elif self._is_punks:
            found = Ids(range(punks.PUNKS), "0 to 9999, as the contract fixes")
        else:
            found = find_ids(
                self._contracts, self._contract, self._settings.dataset_dir / self._name, tick=tick
            )
        return found.first(options.limit)

    def _read_tokens(self) -> Tokens:
        if not self._is_punks:
            return UriTokens(self._contracts, self._contract, self._ids.ids)
        stand_in = self._target.address != self._target.contract
        address = (
            self._settings.dev_chain_contracts.get(punks.DATA_NAME, "") if stand_in else punks.DATA_CONTRACT
        )
        if not address:
            raise SourceError(
                f"the development chain has no {punks.DATA_NAME}:"
                " name its address in MAGPIE_DEV_CHAIN_CONTRACTS"
            )
        return PunkTokens(self._contracts, address, self._ids.ids)

    # -- what a few tokens tell

    def _described(self) -> tuple[str, str]:
        links = [Wanted(-1, self._contract.uri, "")] if self._contract.uri else []
        self._read_few([*links, *self._tokens.few()])
        own = self._few.pop(-1, None)
        record = parsed(own) if own else None
        few = [parsed(file) for file in self._few.values()]
        return described([record if isinstance(record, dict) else {}, shared_fields(few)])

    def _judge_few(self, known: Known) -> None:
        """Find out whether what can be read now is a placeholder, unless an earlier run found it is not."""
        few = self._tokens.few()
        if self._tokens.undecided or any(known.kept(each.token_id, each.origin) for each in few):
            return
        self._read_few([each for each in few if each.token_id not in self._few])
        if look_alike([parsed(self._few[each.token_id]) for each in few if each.token_id in self._few]):
            self._tokens.undecided = True
            note = (
                "a few tokens have the same picture and attributes: not revealed yet; the next run asks again"
            )
            self._tokens.notes = (*self._tokens.notes, note)

    def _read_few(self, few: Sequence[Wanted]) -> None:
        """The metadata files of those that can be had."""

        async def work(fetcher: Fetcher, each: Wanted) -> tuple[int, Fetched | None]:
            try:
                return each.token_id, await fetcher.get(each.uri, limit=MAX_METADATA)
            except SourceError:
                return each.token_id, None  # said when it is the token's turn

        for token_id, file in concurrently(work, few, limit=max(1, len(few)), settings=self._settings):
            if file is not None:
                self._few[token_id] = file


class ChainSources:
    """The collections of several contracts, each opened when it is its turn.

    ``opened`` fills with the sources, ``problems`` with what could not be read.
    """

    def __init__(
        self,
        contracts: Sequence[str],
        settings: Settings,
        options: Options,
        *,
        chain: str | None = None,
        tick: Tick = unseen,
    ) -> None:
        """Raises `InputError` or `ConfigError` for the first of ``contracts`` that means nothing."""
        known: Sequence[Collection] = ()
        if settings.catalog_path.is_file():
            with Catalog(settings.catalog_path) as catalog:
                known = catalog.collections()
        self._targets = [find_target(given, settings, chain=chain, known=known) for given in contracts]
        self._given, self._settings, self._options = contracts, settings, options
        self._tick = tick
        self.opened: list[ChainSource] = []
        self.problems: list[Problem] = []

    def __iter__(self) -> Iterator[ChainSource]:
        for given, target in zip(self._given, self._targets, strict=True):
            try:
                self.opened.append(ChainSource(target, self._settings, self._options, tick=self._tick))
            except SourceError as error:
                self.problems.append(Problem(where=given, reason=str(error)))
            else:
                yield self.opened[-1]
