"""Texts that strangers wrote, numbers, sizes and times -> what the page prints. Pure."""

from datetime import UTC, datetime

import magpie.text

_ACRONYMS = frozenset({"ar", "cid", "id", "ids", "ipfs", "llm", "uri", "uris", "url"})


def visible(text: str, limit: int = 500) -> str:
    """One line of at most ``limit`` characters that shows all it holds.

    Markup stays, as text: the template escapes it. `magpie.text.clean` would remove it, and a report must
    show what is there.
    """
    flat = " ".join(magpie.text.visible(text[: 8 * limit]).split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def number(count: int) -> str:
    """``10,000``."""
    return f"{count:,}"


def counted(count: int, noun: str) -> str:
    """``1 token``, ``2,000 tokens``, ``3 properties``."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("ty") else f"{count:,} {noun}s"


def share(part: float) -> str:
    """A fraction as a percentage: no value that occurs is 0%, and none that is not all is 100%."""
    if 0 < part < 0.001:
        return "<0.1%"
    if 0.995 <= part < 1:
        return f"{min(part, 0.999):.1%}"
    return f"{part:.1%}" if part < 0.1 else f"{part:.0%}"


def size(count: int) -> str:
    """Bytes with the unit that leaves one to three digits before the point."""
    if count < 1000:
        return counted(count, "byte")
    amount, unit = float(count), "bytes"
    for larger in ("KB", "MB", "GB", "TB"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:,.0f} {unit}"


def moment(time: datetime) -> str:
    """``22 Nov 2026, 18:07 UTC``."""
    return f"{day(time)}, {time.astimezone(UTC):%H:%M} UTC"


def day(time: datetime) -> str:
    """``22 Nov 2026``, of UTC."""
    utc = time.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y}"


def heading(label: str) -> str:
    """``uri pattern`` -> ``URI pattern``."""
    words = [word.upper() if word in _ACRONYMS else word for word in label.split()]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]]) if words else ""
