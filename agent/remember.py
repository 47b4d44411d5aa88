"""What a turn may lean on: the frame that it finds, the one that it leaves, and the taste profile."""

from collections.abc import Container
from typing import Any

from pydantic import ValidationError

from agent.arguments import LookUp, RecommendArgs, SearchArgs, SimilarArgs
from agent.context import Frame
from agent.draft import Draft
from agent.plan import plan
from agent.profile import Profile
from agent.understanding import Understanding
from magpie.domain import Model

NO_PICTURE = "the picture of this conversation is gone: add it again to go on from it"
GONE = "a collection that this conversation was about is not here any more: “it” and “those” may be forgotten"
NO_FRAME = "another version of Magpie kept this conversation: what “it” and “those” meant is forgotten"


class Memory(Model):
    """All that the next turn of a conversation leans on, beside its question."""

    frame: Frame = Frame()
    profile: Profile = Profile()


def recall(kept: dict[str, Any] | None, known: Container[str]) -> tuple[Frame, tuple[str, ...]]:
    """The frame as far as it can still be leant on, and a line for what of it cannot.

    ``known`` are the names of the collections that are here.
    """
    try:
        frame = Frame.model_validate(kept or {})
    except ValidationError:
        return Frame(), (NO_FRAME,)
    held = _held(frame, known)
    notices = () if held == frame else (GONE,)
    if held.image is not None and not held.image.is_file():
        return held.model_copy(update={"image": None}), (*notices, NO_PICTURE)
    return held, notices


def _held(frame: Frame, known: Container[str]) -> Frame:
    """``frame`` without collections that are not here, and without what can be asked of nothing."""
    asked = frame.looked_up
    named = [name for field in ("collections", "like", "owned") for name in getattr(asked, field, ())]
    wanted = getattr(asked, "conditions", ())
    again = all(name in known for name in named) and all(match.traits for match in wanted)
    return frame.model_copy(
        update={
            "collections": tuple(name for name in frame.collections if name in known),
            "shown_collections": tuple(name for name in frame.shown_collections if name in known),
            "conditions": tuple(match for match in frame.conditions if match.traits),
            "looked_up": asked if again else None,
        }
    )


def remember(frame: Frame, found: Understanding, draft: Draft) -> Frame:
    """The frame after this turn. One that looked nothing up changes at most what is still asked for."""
    after = _left_by(frame, found, draft)
    if found.ask_back is None and draft.outcome in ("clarify", "declined"):
        return after
    if found.intent in ("help", "smalltalk", "taste"):
        return after
    lacked = found.ask_back is not None
    still = {
        "asked": found.intent,
        "lacked": lacked,
        "asked_ids": found.mentions.token_ids if lacked else (),
    }
    focus = found.tokens[0] if lacked and found.tokens else after.focus
    return after.model_copy(update={**still, "focus": focus})


def _left_by(frame: Frame, found: Understanding, draft: Draft) -> Frame:
    match found.intent:
        case _ if draft.outcome in ("clarify", "declined"):
            return frame
        case "find" | "similar":
            return Frame(
                collections=found.collections,
                conditions=found.conditions if found.intent == "find" else (),
                words=found.words if found.intent == "find" else "",
                image=found.image,
                shown=draft.shown,
                focus=draft.shown[0] if draft.shown else frame.focus,
                looked_up=_looked_up(found),
            )
        case "compare" if draft.shown_collections:
            return Frame(shown_collections=draft.shown_collections, focus=frame.focus)
        case "compare" if draft.shown:
            return frame.model_copy(update={"focus": draft.shown[0], "shown": draft.shown, "looked_up": None})
        case "token_facts" if len(draft.shown) > 1:
            return frame.model_copy(update={"focus": draft.shown[0], "shown": draft.shown, "looked_up": None})
        case "token_facts" | "verify" | "why" if draft.shown:
            return frame.model_copy(update={"focus": draft.shown[0], "shown": frame.shown or draft.shown})
        case "collection_facts":
            return Frame(
                collections=found.collections,
                conditions=found.conditions,
                words=found.words if found.conditions else "",
                shown=frame.shown if found.refines else (),
                shown_collections=draft.shown_collections,
                focus=frame.focus,
            )
        case "recommend":
            return Frame(
                shown_collections=draft.shown_collections, focus=frame.focus, looked_up=_looked_up(found)
            )
    return frame


def _looked_up(found: Understanding) -> LookUp | None:
    """What the first tool was asked, if that can be asked again."""
    args = [call.args for call in plan(found)]
    return args[0] if args and isinstance(args[0], SearchArgs | SimilarArgs | RecommendArgs) else None
