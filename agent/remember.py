"""What the next turn may lean on, given this one. Pure."""

from agent.context import Frame
from agent.draft import Draft
from agent.understand import Understanding


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
