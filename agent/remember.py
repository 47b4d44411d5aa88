"""What a turn may lean on: the frame that it finds, and the one that it leaves."""

from typing import Any

from pydantic import ValidationError

from agent.context import Frame
from agent.draft import Draft
from agent.understand import Understanding

NO_PICTURE = "the picture of this conversation is gone: add it again to go on from it"
NO_FRAME = "another version of Magpie kept this conversation: what “it” and “those” meant is forgotten"


def recall(kept: dict[str, Any] | None) -> tuple[Frame, tuple[str, ...]]:
    """The frame as far as it can still be leant on, and a line for what of it cannot."""
    try:
        frame = Frame.model_validate(kept or {})
    except ValidationError:
        return Frame(), (NO_FRAME,)
    if frame.image is not None and not frame.image.is_file():
        return frame.model_copy(update={"image": None}), (NO_PICTURE,)
    return frame, ()


def remember(frame: Frame, found: Understanding, draft: Draft) -> Frame:
    """The frame after this turn. A turn that looked nothing up changes nothing."""
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
            )
        case "token_facts" | "verify" if draft.shown:
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
            return Frame(shown_collections=draft.shown_collections, focus=frame.focus)
    return frame
