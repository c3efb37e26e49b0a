"""Which windows of time are asked for, and what belongs in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingest.sources.open311.cursor import Cursor, Pull, Span
from ingest.sources.open311.fields import MomentReader, text_of
from ingest.sources.open311.settings import Open311Settings
from ingest.sources.open311.statuses import is_closed

TOLERANCE = timedelta(days=1)
"""So far outside a window an item may lie: servers take whole days, or the wrong zone."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked for at once: [begin, end], of what changed in it or of what came in."""

    begin: datetime
    end: datetime
    changed: bool

    def params(self) -> dict[str, str]:
        """As the server is asked."""
        if self.changed:
            return {"updated_after": _said(self.begin), "updated_before": _said(self.end)}
        return {"start_date": _said(self.begin), "end_date": _said(self.end)}

    def holds(self, item: Mapping[str, Any], when: MomentReader, latest: datetime) -> bool:
        """Whether an item belongs in it, as far as it says when it is from.

        What is from after `latest`, the end of the pull, belongs in no window at all: here it is refused with a reason.
        """
        at = self._at(item, when)
        return at is None or self.begin - TOLERANCE <= at <= self.end + TOLERANCE or at > latest + TOLERANCE

    def is_before(self, item: Any, when: MomentReader) -> bool:
        """Whether an item is from before it."""
        at = self._at(item, when) if isinstance(item, dict) else None
        return at is not None and at < self.begin - TOLERANCE

    def _at(self, item: Mapping[str, Any], when: MomentReader) -> datetime | None:
        """None where it does not say: `updated_datetime` of a closed one is when it closed, whatever changed since."""
        if not self.changed:
            return when.judged(item, "requested_datetime")
        at = when.judged(item, "updated_datetime")
        return None if at is not None and at < self.begin and is_closed(text_of(item, "status")) else at


def _said(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def next_span(cursor: Cursor, settings: Open311Settings, zone: ZoneInfo, now: datetime) -> Span | None:
    """What is to be pulled next; None when everything until `now` is there. Servers are told whole seconds."""
    now = now.replace(microsecond=0)
    if cursor.span is not None:
        return cursor.span
    if cursor.until is None:
        return Span(pull="regular", begin=_back(now, days=settings.history_days), end=now)
    if cursor.until < now:
        begin = cursor.until - timedelta(seconds=settings.overlap_s)
        return Span(pull="regular", begin=begin.replace(microsecond=0), end=now)
    if _is_due(cursor, settings, zone, now):
        return Span(pull="nightly", begin=_back(now, days=settings.nightly_days), end=now)
    return None


def finished(cursor: Cursor, span: Span, zone: ZoneInfo) -> None:
    """Remember that a pull is through."""
    if span.pull == "nightly" or cursor.until is None:
        cursor.nightly = day_of(span.end, zone)
    if span.pull == "regular":
        cursor.until = span.end
    cursor.span = None


def _back(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _is_due(cursor: Cursor, settings: Open311Settings, zone: ZoneInfo, now: datetime) -> bool:
    """Once a local day, from the hour on."""
    late_enough = now.astimezone(zone).time() >= time(settings.nightly_hour)
    return late_enough and cursor.nightly < day_of(now, zone)


def day_of(at: datetime, zone: ZoneInfo) -> str:
    """Its local day, ISO."""
    return at.astimezone(zone).date().isoformat()


def asks_for_changes(cursor: Cursor, pull: Pull) -> bool:
    """Whether a pull asks for what changed: once the first is through, where the server can; never at night."""
    return pull == "regular" and cursor.until is not None and bool(cursor.capabilities.updated_after)
