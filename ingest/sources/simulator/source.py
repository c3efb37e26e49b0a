"""A simulated city as a source: reports come in, agencies answer, some late, one not at all. All cases are marked DEMO.

The only state is the cursor: the reports follow from the seed and the time (see `plan`). The first fetch delivers the
last weeks as a history at the pace of the live part, so that the walls have open cases and usual weekdays that the
present day can be compared with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from data.domain.cases.model import ActorKind, EventKind
from ingest.pipeline.drafting.drafts import ENDED, FRESH
from ingest.settings import SourceContext, SourceSettings
from ingest.source import Delivery, Raw, Record
from ingest.sources.simulator.agencies import LONGEST, AgencySimulator, SimulatedEvent
from ingest.sources.simulator.places import Places
from ingest.sources.simulator.plan import HOUR, Period, Planner, SimulatedCase

BATCH = 1000
MANY = 40
"""A fetch with more cases than this (the first start, after a pause) is stored in bulk."""
LASTS = timedelta(hours=12)
"""Every accelerated case has ended after this time."""


class SimulatorSettings(SourceSettings):
    """The simulated city."""

    kind: Literal["simulator"]
    seed: int = 2018
    """Everything that happens follows from the seed and the time."""
    per_day: float = Field(default=75, gt=0, le=2000)
    """Reports on a weekday at the normal pace."""
    warm_up_days: int = Field(default=30, ge=1, le=400)
    """Days of history at the first start."""
    pace: float = Field(default=0.5, ge=0, le=20)
    """The acceleration of history and live part alike: 1 is an event about every ten seconds, some twelve times a real
    day; 0 is the normal pace only."""
    silent: tuple[str, ...] = ()
    """Agencies that handle their reports only once in `silent_days` days, and then only the old ones."""
    silent_days: int = Field(default=6, ge=1, le=30)


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The progress of the simulation."""

    first: date
    """The first day of the history."""
    at: datetime
    """Everything up to this moment was delivered."""
    until: datetime | None = None
    """For a fetch of several deliveries: its end, and in `sent` how many cases were delivered."""
    sent: int = 0

    def text(self) -> str:
        """The cursor as JSON text."""
        until = self.until.timestamp() if self.until else None
        return json.dumps([self.first.isoformat(), self.at.timestamp(), until, self.sent])


class Simulator:
    """The source."""

    def __init__(self, name: str, settings: SimulatorSettings, context: SourceContext) -> None:
        self.name, self.every_s = name, settings.every_s
        self._settings, self._zone = settings, ZoneInfo(context.city.timezone)
        self._classes = context.city.classes
        agencies = AgencySimulator(context.city, context.calendars, settings.silent, settings.silent_days)
        places = Places(context.boundaries)
        self._planner = Planner(agencies, places, context.city.categories, self._zone, settings.seed)
        self._days: dict[date, Period] = {}
        self._hours: dict[datetime, Period] = {}

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """Changes since the cursor; at the first start the last weeks."""
        at = self._cursor(cursor, now)
        until = at.until or now
        cases = self._due(at, until)
        for begin in range(at.sent, len(cases), BATCH):
            end = min(begin + BATCH, len(cases))
            raws = tuple(self._raw(case, at.at, until) for case in cases[begin:end])
            going = _Cursor(at.first, at.at, until, end)
            done = _Cursor(at.first, until)
            after = done if end == len(cases) else going
            yield Delivery(raws, after.text(), more=end < len(cases) or until < now, history=len(cases) > MANY)
        if at.sent >= len(cases) and (at.until or cursor is None):
            yield Delivery((), _Cursor(at.first, until).text(), more=until < now)

    def read(self, raw: Raw, now: datetime) -> Record:
        """The payload is a Record already."""
        return Record.model_validate(raw.payload)

    def _cursor(self, cursor: str | None, now: datetime) -> _Cursor:
        if cursor is None:
            first = now.astimezone(self._zone).date() - timedelta(days=self._settings.warm_up_days)
            return _Cursor(first, self._midnight(first))
        first_day, *_, at, until, sent = json.loads(cursor)  # an early release's has one moment more
        end = None if until is None else datetime.fromtimestamp(until, UTC)
        return _Cursor(date.fromisoformat(first_day), datetime.fromtimestamp(at, UTC), end, sent)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(0), self._zone).astimezone(UTC)

    def _due(self, at: _Cursor, until: datetime) -> list[SimulatedCase]:
        """Cases that changed, by receipt."""
        cases = [case for day in self._days_of(at, until) for case in self._day(day).between(at.at, until)]
        if self._settings.pace > 0:
            cases += self._accelerated(at, until)
        sent = (case for case in cases if case.until is None or case.until > until or case.report.at <= at.at)
        return sorted(sent, key=lambda case: case.report.at)

    def _days_of(self, at: _Cursor, until: datetime) -> list[date]:
        """Days whose cases may still be open."""
        begin = max(at.first, (at.at - LONGEST).astimezone(self._zone).date())
        end = until.astimezone(self._zone).date()
        self._days = {day: period for day, period in self._days.items() if day >= begin}
        return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]

    def _day(self, day: date) -> Period:
        if day not in self._days:
            self._days[day] = self._planner.day(day, self._settings.per_day)
        return self._days[day]

    def _accelerated(self, at: _Cursor, until: datetime) -> list[SimulatedCase]:
        """Changes of the accelerated stream: of known cases, and new cases."""
        first = max(self._midnight(at.first), at.at - LASTS).replace(minute=0, second=0, microsecond=0)
        cases: list[SimulatedCase] = []
        kept: dict[datetime, Period] = {}
        for hour in [first + HOUR * n for n in range((until - first) // HOUR + 1)]:
            period = self._hours.pop(hour, None) or self._planner.hour(hour, self._settings.pace)
            cases += period.between(at.at, until)
            if hour >= until - LASTS - HOUR:  # it may change again
                kept[hour] = period
        self._hours = kept
        return cases

    def _raw(self, case: SimulatedCase, sent: datetime, until: datetime) -> Raw:
        """A case at the moment `until`; it is new when it was received after `sent`."""
        report = case.report
        events = [event for event in case.events if event.at <= until]
        fresh = until - report.at < FRESH and not any(event.kind in ENDED for event in events)
        if fresh or report.at <= sent:  # the pipeline dispatches what is critical by itself, and folds what it knows
            events = [
                event for event in events if event.kind is not EventKind.DISPATCHED or event.by is not ActorKind.SYSTEM
            ]
        payload: dict[str, Any] = {
            "external_id": report.external_id,
            "received_at": report.at.isoformat(),
            "category": report.category,
            "title": report.title,
            "text": report.text,
            "lat": report.lat,
            "lon": report.lon,
            "address": report.address,
            "demo": True,
            "events": [_event(event) for event in events],
        }
        if report.category == "pertanian" and "informasi" in self._classes:
            payload["service_class"] = "informasi"
        return Raw(report.external_id, payload)


def _event(event: SimulatedEvent) -> dict[str, Any]:
    cells = {"at": event.at.isoformat(), "kind": event.kind, "actor_kind": event.by, "actor": event.actor}
    return cells | {key: value for key in ("agency", "reason", "text") if (value := getattr(event, key)) is not None}
