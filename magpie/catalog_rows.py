"""How the catalogue's rows become domain objects and conditions become SQL. Pure."""

import hashlib
import re
from collections.abc import Sequence

from magpie import text
from magpie.domain import Token, TokenRef, Trait
from magpie.query import Filter

_STOP = frozenset(
    re.findall(
        r"\w+", "a an and are be for from in is it its of on or that the this to with containing picture"
    )
)


def words_to_match(query: str) -> list[str]:
    """The words of a question that BM25 looks for: no stop words, no repeats, in order."""
    return list(dict.fromkeys(word for word in text.words(query) if word not in _STOP))[:64]


def digest(token: Token) -> str:
    return hashlib.sha256(token.model_dump_json().encode()).hexdigest()


def token_from(head: Sequence[str], traits: Sequence[Trait]) -> Token:
    chain, contract, collection, token_id, name, caption, image, image_sha256 = head
    return Token(
        ref=TokenRef(chain=chain, contract=contract, token_id=int(token_id)),
        collection=collection,
        name=name,
        traits=tuple(traits),
        caption=caption,
        image=image,
        image_sha256=image_sha256,
    )


def names_clause(collections: Sequence[str]) -> str:
    return f"c.name IN ({', '.join('?' * len(collections))})" if collections else "1"


def where_clause(condition: Filter) -> tuple[str, tuple[str, ...]]:
    """SQL over ``tokens t`` and ``collections c`` with its values."""
    parts, values = [names_clause(condition.collections)], list(condition.collections)
    for group, verb in [
        *((g, "IN") for g in condition.all_of),
        *(((t,), "NOT IN") for t in condition.none_of),
    ]:
        tests = []
        for trait in group:
            type_key, value_key = trait.key
            tests.append("v.value_key = ?" + (" AND v.type_key = ?" if type_key else ""))
            values += [value_key, type_key] if type_key else [value_key]
        alternatives = " OR ".join(f"({test})" for test in tests) or "0"
        parts.append(
            f"t.id {verb} (SELECT tt.token FROM token_traits tt JOIN trait_values v ON v.id = tt.value"
            f" WHERE {alternatives})"
        )
    return " AND ".join(parts), tuple(values)
