"""Conditions as they are written (`magpie.conditions`), read. What cannot be read is pointed at. Pure."""

import re
from functools import cache
from typing import TYPE_CHECKING

from pydantic import ValidationError

from magpie.conditions import AllOf, AnyOf, Condition, Count, Has, Not, Number, Range, Rank
from magpie.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lark import Lark, Token, Tree

_MOST = 2000  # characters
_DEEPEST = 50  # brackets and negations inside one another
_GRAMMAR = r"""
?any: all (_OR all)*
?all: one (_AND? one)*
?one: (_NOT | _MINUS) one               -> negated
    | _OPEN any _CLOSE
    | name                              -> value
    | name _IS name                     -> has
    | name _IS _STAR                    -> some
    | name (ORDER NUMBER | _IS RANGE)   -> number
    | _COUNT name _CLOSE _amount        -> count
    | _TRAITS _amount                   -> traits
    | _RANK _amount                     -> rank
_amount: ORDER NUMBER | _IS NUMBER | _IS RANGE
name: QUOTED | WORD | NUMBER

_AND.3: /and\b|&&?/i
_OR.3: /or\b|\|\|?/i
_NOT.3: /not\b|!/i
_MINUS.3: /-(?=[^\s\d])/
_COUNT.3: /count\s*\(/i
_TRAITS.3: /traits(?=\s*[<>=])/i
_RANK.3: /rank(?=\s*[<>=])/i
RANGE.2: /-?\d+(\.\d+)?\.\.-?\d+(\.\d+)?%?(?=[\s)]|$)/
NUMBER.2: /-?\d+(\.\d+)?%?(?=[\s)]|$)/
ORDER: /[<>]=?/
_IS: "="
_STAR: "*"
_OPEN: "("
_CLOSE: ")"
QUOTED: /"([^"\\]|\\.)+"/
WORD: /[^\s()=<>"*!&|-][^\s()=<>"*!&|]*/
%ignore /\s+/
"""
_WANTED = {
    frozenset({"NUMBER"}): "a number",
    frozenset({"NUMBER", "RANGE"}): "a number, or a range such as 3..7",
    frozenset({"_CLOSE"}): ")",
}


def read(written: str) -> Condition:
    """The condition. Raises `InputError` that marks the place where ``written`` cannot be understood."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    if not written.strip() or len(written) > _MOST:
        raise InputError(
            f"a condition has 1 to {_MOST} characters, such as hat=beanie and not glasses; not {len(written)}"
        )
    try:
        tree = _parser().parse(written)
    except UnexpectedCharacters as error:
        raise _unreadable(written, error.pos_in_stream or 0, error.allowed or ()) from error
    except UnexpectedToken as error:
        at = len(written) if error.token.type == "$END" else error.token.start_pos or 0
        raise _unreadable(written, at, error.expected) from error
    return _made(tree, written)


@cache
def _parser() -> "Lark":
    from lark import Lark

    return Lark(_GRAMMAR, start="any", parser="lalr", lexer="basic", propagate_positions=True)


def _unreadable(written: str, at: int, expected: "Iterable[str]") -> InputError:
    wanted = frozenset(expected)
    hint = _WANTED.get(wanted) or ("a name" if "WORD" in wanted and "_IS" not in wanted else "")
    if "_CLOSE" in wanted and not written[at:].strip():
        hint = "a )"
    elif written.startswith('"', at):
        hint = 'another "'
    found = "ends too early" if not written[at:].strip() else "cannot be read"
    return InputError(
        f"the condition {found} at the mark{hint and f', {hint} is missing'}: {_marked(written, at)}"
    )


def _marked(written: str, at: int) -> str:
    """Where in ``written``: a few words around the mark."""
    before, after = (re.sub(r"\s", " ", part) for part in (written[:at], written[at:]))
    return f"{'…' if at > 60 else ''}{before[-60:]}▶{after[:30]}{'…' if len(after) > 30 else ''}"


def _made(tree: "Tree[Token]", written: str, depth: int = 0) -> Condition:
    if depth > _DEEPEST:
        raise InputError(f"a condition goes at most {_DEEPEST} brackets deep")
    if tree.data in ("any", "all", "negated"):
        parts = tuple(_made(part, written, depth + 1) for part in tree.children if not isinstance(part, str))
        if tree.data == "negated":
            return Not(part=parts[0])
        return AnyOf(parts=parts) if tree.data == "any" else AllOf(parts=parts)
    try:
        return _test(tree)
    except ValidationError as error:
        reason = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise InputError(f"{reason}: {_marked(written, tree.meta.start_pos)}") from error


def _test(tree: "Tree[Token]") -> Condition:
    names = [_name(str(part.children[0])) for part in tree.children if not isinstance(part, str)]
    amount = [str(part) for part in tree.children if isinstance(part, str)]
    match tree.data:
        case "value":
            return Has(value=names[0])
        case "some":
            return Has(type=names[0])
        case "has":
            return Has(type=names[0], value=names[1])
        case "number":
            return Number(type=names[0], range=_range(amount))
        case "rank":
            return Rank(range=_range(amount), share=amount[-1].endswith("%"))
        case _:
            return Count(type=names[0] if names else "", range=_range(amount))


def _name(said: str) -> str:
    return re.sub(r"\\(.)", r"\1", said[1:-1]).strip() if said.startswith('"') else said


def _range(amount: list[str]) -> Range:
    """Of an order and a number, of one number, or of two with dots between."""
    *orders, numbers = amount
    least, _, most = numbers.rstrip("%").partition("..")
    if not orders:
        return Range(least=float(least), most=float(most or least))
    strict = not orders[0].endswith("=")
    if orders[0].startswith(">"):
        return Range(least=float(least), strict=strict)
    return Range(most=float(least), strict=strict)
