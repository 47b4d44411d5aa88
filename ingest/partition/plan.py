"""Makes the sets from the catalogue, or plans them from a list of names and counts alone."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ingest.partition import rules
from ingest.partition.lists import PUBLISHED, deal_by_lists, read_counts, read_lists, shown
from ingest.partition.rules import SPLITS, Dealt, Member, SetRule, Split
from magpie import layout
from magpie.catalog import Catalog
from magpie.domain import Collection
from magpie.errors import InputError, SourceError, unknown_name
from magpie.files import sha256_file
from magpie.progress import Tick
from magpie.settings import Settings

Ids = Callable[[Member], Sequence[int]]


@dataclass(frozen=True)
class Request:
    """What is asked: some ``sets`` or all, by ``official`` lists or the seed, of catalogue or ``counts``."""

    sets: tuple[str, ...] = ()
    seed: int = 0
    official: Path | None = None
    counts: Path | None = None


@dataclass(frozen=True)
class Partition:
    """One set. ``origin`` is digests of what it was made from. ``ids`` is None for a plan: then nobody knows
    which tokens there are, only how many.
    """

    rule: SetRule
    seed: int
    by_lists: bool
    origin: Mapping[str, str]
    dealt: Dealt
    notes: tuple[str, ...]
    ids: Ids | None

    @cached_property
    def counts(self) -> Mapping[Split, tuple[int, int]]:
        """Collections and tokens of each split; a collection of unknown size adds no token."""
        return {
            split: (len(members), sum(rules.drawn_count(member, self.rule) or 0 for member in members))
            for split, members in self.dealt.items()
        }

    @property
    def published(self) -> Mapping[Split, tuple[int, int]] | None:
        """The paper's figures for this set, if it follows the official lists."""
        return PUBLISHED[self.rule.name] if self.by_lists else None

    def drawn(self, member: Member) -> list[int] | None:
        """The token ids of a collection in this set, in order; None for a plan."""
        return rules.draw(self.ids(member), member, self.rule, self.seed) if self.ids else None


@dataclass
class _Basis:
    """What sets are made from, before it is dealt."""

    members: list[Member]
    ids: Ids | None
    origin: dict[str, str]
    notes: list[str]


def make(request: Request, settings: Settings, *, tick: Tick) -> list[Partition]:
    """The sets that are asked for. Raises `InputError` if there is no such set, or nothing to deal."""
    for name in request.sets:
        if name not in rules.RULES:
            raise unknown_name("set", name, rules.RULES)
    basis = _counted(request.counts) if request.counts else _catalogued(request, settings, tick)
    if request.official is None:
        dealt = rules.deal(basis.members, request.seed)
        basis.notes += _merged(basis.members)
    else:
        dealt, defects = deal_by_lists(basis.members, read_lists(request.official))
        basis.origin["lists_sha256"] = sha256_file(request.official)
        basis.notes += defects
        dealt = _known(dealt, basis)
    if not any(dealt.values()):
        raise InputError("no collection to deal: ingest some, or plan from a list with --counts FILE")
    return [_partition(rules.RULES[name], request, dealt, basis) for name in request.sets or rules.RULES]


def _counted(path: Path) -> _Basis:
    return _Basis(read_counts(path), None, {"counts_sha256": sha256_file(path)}, [])


def _catalogued(request: Request, settings: Settings, tick: Tick) -> _Basis:
    """The collections with the tokens that are pairs: those that have a picture."""
    ids: dict[Member, list[int]] = {}
    with Catalog(settings.catalog_path) as catalog:
        collections = catalog.collections()
        for done, collection in enumerate(collections, start=1):
            held = [token.ref.token_id for token in catalog.iter_tokens([collection.name]) if token.image]
            ids[Member(collection.name, len(held), home_of(collection))] = held
            tick("collections", done, len(collections))
        basis = _Basis(list(ids), ids.__getitem__, {"dataset_sha256": catalog.dataset_hash()}, [])
    empty = [member.name for member in basis.members if not member.tokens]
    if empty:
        basis.notes.append(f"left out, without a picture: {shown(empty)}")
    basis.members = [member for member in basis.members if member.tokens]
    if request.official is None:  # the lists were made by people who had filtered
        _keep_passing(basis, settings.dataset_dir)
    return basis


def home_of(collection: Collection) -> str:
    """Chain and contract in one, "" if no contract is known."""
    return f"{collection.chain}/erc721:{collection.contract}" if collection.on_chain else ""


def _keep_passing(basis: _Basis, dataset: Path) -> None:
    """Leave out what failed NFT1000's collection filters, as the dashboards say."""
    verdicts = {member: _verdict(dataset / member.name / layout.DASHBOARD) for member in basis.members}
    failed = [member.name for member, passed in verdicts.items() if passed is False]
    unjudged = [member.name for member, passed in verdicts.items() if passed is None]
    if failed:
        basis.notes.append(f"left out, filters not passed: {shown(failed)}")
    if unjudged:
        basis.notes.append(f"counted as passed, as no dashboard says: {shown(unjudged)}")
    basis.members = [member for member, passed in verdicts.items() if passed is not False]


def _verdict(dashboard: Path) -> bool | None:
    """Whether the collection passed the filters; None if its dashboard does not say."""
    try:
        passed = json.loads(dashboard.read_bytes()).get("passes_filters")
    except FileNotFoundError:
        return None
    except (ValueError, AttributeError) as error:
        raise SourceError(f"{dashboard} is not a dashboard: ingest the collection again") from error
    return passed if isinstance(passed, bool) else None


def _merged(members: Sequence[Member]) -> list[str]:
    return [
        f"{shown([member.name for member in others])} left out: another name of {first.name!r}"
        for first, *others in rules.groups(members)
        if others
    ]


def _known(dealt: Dealt, basis: _Basis) -> Dealt:
    """The listed collections that can be dealt: in a plan those of unknown size too."""
    here = set(basis.members)
    absent = [member for members in dealt.values() for member in members if member not in here]
    listed = {member.key for members in dealt.values() for member in members}
    unlisted = [member.name for member in basis.members if member.key not in listed]
    if absent:
        where = "in the catalogue" if basis.ids else "in the counts"
        names = shown([member.name for member in absent])
        basis.notes.append(f"{len(absent):,} listed collections are not {where}: {names}")
    if unlisted:
        basis.notes.append(f"left out, in no list: {shown(unlisted)}")
    if basis.ids is None:
        return dealt
    return {split: [member for member in members if member in here] for split, members in dealt.items()}


def _partition(rule: SetRule, request: Request, dealt: Dealt, basis: _Basis) -> Partition:
    chosen = rules.cut(dealt, rule, request.seed)
    notes = list(basis.notes)
    if rule.sizes:
        notes += [
            f"{split} has {len(chosen[split])} of the {rule.sizes[split]} collections of {rule.name}: "
            f"no more here have {rule.least} tokens"
            for split in SPLITS
            if len(chosen[split]) < rule.sizes[split]
        ]
    return Partition(
        rule, request.seed, request.official is not None, basis.origin, chosen, tuple(notes), basis.ids
    )
