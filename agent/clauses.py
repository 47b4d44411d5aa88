"""A question that asks for several things, one after the other, as its clauses. Pure.

"Find one like the second and check whether 0xabc… owns it" is two: each is understood in the light of what
the one before it showed.
"""

import re

MOST = 3  # clauses; a longer question is taken as one
_VERBS = (
    "check|tell|show|find|search|verify|compare|recommend|suggest|list|give|explain|say|see|look|get|count|"
    "who|whose|whom|what|which|how|does|do|is|are|can|could|why"
)
# "and" also joins traits: it begins a clause only before a word of asking.
_JOINT = re.compile(
    r"\s*(?:[,;]\s*)?\b(?:and then|then|and also|and|also|after that)\b\s+"
    rf"(?=(?:(?:please|also|then)\s+)?(?:{_VERBS})\b)"
    rf"|\s*[;.?!]+\s+(?=(?:(?:and|then|also|please)\s+)*(?:{_VERBS})\b)",
    re.IGNORECASE,
)
_LEAST_WORDS = 2


def clauses(question: str) -> tuple[str, ...]:
    """The parts of ``question`` that ask for something each, in order; the question itself if it is one."""
    parts = [part.strip(" ,;.") for part in _JOINT.split(question)]
    whole = all(len(part.split()) >= _LEAST_WORDS for part in parts)
    return tuple(parts) if whole and 1 < len(parts) <= MOST else (question,)
