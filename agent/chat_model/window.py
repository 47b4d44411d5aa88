"""Which part of a conversation fits into a model's window. Knows no model: lengths are asked for."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from magpie.errors import ConfigError

Message = dict[str, str]  # "role" (system, user, assistant) and "content"
_GAP = " … "


def fit(messages: Sequence[Message], length: Callable[[Sequence[Message]], int], room: int) -> list[Message]:
    """``messages``, or as much of them as is at most ``room`` long by ``length``.

    The oldest turns are dropped first; leading system messages and the last message stay. If these are still
    too long, every message is cut in its middle to one common number of characters, as many as fit: the
    longest loses most, and short ones nothing. Raises `ConfigError` if not even empty messages fit.
    """
    kept = list(messages)
    if length(kept) <= room:
        return kept
    fixed = next((at for at, message in enumerate(kept) if message["role"] != "system"), len(kept))
    starts = [at for at in range(fixed + 1, len(kept)) if kept[at]["role"] == "user"] or [len(kept) - 1]

    def since(start: int) -> list[Message]:
        return kept[:fixed] + kept[max(start, fixed) :]

    first = bisect_left(starts, True, key=lambda start: length(since(start)) <= room)
    if first < len(starts):
        return since(starts[first])
    return _cut(since(starts[-1]), length, room)


def _cut(messages: Sequence[Message], length: Callable[[Sequence[Message]], int], room: int) -> list[Message]:
    longest = max(len(message["content"]) for message in messages)

    def within(most: int) -> list[Message]:
        return [{**message, "content": middle_out(message["content"], most)} for message in messages]

    cuts = range(longest)  # how many characters the longest message loses, but one
    at = bisect_left(cuts, True, key=lambda cut: length(within(longest - 1 - cut)) <= room)
    if at == len(cuts):
        raise ConfigError(
            f"the model's window has {room} tokens for a question, and its chat template alone takes "
            f"{length(within(0))}: give a larger n_ctx, or a smaller max_tokens"
        )
    return within(longest - 1 - at)


def middle_out(words: str, most: int) -> str:
    """``words`` in at most ``most`` characters: its beginning, " … " and its end."""
    if len(words) <= most:
        return words
    if most <= len(_GAP):
        return words[:most]
    ends = most - len(_GAP)
    return words[: ends - ends // 2] + _GAP + words[len(words) - ends // 2 :]
