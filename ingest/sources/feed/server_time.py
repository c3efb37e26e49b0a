"""The time headers of a response: the server's clock (Date), and how long we have to wait (Retry-After)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ingest.http.client import Response

MAX_RETRY_AFTER = timedelta(hours=1)
"""The longest wait that we accept."""


def server_time(answer: Response) -> datetime | None:
    """The server's time; None when the response has none."""
    return _date(answer.headers.get("date", ""))


def retry_after(answer: Response, now: datetime) -> timedelta:
    """How long we have to wait (Retry-After: seconds, or a time by the server's clock); zero without the header."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    until = _date(text)
    return timedelta() if until is None else max(until - (server_time(answer) or now), timedelta())


def _date(text: str) -> datetime | None:
    """An HTTP date; None when it is invalid."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
