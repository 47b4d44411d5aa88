"""Words that speak for an intent, each with its weight. Pure.

The rules are a table on purpose: a reader can see why a question went where it went.
"""

import re
from dataclasses import dataclass
from typing import Literal

Intent = Literal[
    "find",
    "similar",
    "token_facts",
    "collection_facts",
    "compare",
    "recommend",
    "verify",
    "holdings",
    "taste",
    "why",
    "help",
    "smalltalk",
    "decline",
    "clarify",
]
Topic = Literal[
    "price", "trade", "advice", "law", "instructions", "elsewhere", "unknown", "language", "thanks", "okay"
]


@dataclass(frozen=True)
class Cue:
    """Words that speak for an intent. ``topic`` says what is declined, or what the small talk is."""

    intent: Intent
    weight: float
    pattern: re.Pattern[str]
    topic: Topic | None = None


def _cue(intent: Intent, weight: float, pattern: str, topic: Topic | None = None) -> Cue:
    return Cue(intent, weight, re.compile(pattern, re.IGNORECASE), topic)


CUES: tuple[Cue, ...] = (
    _cue(
        "verify", 3.0, r"\b(own|owns|owned|owner|owners|ownership|holds?|held|belongs?|possess(es)?|mine)\b"
    ),
    _cue("verify", 2.5, r"\bmine\b"),
    _cue("verify", 2.0, r"\b(verify|verified|receipt|on[- ]?chain)\b"),
    _cue("recommend", 3.0, r"\b(recommend|suggest)\w*"),
    _cue(
        "recommend", 2.0, r"\bcollections?\b.{0,20}\b(for|like|similar|about|i('d| would| might| should))\b"
    ),
    _cue("recommend", 2.0, r"\bcollections?\b.{0,30}\bif i\b|^\W*i (really )?(like|love|enjoy|adore)\b"),
    _cue(
        "recommend",
        3.5,
        r"\b(which|what) collections?\b.{0,20}\b(should|would|could|might|may|can|do) i\b"
        r"|\b(which|what) collections?\b.{0,20}\b(suits?|fits?) (me|my)\b",
    ),
    _cue("recommend", 2.0, r"\bsome(one|body) who (likes|loves|enjoys|prefers)\b|\bmy taste\b"),
    _cue("recommend", 2.0, r"\b(recommend|suggest)\w*\b.*\b(for|by|to) my taste\b"),
    _cue("recommend", 2.5, r"\bwhat (else )?(should|would|might|could) i (like|collect|love|enjoy)\b"),
    _cue("token_facts", 3.0, r"^\W*(does|do|did|is|are|has|have) (it|they|(this|that|the \w+) one)\b"),
    _cue("token_facts", 5.0, r"\bhow (rare|common|special|unique)\b|\brarity\b|\brank(ed|s)?\b"),
    _cue("token_facts", 2.0, r"\b(traits?|attributes?|propert(y|ies)|wear(s|ing)?)\b"),
    _cue(
        "token_facts", 1.5, r"\b(describe|details?|tell me|about|what does|looks? like\W*$|what is|what's)\b"
    ),
    _cue(
        "collection_facts",
        4.5,
        r"\bhow (many|big|large|rare)\b|\bpercent(age)? of\b|\bnumber of\b|\bcount\b|\bsize of\b",
    ),
    _cue(
        "collection_facts",
        2.5,
        r"\b(which|what|list)( \w+)? (traits?|attributes?|collections?)\b|\btrait types?\b",
    ),
    _cue("collection_facts", 1.5, r"\b(describe|tell me|about|what is|what's|what are)\b"),
    _cue("collection_facts", 1.5, r"\b(info\w*|overview|facts|supply|stats|statistics)\b"),
    _cue(
        "collection_facts",
        2.5,
        r"\b(most|least) common\b|\b(rarest|most unusual|scarcest)\b.*\b(traits?|attributes?|in|of)\b",
    ),
    _cue("find", 2.0, r"\b(rarest|most unusual|scarcest)\b(?!.*\b(traits?|attributes?)\b)"),
    _cue(
        "similar",
        2.5,
        r"\b(similar|resembl\w+|looks? like(?=\W*\w)|more like|others? like|same style|another like)\b",
    ),
    _cue(
        "similar",
        3.5,
        r"\b(ones?|something|anything|more) (that is |that's )?(more )?like (it|that|this|the \w+|#?\d+)\b",
    ),
    _cue("similar", 3.5, r"(\b(something|anything|ones?|tokens?|\w+s) |^\W*)like(?=\W+(\w+\W+){0,2}#?\d)"),
    _cue(
        "compare",
        4.5,
        r"\b(compare|comparison|versus|vs\.?|side by side|difference between|differ(s|ent)? from|in common"
        r"|rarer than|(one|of them|which|who) is (the )?rarer|rarer of)(?!\w)",
    ),
    _cue(
        "why",
        5.0,
        r"^\W*(but |and |so )?(why|how come|on what grounds)\b|\bexplain (the|that|this|your|its)\b",
    ),
    _cue("why", 3.0, r"\b(score|ranking|ranked)\b"),
    _cue(
        "taste",
        5.0,
        r"\bmy (taste|profile|likes|dislikes|preferences)\b|\bknow about (me|my)\b|\bwhat (do )?i like\W*$",
    ),
    _cue(
        "taste",
        5.0,
        r"\b(remember|forget|note)( that)? (i|about my)\b|^\W*i (don'?t|no longer) (like|love|care for)\b",
    ),
    _cue("holdings", 3.0, r"\b(holdings?|portfolio|(my|whose|his|her|their|this|that) (wallet|bag|vault))\b"),
    _cue(
        "find",
        1.5,
        r"\b(find|show|search|looking for|look for|want|need|give me|get me|is there|are there|any|see)\b",
    ),
    _cue("find", 4.0, r"^\W*(show|list|see)( me)?( some| all)?( of)? (them|those|these)\W*$"),
    _cue("find", 1.0, r"\b(with|without|wearing|who has|that has|having|pictures? of)\b"),
    _cue(
        "decline",
        2.0,
        r"\b(price|prices|priced|floor|worth|cost|costs|market ?cap|usd|dollars?|volume)\b",
        "price",
    ),
    _cue("decline", 4.0, r"\b(sell|sold|go|went) for\b|\blast sale\b", "price"),
    _cue("decline", 4.0, r"\b(legal\w*|illegal|lawful|tax|taxes|law|laws|copyright)\b", "law"),
    _cue(
        "decline",
        5.0,
        r"^\W*(write|compose|sing|draw|paint|generate|translate|code)\b|\b(poem|joke|essay|recipe)\b",
        "elsewhere",
    ),
    _cue(
        "decline", 1.0, r"\b(cheap\w*|expensive|valuable|value|affordable|eth|last sale|sold for)\b", "price"
    ),
    _cue(
        "decline",
        1.5,
        r"\b(will|going to|next (week|month|year)|tomorrow|predict\w*|forecast|in the future)\b",
        "price",
    ),
    _cue(
        "decline",
        4.0,
        r"\b(invest\w*|profit\w*|flip it|should i (buy|sell|bid)|good buy|go up|to the moon|mooning)\b",
        "advice",
    ),
    _cue("decline", 2.5, r"\b(buy|sell|bid|transfer|send|swap|stake|mint me|burn)\b", "trade"),
    _cue("decline", 4.0, r"\b(can|could|do|should|to) (i |we )?mint\b", "trade"),
    _cue("decline", 4.0, r"\b(private key|seed phrase|pass ?phrase|password)\b", "trade"),
    _cue(
        "decline",
        6.0,
        r"\bignore (all|any|the|your|previous|prior|above)\b|\bsystem prompt\b",
        "instructions",
    ),
    _cue("decline", 5.0, r"\byou are now\b|\bpretend (to be|you)\b|\bact as\b|\bjailbreak\b", "instructions"),
    _cue(
        "help",
        3.0,
        r"^\W*(help|usage)\W*$|\bwhat can (you|i) (do|ask)\b|\bwho are you\b|\bhow do(es)? (this|you) work\b",
    ),
    _cue(
        "smalltalk",
        5.0,
        r"^\W*(hi|hello|hey|good (morning|evening|day))( there| magpie)?\W*(how are you( \w+)?)?\W*$"
        r"|^\W*how are you( \w+)?\W*$",
    ),
    _cue("smalltalk", 5.0, r"^\W*(many )?(thanks|thank you|thx|cheers|bye|goodbye)( \w+){0,4}\W*$", "thanks"),
    _cue(
        "smalltalk",
        5.0,
        r"^\W*(ok(ay)?|yes|yeah|yep|no|nope|cool|great|nice|wow|perfect|sure)(\W+(thanks|thank you))?\W*$",
        "okay",
    ),
    _cue("clarify", 5.0, r"\bsurprise me\W*$"),
    # Letters, but not one of ours.
    _cue("clarify", 9.0, r"^(?=.*[^\W\d_])[^A-Za-z\u00c0-\u024f]+$", "language"),
)
