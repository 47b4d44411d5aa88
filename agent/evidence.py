"""Tool results -> numbered evidence. Here, and nowhere later, text of strangers is made safe to show.

Names and traits come from whoever minted the token: markup, control characters, look-alike citations and
length are taken out of them, and they never reach a model.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from agent.answer import Evidence, EvidenceKind, Fact
from agent.arguments import SearchArgs
from agent.findings import CollectionFacts, ExplainedHit, Failed, FoundTokens, LibraryFacts, TokenFacts
from agent.onchain.receipt import Receipt
from agent.recommend import Recommendation
from agent.trait_words import said_as
from magpie import text
from magpie.catalog_ranks import Ranked
from magpie.domain import Collection, Token, Trait
from magpie.query import Hit, PhraseMatch, Signal

NAME_LIMIT, VALUE_LIMIT, LISTED = 80, 60, 4
PROBLEM_LIMIT, RECEIPT_LIMIT = 300, 1000
COLLECTIONS_LISTED = 20
SIGNALS: dict[Signal, str] = {
    "image": "its picture",
    "caption": "its caption's meaning",
    "bm25": "the words of its caption",
    "traits": "its traits",
}
_LOOK_ALIKE = re.compile(r"\[\s*(\d+)\s*\]")
_NEUTRAL = str.maketrans(
    {"[": "(", "]": ")", "`": "'", "*": "", "|": "/", "\\": "/", "<": "‹", ">": "›", "~": "-"}
)
_SIGNS = (("<=", "≤"), (">=", "≥"), ("<", " below "), (">", " above "))  # "<" could begin markup
_SIDES = {"Ps": "(", "Pe": ")"}
_LOW_QUOTES = frozenset("„‚")
_BULLETS = re.compile(r"^(?:[-–—•·+>›]\s+)+")


def plain(words: str, limit: int = VALUE_LIMIT) -> str:
    """``words`` safe beside our own: clean, capped, and with nothing that looks like a citation or markup."""
    neutral = _plain_brackets(text.clean(words, limit)).translate(_NEUTRAL)
    return _BULLETS.sub("", " ".join(neutral.split()))


def told(words: str, limit: int = PROBLEM_LIMIT) -> str:
    """A sentence of our tools, which may quote a node or a file: clean, capped, no look-alike citations."""
    return _LOOK_ALIKE.sub(r"(\1)", _plain_brackets(text.clean(words, limit)))


def _plain_brackets(words: str) -> str:
    """With round ones for all brackets beyond ASCII, of which several pass for those of a citation."""
    if words.isascii():
        return words
    return "".join(
        c if c.isascii() or c in _LOW_QUOTES else _SIDES.get(unicodedata.category(c), c) for c in words
    )


def receipt_reason(receipt: Receipt) -> str:
    """The receipt's own words, in which the collection's name is a stranger's."""
    home = plain(receipt.collection, NAME_LIMIT)
    return told(receipt.reason.replace(receipt.collection, home), RECEIPT_LIMIT)


def trait_words(trait: Trait) -> str:
    """As people say it: ``Pipe``, ``Thin ring``."""
    return said_as(plain(trait.type), plain(trait.value))


def condition_words(match: PhraseMatch) -> str:
    """A condition as understood: ``Zombie``, ``no “glasses” (3D Glasses, VR and 7 more)``."""
    if len({trait.key for trait in match.traits}) == 1 and not match.negated:
        return trait_words(match.traits[0])
    words = _listed(match) if _says_itself(match) else f"“{plain(match.phrase)}” ({_listed(match)})"
    return f"no {words}" if match.negated else words


def _says_itself(match: PhraseMatch) -> bool:
    """Whether every trait that the phrase stands for is called like the phrase."""
    return {trait.key[1] for trait in match.traits} == {text.key(match.phrase)}


def _listed(match: PhraseMatch) -> str:
    """The values that satisfy a condition: a few by name, the others counted."""
    values = list({trait.key[1]: plain(trait.value) for trait in match.traits}.values())
    more = len(values) - LISTED
    return ", ".join(values[:LISTED]) + (f" and {more} more" if more > 0 else "")


def covered(match: PhraseMatch) -> str:
    """Which traits a phrase stands for, where it stands for several: a sentence, or nothing."""
    if len({trait.key for trait in match.traits}) < 2 or _says_itself(match):
        return ""
    return f"I read “{plain(match.phrase)}” as {_listed(match)}."


def all_conditions(conditions: Sequence[PhraseMatch]) -> str:
    return ", ".join(condition_words(match) for match in conditions)


def asked_words(found: FoundTokens) -> list[str]:
    """Everything that was required, a phrase each: as understood, then as written."""
    asked = [condition_words(match) for match in found.result.understood]
    where = found.args.where if isinstance(found.args, SearchArgs) else None
    if where is None:
        return asked
    said = str(where)
    for sign, word in _SIGNS:
        said = said.replace(sign, word)
    return [*asked, plain(said, PROBLEM_LIMIT)]


class Ledger:
    """The evidence of one turn, numbered from 1 in the order it is added."""

    def __init__(self) -> None:
        self.items: list[Evidence] = []

    def add(
        self, kind: EvidenceKind, title: str, facts: Iterable[tuple[str, str]], **fields: object
    ) -> Evidence:
        item = Evidence.model_validate(
            {
                "number": len(self.items) + 1,
                "kind": kind,
                "title": plain(title, NAME_LIMIT) or "(no name)",
                "facts": tuple(Fact(label=label, value=value) for label, value in facts if value),
                **fields,
            }
        )
        self.items.append(item)
        return item

    def token(
        self, token: Token, home: Collection | None, *, hit: Hit | None = None, rank: Ranked | None = None
    ) -> Evidence:
        facts = [("collection", plain(token.collection, NAME_LIMIT)), *_trait_facts(token)]
        facts += _rank_facts(rank)
        if hit and hit.lacks:
            facts.append(("lacks", plain(", ".join(hit.lacks), PROBLEM_LIMIT)))
        return self.add("token", _name(token), facts, **_token_fields(token, home), hit=hit)

    def token_facts(self, found: TokenFacts, token: Token) -> Evidence:
        facts = [("collection", plain(token.collection, NAME_LIMIT))]
        facts += [("asked", condition_words(match)) for match in found.conditions]
        for trait, shared in zip(token.traits, found.shared, strict=True):
            facts.append(
                (plain(trait.type) or "trait", f"{plain(trait.value)} ({shared:,} of {found.of:,} here)")
            )
        facts += _rank_facts(found.rarity)
        return self.add("token", _name(token), facts, **_token_fields(token, found.collection))

    def explained(self, found: ExplainedHit, home: Collection | None) -> Evidence:
        token, hit = found.token, found.hit
        facts = [("collection", plain(token.collection, NAME_LIMIT)), *_trait_facts(token)]
        facts += [("asked", condition_words(match)) for match in found.understood]
        facts += [("place", f"{found.place:,} of {found.of:,}"), ("score", f"{hit.score:.4f}")]
        parts = tuple(
            (SIGNALS[signal.signal], signal.contribution) for signal in hit.signals if signal.contribution
        )
        facts += [("part of the score", f"{value:.4f} by {name}") for name, value in parts]
        fields = {**_token_fields(token, home), "hit": hit, "score": hit.score, "parts": parts}
        return self.add("token", _name(token), facts, **fields)

    def search(self, found: FoundTokens, title: str) -> Evidence:
        facts = [("asked", words) for words in asked_words(found)]
        if found.matching is not None:
            facts.append(("tokens that match", f"{found.matching:,}"))
        facts += [
            ("tokens shown", f"{len(found.result.hits):,}"),
            ("tokens searched", f"{found.searched:,}"),
            ("why", plain(found.result.reason or "", PROBLEM_LIMIT)),
        ]
        return self.add("search", title, facts)

    def collection(self, found: CollectionFacts) -> Evidence:
        home = found.collection
        facts = [("tokens here", f"{found.count.tokens:,}"), *_collection_facts(home)]
        facts.append(("different traits", f"{len(found.traits):,}"))
        if found.matching is not None:
            facts += [
                ("asked", all_conditions(found.args.conditions)),
                ("tokens that match", f"{found.matching:,}"),
            ]
        facts += [(trait_words(count.trait), f"{count.tokens:,} tokens") for count in found.traits[:20]]
        return self.add("collection", home.name, facts, collection=home.name, url=home.url)

    def library(self, found: LibraryFacts) -> Evidence:
        facts = [
            ("asked", all_conditions(found.args.conditions)),
            ("tokens", f"{sum(n for _, n in found.counts):,}"),
            ("collections", f"{len(found.counts):,}"),
        ]
        if len(found.counts) > COLLECTIONS_LISTED:
            facts.append(("more", f"{len(found.counts) - COLLECTIONS_LISTED:,}"))
        facts += [(plain(home.name, NAME_LIMIT), f"{n:,} tokens") for home, n in found.counts]
        return self.add("collection", "Collections here", facts)

    def recommendation(self, one: Recommendation, *, place: str = "") -> Evidence:
        facts = [("place", place), ("tokens here", f"{one.tokens:,}"), *_collection_facts(one.collection)]
        facts += [(trait_words(why.trait), f"{why.tokens:,} of {one.tokens:,} tokens") for why in one.traits]
        parts = tuple((part.name, part.value) for part in one.parts)
        home = one.collection
        return self.add(
            "recommendation",
            home.name,
            facts,
            collection=home.name,
            url=home.url,
            score=one.score,
            parts=parts,
        )

    def receipt(self, receipt: Receipt, title: str, *, image: str | None = None) -> Evidence:
        facts = [
            ("verdict", receipt.verdict.replace("_", " ")),
            ("asked owner", receipt.asked_owner or ""),
            ("owner", receipt.owner or ""),
            ("chain", f"{receipt.chain_label} (id {receipt.chain_id})" if receipt.chain_id else ""),
            ("block", f"{receipt.block_number:,}" if receipt.block_number is not None else ""),
            ("block hash", receipt.block_hash or ""),
            ("block tag", receipt.block_tag or ""),
            ("contract", receipt.contract or ""),
            ("method", receipt.method),
            ("node", receipt.node or ""),
            ("why", receipt_reason(receipt)),
            *(("note", told(note, RECEIPT_LIMIT)) for note in receipt.notes),
        ]
        fields = {"ref": receipt.token, "collection": receipt.collection, "image": image}
        return self.add("receipt", title, facts, **fields)

    def failure(self, failed: Failed) -> Evidence:
        return self.add(
            "failure",
            f"{failed.tool.replace('_', ' ')} failed",
            [("problem", told(failed.problem))],
        )


def _name(token: Token) -> str:
    """Its name, or its number if nothing of the name can be shown."""
    return plain(token.name, NAME_LIMIT) or f"#{token.ref.token_id}"


def _trait_facts(token: Token) -> list[tuple[str, str]]:
    return [(plain(trait.type) or "trait", plain(trait.value)) for trait in token.traits]


def _rank_facts(rank: Ranked | None) -> list[tuple[str, str]]:
    if rank is None:
        return []
    partial = plain(rank.partial, PROBLEM_LIMIT)
    return [("rarity rank", f"{rank.rank:,} of {rank.ranked:,}"), ("rarity is of a part", partial)]


def _token_fields(token: Token, home: Collection | None) -> dict[str, object]:
    return {
        "collection": token.collection,
        "ref": token.ref,
        "image": token.image,
        "url": home.url if home else "",
    }


def _collection_facts(home: Collection) -> list[tuple[str, str]]:
    return [
        ("subject", plain(home.subject)),
        ("supply", f"{home.supply:,}" if home.supply is not None else ""),
        ("source", plain(home.source)),
        ("chain", home.chain if home.on_chain else "no contract known"),
        ("licence", plain(home.licence, NAME_LIMIT)),
        ("description", plain(home.description, PROBLEM_LIMIT)),
    ]
