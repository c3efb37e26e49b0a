"""The spans of time to request: they overlap, so that late records are found; after an outage there are several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingest.sources.feed.settings import WindowSettings

NIGHT = timedelta(hours=2)
"""Local time of the nightly larger span."""
_BEHIND = timedelta(days=1)
"""A server's clock that is further behind is ignored."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time of one request, both ends included, and the cursor after it."""

    begin: datetime
    end: datetime
    cursor: Mapping[str, str]


def spans(settings: WindowSettings, cursor: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> Iterator[Span]:
    """The spans to request now, oldest first; the last one ends now.

    cursor: {until, night} from the last span; of another shape it counts as none. zone: the city's, for the nightly
    span. After our clock was set back, the next span starts from the present time.
    """
    overlap, longest = timedelta(seconds=settings.overlap_s), timedelta(seconds=settings.span_s)
    until, tonight = _moment(cursor.get("until")), (now.astimezone(zone) - NIGHT).date().isoformat()
    night = str(cursor.get("night") or tonight)
    begin = now - timedelta(seconds=settings.back_s) if until is None else min(until, now) - overlap
    if settings.nightly_s is not None and until is not None and night != tonight:
        begin = min(begin, now - timedelta(seconds=settings.nightly_s))
    while True:
        end = now if settings.until is None else min(begin + overlap + longest, now)
        last = end >= now
        yield Span(begin, end, {"until": end.isoformat(), "night": tonight if last else night})
        if last:
            return
        begin = end - overlap


def cursor_after(span: Span, server_time: datetime | None) -> Mapping[str, str]:
    """The cursor after a span whose response had the server's time `server_time` (None: unknown).

    When the server's clock is behind ours, it will still stamp records with times in this span; so the next span starts
    at the server's time.
    """
    if server_time is None or not timedelta() < span.end - server_time <= _BEHIND:
        return span.cursor
    return {**span.cursor, "until": server_time.isoformat()}


def params_of(settings: WindowSettings, span: Span) -> dict[str, str]:
    """The span as request parameters."""
    until = {settings.until: settings.written(span.end)} if settings.until else {}
    return {settings.since: settings.written(span.begin)} | until


def _moment(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)
