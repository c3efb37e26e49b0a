"""What an answer says of time: what the server's clock shows, and how long it wants to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ingest.http.client import Answer

MAX_RETRY_AFTER = timedelta(hours=1)
"""A server that asks for more is asked again after this."""


def server_time(answer: Answer) -> datetime | None:
    """The server's own time; None when it does not tell it."""
    return _date(answer.headers.get("date", ""))


def retry_after(answer: Answer, now: datetime) -> timedelta:
    """How long we are asked to wait (Retry-After: seconds, or a moment by the server's clock); zero when we are not."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    until = _date(text)
    return timedelta() if until is None else max(until - (server_time(answer) or now), timedelta())


def _date(text: str) -> datetime | None:
    """A moment as HTTP writes it."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
