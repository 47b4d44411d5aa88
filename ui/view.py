"""Domain objects -> what the page shows: small view models of plain text, and Markdown made of them.

Pure: no widget, no file is opened, no model is asked. Everything that a stranger wrote passes through
`ui.escaping` on its way into Markdown.
"""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.answer import Answer, Evidence, Step
from agent.onchain.receipt import Receipt, Verdict
from agent.onchain.wording import sentence
from magpie import layout
from magpie.domain import GENERATED, MAINNET, Collection, TokenRef
from magpie.errors import MagpieError
from magpie.query import Hit, Signal
from magpie.settings import default_home
from ui.escaping import plain

CARD_TRAITS = 6
UNKNOWN = "contract unknown"
# Facts about where a thing comes from; a card has another place for them, and the evidence has them all.
_NOT_ON_CARDS = frozenset(
    {"collection", "lacks", "tokens here", "subject", "supply", "source", "chain", "licence", "description"}
)
_NOTE_ICONS = {GENERATED: ":material/science:", UNKNOWN: ":material/link_off:"}
_SIGNAL_WORDS: dict[Signal, str] = {
    "image": "looks",
    "caption": "caption",
    "bm25": "words",
    "traits": "traits",
}


@dataclass(frozen=True)
class Library:
    """What the cards need to know of what is indexed: collections and their cover pictures by name."""

    dataset: Path
    homes: Mapping[str, Collection]
    covers: Mapping[str, Path]


@dataclass(frozen=True)
class Link:
    """A link we made ourselves, never one that came with a token."""

    label: str
    url: str


@dataclass(frozen=True)
class Card:
    """One picture with what is known about it. All text is plain: escape it where it is shown."""

    title: str
    number: int
    about: str = ""
    picture: Path | None = None
    alt: str = ""
    traits: tuple[tuple[str, str], ...] = ()
    more: int = 0
    found_by: str = ""
    lacks: tuple[str, ...] = ()
    parts: tuple[tuple[str, float], ...] = ()
    note: str = ""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Panel:
    """An ownership receipt: the outcome in words, its icon, and the rows that let anyone ask again."""

    tone: Literal["success", "error", "info", "warning"]
    icon: str
    headline: str
    rows: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


# -- cards


def card(item: Evidence, library: Library) -> Card:
    """The card of one piece of evidence; a collection without a picture of its own gets its cover."""
    home = library.homes.get(item.collection or "")
    about = next((fact.value for fact in item.facts if fact.label == "description"), "")
    facts = tuple((fact.label, fact.value) for fact in item.facts if fact.label not in _NOT_ON_CARDS)
    return Card(
        title=item.title,
        number=item.number,
        about=about,
        picture=layout.picture_file(library.dataset, item.image) or library.covers.get(item.collection or ""),
        alt=alt_text(item.title, facts),
        traits=facts[:CARD_TRAITS],
        more=max(0, len(facts) - CARD_TRAITS),
        found_by=found_by(item.hit) if item.hit else "",
        lacks=item.hit.lacks if item.hit else (),
        parts=item.parts,
        note=origin(home),
        links=links(item.ref, home),
    )


def alt_text(title: str, traits: Sequence[tuple[str, str]]) -> str:
    """What a screen reader says for a token's picture."""
    return ", ".join([title, *(f"{label} {value}".strip() for label, value in traits[:CARD_TRAITS])])


def found_by(hit: Hit) -> str:
    """Which signals brought a hit, largest first, as shares of its score: ``traits 60% · looks 40%``."""
    total = sum(part.contribution for part in hit.signals)
    if total <= 0:
        return ""
    parts = sorted(hit.signals, key=lambda part: -part.contribution)
    return " · ".join(f"{_SIGNAL_WORDS[part.signal]} {part.contribution / total:.0%}" for part in parts)


def origin(home: Collection | None) -> str:
    """What must be said about where a token comes from, if anything."""
    if home is None:
        return ""
    if home.is_generated:
        return GENERATED
    return "" if home.on_chain else UNKNOWN


def links(ref: TokenRef | None, home: Collection | None) -> tuple[Link, ...]:
    """Where the token can be looked at: only one that is on Ethereum, never a generated one."""
    if ref is None or home is None or home.is_generated or ref.chain != MAINNET:
        return ()
    place = f"{ref.contract}/{ref.token_id}"
    return (
        Link("OpenSea", f"https://opensea.io/assets/ethereum/{place}"),
        Link("Etherscan", f"https://etherscan.io/nft/{place}"),
    )


def card_title(shown: Card) -> str:
    """The name of a card with the number that the text cites it by, as Markdown."""
    return f"{plain(shown.title, 120)} :gray[\\[{shown.number}\\]]"


def card_footer(shown: Card) -> str:
    """Markdown under the traits: what is missing, how it was found, what it is, where to look."""
    lacking = plain(", ".join(shown.lacks))
    where = " · ".join(f"[{link.label}]({link.url})" for link in shown.links)
    lines = [
        f":orange[:material/do_not_disturb_on: lacks {lacking}]" if lacking else "",
        f":gray[found by {shown.found_by}]" if shown.found_by else "",
        f":gray[{_NOTE_ICONS[shown.note]} {shown.note}]" if shown.note else "",
        where,
    ]
    return "  \n".join(line for line in lines if line)


def trait_lines(shown: Card) -> str:
    """The traits of a card as Markdown, one a line, the type in grey."""
    lines = [
        f":gray[{plain(label, 40)}] {plain(value, 80)}" if label else plain(value, 80)
        for label, value in shown.traits
    ]
    if shown.more:
        lines.append(f":gray[and {shown.more} more]")
    return "  \n".join(lines)


def score_lines(parts: Iterable[tuple[str, float]]) -> str:
    """The parts of a recommendation's score and what they add up to, as Markdown."""
    held = list(parts)
    lines = [f":gray[{plain(name, 60)}] {plain(f'{value:+.2f}')}" for name, value in held]
    together = plain(f"{sum(value for _, value in held):.2f}")
    return "  \n".join([*lines, f":gray[together] **{together}**"])


# -- the turn


def is_card(item: Evidence) -> bool:
    """Whether evidence has a picture card, beside its place in the list."""
    return item.kind in ("token", "recommendation") or (
        item.kind == "collection" and item.collection is not None
    )


def answer_cards(answer: Answer, library: Library) -> tuple[list[Card], list[Card]]:
    """The cards of an answer: what meets the question, then the near misses."""
    cards = [card(item, library) for item in answer.evidence if is_card(item)]
    return [c for c in cards if not c.lacks], [c for c in cards if c.lacks]


def steps_label(answer: Answer) -> str:
    """One line for the folded steps."""
    failed = sum(not step.ok for step in answer.steps)
    trouble = f", {failed} with a problem" if failed else ""
    return f"{counted(len(answer.steps), 'step')}{trouble} · {answer.seconds:.1f} s"


def step_line(step: Step) -> str:
    """One finished step as Markdown: what was done and what came of it."""
    mark = ":material/check:" if step.ok else ":material/error:"
    detail = f" · {plain(step.detail)}" if step.detail else ""
    return f":gray[{mark}] {plain(step.title)}:gray[{detail}]"


def evidence_title(item: Evidence) -> str:
    """The heading of one piece of evidence, as Markdown."""
    return f":gray[\\[{item.number}\\]] {plain(item.title, 120)}"


def evidence_lines(item: Evidence) -> str:
    """One piece of evidence as Markdown, below its title: what it is and its facts."""
    facts = "  \n".join(f":gray[{plain(fact.label)}] {plain(fact.value)}" for fact in item.facts)
    why = [f"found by {found_by(item.hit)}"] if item.hit and found_by(item.hit) else []
    missing = [f"lacks {', '.join(item.hit.lacks)}"] if item.hit and item.hit.lacks else []
    about = plain(" · ".join([item.kind, *([item.collection] if item.collection else []), *why, *missing]))
    return "  \n".join(part for part in (f":gray[{about}]", facts) if part)


# -- receipts

_OUTCOMES: dict[Verdict, tuple[Literal["success", "error", "info", "warning"], str, str]] = {
    "owned": ("success", ":material/verified_user:", "Owned"),
    "not_owned": ("error", ":material/person_cancel:", "Not owned"),
    "nonexistent": ("info", ":material/block:", "No such token"),
    "unverified": ("warning", ":material/help:", "Unverified"),
}


def receipt_panel(receipt: Receipt) -> Panel:
    """The four outcomes, each with its own word and icon, so that colour alone never tells them apart."""
    tone, icon, word = _OUTCOMES[receipt.verdict]
    place = " on a local development chain" if receipt.is_local else ""
    headline = f"**{word}{place}.** {plain(sentence(receipt))}"
    return Panel(tone, icon, headline, tuple(_receipt_rows(receipt)), receipt.notes)


def _receipt_rows(receipt: Receipt) -> list[tuple[str, str]]:
    block = (
        f"{receipt.block_number} ({receipt.block_tag or 'as asked'})"
        if receipt.block_number is not None
        else None
    )
    named = [
        ("owner", receipt.owner),
        ("asked about", receipt.asked_owner),
        ("chain", receipt.chain_label),
        ("block", block),
        ("block hash", receipt.block_hash),
        ("contract", receipt.contract),
        ("call", f"{receipt.method}({receipt.token.token_id})" if receipt.contract else None),
        ("node", receipt.node),
        ("token", str(receipt.token)),
        ("checked", f"{receipt.time:%Y-%m-%d %H:%M:%S %Z}"),
    ]
    tried = [("tried", f"{attempt.node}: {attempt.problem}") for attempt in receipt.attempts]
    return [(label, value) for label, value in named if value] + tried


# -- words


def counted(number: int, noun: str) -> str:
    """``1 token``, ``2,000 tokens``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def problem(error: MagpieError, home: Path | None = None) -> tuple[str, str | None]:
    """What to say about an error, and the command in it that fixes it, for ``home``, if it names one."""
    command = re.search(r"`(magpie [^`]+)`", str(error))
    if command is None:
        return str(error), None
    where = f" --home {shlex.quote(str(home))}" if home and home != default_home() else ""
    return str(error).replace("`", ""), command[1] + where
