"""The windows of time to pull, and which requests belong in a window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingest.sources.open311.cursor import Cursor, Pull, PullProgress
from ingest.sources.open311.fields import MomentReader, text_of
from ingest.sources.open311.settings import Open311Settings
from ingest.sources.open311.statuses import is_closed

TOLERANCE = timedelta(days=1)
"""How far outside its window a request may be, because servers round to days or use a wrong zone."""


@dataclass(frozen=True, slots=True)
class Window:
    """The window of one request, [begin, end]: by time of change (`changed`) or by time of receipt."""

    begin: datetime
    end: datetime
    changed: bool

    def params(self) -> dict[str, str]:
        """The window as request parameters."""
        if self.changed:
            return {"updated_after": _formatted(self.begin), "updated_before": _formatted(self.end)}
        return {"start_date": _formatted(self.begin), "end_date": _formatted(self.end)}

    def split(self, items: Iterable[Any], when: MomentReader, latest: datetime) -> tuple[list[Any], list[Any]]:
        """(items in the window, items outside it); what is no object is in it, to be rejected with a reason."""
        inside, outside = list[Any](), list[Any]()
        for item in items:
            is_inside = not isinstance(item, dict) or self.holds(item, when, latest)
            (inside if is_inside else outside).append(item)
        return inside, outside

    def holds(self, item: Mapping[str, Any], when: MomentReader, latest: datetime) -> bool:
        """Whether an item belongs in the window, or has no time.

        An item after `latest`, the end of the pull, would be in no window; it is accepted, so that it is rejected with
        a reason later.
        """
        at = self._at(item, when)
        return at is None or self.begin - TOLERANCE <= at <= self.end + TOLERANCE or at > latest + TOLERANCE

    def is_before(self, item: Any, when: MomentReader) -> bool:
        """Whether an item is before the window."""
        at = self._at(item, when) if isinstance(item, dict) else None
        return at is not None and at < self.begin - TOLERANCE

    def _at(self, item: Mapping[str, Any], when: MomentReader) -> datetime | None:
        """The item's time; None when unknown. `updated_datetime` of a closed one may be its closing, not its change."""
        if not self.changed:
            return when.read_or_none(item, "requested_datetime")
        at = when.read_or_none(item, "updated_datetime")
        return None if at is not None and at < self.begin and is_closed(text_of(item, "status")) else at


def _formatted(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def next_span(cursor: Cursor, settings: Open311Settings, zone: ZoneInfo, now: datetime) -> PullProgress | None:
    """The next pull; None when everything until `now` is stored. Times are whole seconds, as in requests.

    After our clock was set back, the next pull starts from the present time, and the nightly one is made up for.
    """
    now = now.replace(microsecond=0)
    if cursor.span is not None:
        return cursor.span
    if cursor.until is None:
        return PullProgress(pull="regular", begin=_back(now, days=settings.history_days), end=now)
    if cursor.until != now:
        begin = min(cursor.until, now) - timedelta(seconds=settings.overlap_s)
        return PullProgress(pull="regular", begin=begin.replace(microsecond=0), end=now)
    if _is_due(cursor, settings, zone, now):
        return PullProgress(pull="nightly", begin=_back(now, days=settings.nightly_days), end=now)
    return None


def finished(cursor: Cursor, span: PullProgress, zone: ZoneInfo) -> None:
    """Save in the cursor that a pull is finished."""
    if span.pull == "nightly" or cursor.until is None:
        cursor.nightly = day_of(span.end, zone)
    if span.pull == "regular":
        cursor.until = span.end
    cursor.span = None


def _back(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _is_due(cursor: Cursor, settings: Open311Settings, zone: ZoneInfo, now: datetime) -> bool:
    """Whether the nightly catch-up is due: once a local day, from `nightly_hour` on."""
    late_enough = now.astimezone(zone).time() >= time(settings.nightly_hour)
    return late_enough and cursor.nightly != day_of(now, zone)


def day_of(at: datetime, zone: ZoneInfo) -> str:
    """The local day, ISO."""
    return at.astimezone(zone).date().isoformat()


def asks_for_changes(cursor: Cursor, pull: Pull) -> bool:
    """Whether a pull filters by time of change: after the first pull, if the server supports it; never at night."""
    return pull == "regular" and cursor.until is not None and bool(cursor.capabilities.updated_after)
