"""What a query of a public page may say: read, bounded, and left out when it is not understood."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

PAGES_MOST = 500


def known(text: str | None, allowed: Collection[str]) -> str:
    """One of these, or nothing."""
    return text if text is not None and text in allowed else ""


def page_number(text: str | None) -> int:
    """From 1 on; 1 for what is no such number."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > len(str(PAGES_MOST)):
        return 1
    return min(max(int(text), 1), PAGES_MOST)


def day(text: str | None, first: date, days: int) -> date:
    """A day of these; the first one for any other."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return first
    return found if first <= found < first + timedelta(days=days) else first
