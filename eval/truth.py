"""What is true of the small world, by its own tables: evidence is recounted here, by other code than made it.

Reads evidence as it is written for people; knows no tool, no catalogue and no index.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from agent.answer import Evidence, Fact
from agent.trait_words import said_as
from eval.world import TABLES, traits_of
from magpie.domain import Collection, TokenRef, Trait

_NOT_TRAITS = frozenset({"collection", "asked", "lacks", "rarity rank", "rarity is of a part"})
_NOT_TRAITS |= {"place", "score", "part of the score"}
_SHARED = re.compile(r"^(.*) \(([\d,]+) of ([\d,]+) here\)$")
_ASKED = re.compile(r"(no )?(?:“([^”]*)” \(([^)]*)\)|([^,]+))(?:, |$)")
_OR_MORE = re.compile(r" and \d+ more$")


class Wanted(NamedTuple):
    """A condition as an answer words it: any of ``said``, or none of them."""

    said: frozenset[str]
    negated: bool

    def is_met(self, traits: Sequence[Trait]) -> bool:
        held = {trait.value for trait in traits} | {said_as(trait.type, trait.value) for trait in traits}
        return bool(held & self.said) != self.negated


class Truth:
    """The tokens of the small world, by reference, and the words of its facts."""

    def __init__(self) -> None:
        self.tokens: dict[TokenRef, tuple[Collection, tuple[Trait, ...]]] = {
            home.ref(token_id): (home, traits_of(line))
            for home, table in TABLES
            for token_id, line in table.items()
        }
        self.sizes = {home.name: len(table) for home, table in TABLES}
        self.values = frozenset(trait.value for _, traits in self.tokens.values() for trait in traits)

    def problems(self, item: Evidence) -> tuple[str, ...]:
        """What ``item`` says that the tables do not; empty if it is true as far as they tell."""
        match item.kind:
            case "token":
                return tuple(self._of_token(item))
            case "search":
                return tuple(self._of_search(item))
            case "collection" | "recommendation":
                return tuple(self._of_collection(item))
        return ()

    def count(self, wanted: Sequence[Wanted], homes: Sequence[str]) -> int:
        """The tokens of ``homes`` that meet all of ``wanted``."""
        return sum(
            home.name in homes and all(one.is_met(traits) for one in wanted)
            for home, traits in self.tokens.values()
        )

    def meets(self, ref: TokenRef, wanted: Sequence[Wanted]) -> bool:
        return ref in self.tokens and all(one.is_met(self.tokens[ref][1]) for one in wanted)

    def _of_token(self, item: Evidence) -> Iterator[str]:
        if item.ref not in self.tokens:
            yield f"there is no {item.title}"
            return
        home, traits = self.tokens[item.ref]
        if item.title != f"{home.name} #{item.ref.token_id}":
            yield f"{item.title} is {home.name} #{item.ref.token_id}"
        said = set()
        for fact in item.facts:
            shared = _SHARED.match(fact.value)
            value = shared[1] if shared else fact.value
            if fact.label in _NOT_TRAITS:
                continue
            said.add((fact.label, value))
            wanted = Wanted(frozenset({said_as(fact.label, value)}), negated=False)
            held = (f"{self.count([wanted], [home.name]):,}", f"{self.sizes[home.name]:,}")
            if shared and (shared[2], shared[3]) != held:
                yield f"{fact.label}={value} is held by {' of '.join(held)}, not {shared[2]} of {shared[3]}"
        if said != {(trait.type, trait.value) for trait in traits}:
            yield f"{item.title} does not have exactly the traits {sorted(said)}"

    def _of_search(self, item: Evidence) -> Iterator[str]:
        facts = _by_label(item.facts)
        searched, matching = facts.get("tokens searched"), facts.get("tokens that match")
        if searched is None:
            return
        homes = self._homes_of(_number(searched[0]))
        if homes is None:
            yield f"no choice of collections has {searched[0]} tokens"
        elif matching and item.title == "Search" and "asked" in facts:
            wanted = conditions(facts["asked"])
            if wanted is not None and self.count(wanted, homes) != _number(matching[0]):
                yield f"{self.count(wanted, homes)} tokens meet {facts['asked']}, not {matching[0]}"

    def _of_collection(self, item: Evidence) -> Iterator[str]:
        facts = _by_label(item.facts)
        homes = [item.collection] if item.collection else list(self.sizes)
        wanted = conditions(facts["asked"]) if "asked" in facts else []
        for home in self.sizes:
            said = facts.get(home)
            if said and wanted is not None and _number(said[0]) != self.count(wanted, [home]):
                yield f"{home} has {self.count(wanted, [home])} of them, not {said[0]}"
        if (here := facts.get("tokens here")) and _number(here[0]) != sum(self.sizes[name] for name in homes):
            yield f"{item.title} has {sum(self.sizes[name] for name in homes)} tokens, not {here[0]}"
        matching = facts.get("tokens that match")
        if matching and wanted is not None and self.count(wanted, homes) != _number(matching[0]):
            yield f"{self.count(wanted, homes)} tokens meet {facts['asked']}, not {matching[0]}"
        for fact in item.facts:
            held = Wanted(frozenset({fact.label}), negated=False)
            found = re.match(r"^([\d,]+)(?: of [\d,]+)? tokens$", fact.value)
            if found and fact.label not in self.sizes and self.count([held], homes) != _number(found[1]):
                yield f"{self.count([held], homes)} tokens have {fact.label}, not {found[1]}"

    def _homes_of(self, tokens: int) -> list[str] | None:
        """The collections that have so many tokens together."""
        for many in range(1, len(self.sizes) + 1):
            for names in combinations(self.sizes, many):
                if sum(self.sizes[name] for name in names) == tokens:
                    return list(names)
        return None


def conditions(asked: Sequence[str]) -> list[Wanted] | None:
    """Conditions as evidence words them; None where one does not list all that it stands for."""
    found = []
    for line in asked:
        for no, _, listed, said in _ASKED.findall(line):
            if _OR_MORE.search(listed):
                return None
            found.append(Wanted(frozenset(listed.split(", ") if listed else [said]), negated=bool(no)))
    return found


def _by_label(facts: Sequence[Fact]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for fact in facts:
        table.setdefault(fact.label, []).append(fact.value)
    return table


def _number(words: str) -> int:
    return int(words.split()[0].replace(",", ""))
