"""The taste profile -> a draft."""

from agent.draft import Draft
from agent.evidence import Ledger, plain
from agent.findings import TasteShown

LISTED = 12
SUGGESTIONS = ("Recommend a collection for me", "Forget everything about my taste")


def taste_draft(found: TasteShown, ledger: Ledger) -> Draft:
    """What was changed, then the whole profile: the person sees what is remembered of them."""
    profile, change = found.profile, found.change
    rows = [
        ("you like", tuple(map(_quoted, profile.likes))),
        ("you do not like", tuple(map(_quoted, profile.dislikes))),
        ("tokens with a thumb up", tuple(f"#{ref.token_id}" for ref in profile.liked)),
        ("tokens with a thumb down", tuple(f"#{ref.token_id}" for ref in profile.disliked)),
        ("collections you own", tuple(plain(name, 80) for name in profile.owned)),
    ]
    facts = [(label, ", ".join(values)) for label, values in rows]
    item = ledger.add("taste", "Your taste profile", facts)
    listed = [f"- {label}: {', '.join(values[-LISTED:])}" for label, values in rows if values]
    known = "\n".join([f"This is what I remember of your taste [{item.number}]:", *listed])
    empty = f"I remember nothing of your taste [{item.number}]. Tell me “I love …” or “I hate …”."
    missing = [f"There is no {_quoted(words)} in your profile to forget." for words in found.missing]
    gone = [_quoted(words) for words in change.forget if words not in found.missing]
    forgot = [f"I forgot {' and '.join(gone)}."] if gone else []
    return Draft(
        situation="taste_changed" if _is_changed(found) else "taste",
        outcome="answered",
        body=(*missing, *forgot, known if listed else empty),
        constants=(*missing, *forgot, *map(plain, change.forget)),
        suggestions=SUGGESTIONS if listed else (),
    )


def _is_changed(found: TasteShown) -> bool:
    change = found.change
    return bool(
        change.likes or change.dislikes or change.forget_all or len(change.forget) > len(found.missing)
    )


def _quoted(words: str) -> str:
    return f"“{plain(words, 200)}”"
