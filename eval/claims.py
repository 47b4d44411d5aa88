"""Does an answer claim anything that its evidence does not hold? Independent of `agent.check`. Pure.

Sentence by sentence: each number, token, collection and trait value must be in the evidence that the sentence
cites (or, without a citation of its own, that of the sentence before it in its paragraph, else of the whole
answer), and the evidence must be true of the small world.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from agent.answer import Answer, Evidence
from agent.trait_words import said_as
from agent.wording import fixed
from eval.truth import Truth, Wanted, conditions

_CITED = re.compile(r"\[(\d+)\]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“])")
_QUOTED = re.compile(r"“[^”]*”|‘[^’]*’")
_NUMBER = re.compile(r"(?<![\w.])[+−-]?\d[\d,]*(?:\.\d+)?(?!\w)")
_COUNTED = re.compile(r"\bThe last list has (\d+) (?:tokens?|collections?)\b")
_TECHNICAL = re.compile(r"\ball 40 hexadecimal digits\b|\S*(?:0x|eip155:|MAGPIE_)\S*|\[nodes\]")
_DROPPED = re.compile(r"^I dropped ")

Kind = Literal["unsupported", "citation", "untrue"]


class Fault(NamedTuple):
    """A ``claim`` in a ``sentence``: no evidence holds it, the cited evidence does not, or it is not true."""

    kind: Kind
    claim: str
    sentence: str


class Sentence(NamedTuple):
    text: str
    cites: tuple[int, ...]


def faults(answer: Answer, truth: Truth, said: Sequence[str] = (), *, listed: int = 0) -> tuple[Fault, ...]:
    """Every claim of ``answer`` without ground, in order.

    ``said`` are the person's sentences so far, which it may repeat; ``listed`` is how many the last list has.
    """
    found = [
        Fault("untrue", problem, f"[{item.number}] {item.title}")
        for item in answer.evidence
        for problem in truth.problems(item)
    ]
    found += _shown_in_vain(answer, truth)
    if answer.text in fixed().values():
        return tuple(found)
    for sentence in sentences(answer.text):
        cited = [item for item in answer.evidence if item.number in sentence.cites]
        found += [
            Fault("citation", f"[{number}]", sentence.text)
            for number in sentence.cites
            if answer.cited(number) is None
        ]
        near, all_of = _said_by(cited or answer.evidence), _said_by(answer.evidence)
        for claim in claims(sentence.text, truth):
            if _holds(near, claim) or _is_repeated(claim, sentence.text, said, listed):
                continue
            kind: Kind = "citation" if _holds(all_of, claim) else "unsupported"
            found.append(Fault(kind, claim, sentence.text))
    return tuple(found)


def sentences(words: str) -> Iterator[Sentence]:
    """Each sentence or line of a list, with the citations that stand for it."""
    for paragraph in words.split("\n\n"):
        cites: tuple[int, ...] = ()
        for line in paragraph.split("\n"):
            for part in [line] if line.startswith("- ") else _SENTENCE.split(line):
                own = tuple(int(number) for number in _CITED.findall(part))
                yield Sentence(_CITED.sub("", part), own or cites)
                # The rows of a list stand for themselves; other sentences go on from the one before.
                cites = cites if part.startswith("- ") else own or cites


def claims(sentence: str, truth: Truth) -> tuple[str, ...]:
    """The numbers, tokens, collections and trait values that ``sentence`` states, outside quotation marks."""
    rest = _TECHNICAL.sub(" ", _QUOTED.sub(" ", sentence))
    found = []
    for name in truth.sizes:
        found += re.findall(rf"{re.escape(name)} #\d+", rest)
        found += [name] if re.search(rf"\b{re.escape(name)}\b(?! #)", rest) else []
    found += re.findall(r"#\d+", rest)
    for value in sorted(truth.values, key=lambda value: -len(value)):
        if re.search(rf"\b{re.escape(value)}\b", rest, re.IGNORECASE):
            found.append(value)
            rest = re.sub(rf"\b{re.escape(value)}\b", " ", rest, flags=re.IGNORECASE)
    found += [number.replace(",", "") for number in _NUMBER.findall(rest.replace("#", " "))]
    return tuple(dict.fromkeys(found))


def _said_by(evidence: Iterable[Evidence]) -> str:
    """All that ``evidence`` says, as one text to look in."""
    lines = []
    for item in evidence:
        lines += [item.title, item.collection or "", f"#{item.ref.token_id}" if item.ref else ""]
        for fact in item.facts:
            lines += [fact.label, fact.value, said_as(fact.label, fact.value)]
        lines += [f"{abs(value):.3f} {value:.4f}" for _, value in item.parts]
        lines += [f"{item.score:.3f}"] if item.score is not None else []
        lines += item.hit.lacks if item.hit else ()
    return "\n".join(lines)


def _holds(evidence: str, claim: str) -> bool:
    number = claim.lstrip("+-−").isdecimal() or _NUMBER.fullmatch(claim)
    if not number:
        return bool(re.search(rf"(?<!\w){re.escape(claim)}(?!\w)", evidence, re.IGNORECASE))
    said = {found.replace(",", "").lstrip("+−-") for found in _NUMBER.findall(evidence.replace("#", " "))}
    return claim.lstrip("+−-") in said


def _is_repeated(claim: str, sentence: str, said: Sequence[str], listed: int) -> bool:
    """Whether ``claim`` only repeats the person, in the sentences that do, or counts what was shown."""
    counted = _COUNTED.search(sentence)
    if counted:
        return claim == counted[1] == str(listed)
    echo = _DROPPED.match(sentence) or sentence.endswith("?") or "For example " in sentence
    spoken = " ".join(said)
    return bool(echo) and (
        re.search(rf"(?<!\w){re.escape(claim.lstrip('#'))}", spoken, re.IGNORECASE) is not None
        or "For example " in sentence
    )


def _shown_in_vain(answer: Answer, truth: Truth) -> Iterator[Fault]:
    """Tokens that are said to meet what was asked, and do not."""
    if answer.outcome != "answered":
        return
    for item in answer.evidence:
        asked = [fact.value for fact in item.facts if fact.label == "asked"]
        wanted: list[Wanted] | None = conditions(asked) if item.kind == "search" else None
        for ref in answer.shown if answer.search and wanted and len(_searches(answer)) == 1 else ():
            if not truth.meets(ref, wanted or ()):
                yield Fault("untrue", f"#{ref.token_id}", f"shown for {', '.join(asked)}")


def _searches(answer: Answer) -> list[Evidence]:
    return [item for item in answer.evidence if item.kind == "search"]
