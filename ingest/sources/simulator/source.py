"""A believable city: reports come in, agencies answer, some late, one not at all. Everything is marked DEMO.

Nothing is kept but the cursor: what is due follows from the seed and the time (see `simulated.plan`). At the first
start the last weeks come as a history, so that the walls are alive and have usual weekdays to compare with.
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
from ingest.pipeline.drafts import ENDED, FRESH
from ingest.settings import Around, SourceSettings
from ingest.source import Delivery, Raw, Record
from ingest.sources.simulator.agencies import LONGEST, Agencies, Step
from ingest.sources.simulator.places import Places
from ingest.sources.simulator.plan import HOUR, Life, Planner, Stretch

BATCH = 1000
MANY = 40
"""With more due at once than this (the first start, a pause) it is stored in bulk."""
LEAD = timedelta(minutes=45)
"""How long before the first start the accelerated stream begins, so that its cases are in every state at once."""
LASTS = timedelta(hours=12)
"""Every accelerated life has ended by then."""
MISSED = timedelta(days=2)
"""After a longer pause the accelerated stream's reports of the time before are left out."""


class SimulatorSettings(SourceSettings):
    """The simulated city."""

    kind: Literal["simulator"]
    seed: int = 2018
    """Another seed, another city: everything that happens follows from it and from the time."""
    per_day: float = Field(default=75, gt=0, le=2000)
    """Reports on a weekday at the city's own rhythm."""
    warm_up_days: int = Field(default=35, ge=1, le=400)
    """How many days of history come at the first start."""
    pace: float = Field(default=1, ge=0, le=20)
    """How much the live part is accelerated: 1 is an event about every ten seconds, some twelve times a real day;
    0 leaves the city's own rhythm alone."""
    silent: tuple[str, ...] = ()
    """Agencies that look at their reports only once in `silent_days` days, and then at the old ones."""
    silent_days: int = Field(default=6, ge=1, le=30)


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where the telling stands."""

    first: date
    """The first day of the history."""
    started: datetime
    at: datetime
    """Everything up to this moment was told."""
    until: datetime | None = None
    """Of a telling that takes several deliveries: up to when it goes, and how many lives are told."""
    told: int = 0

    def text(self) -> str:
        """As it is kept."""
        until = self.until.timestamp() if self.until else None
        return json.dumps([self.first.isoformat(), self.started.timestamp(), self.at.timestamp(), until, self.told])


class Simulator:
    """The source."""

    def __init__(self, name: str, settings: SimulatorSettings, around: Around) -> None:
        self.name, self.every_s = name, settings.every_s
        self._settings, self._zone = settings, ZoneInfo(around.city.timezone)
        self._classes = around.city.classes
        agencies = Agencies(around.city, around.calendars, settings.silent, settings.silent_days)
        places = Places(around.boundaries)
        self._planner = Planner(agencies, places, around.city.categories, self._zone, settings.seed)
        self._days: dict[date, Stretch] = {}
        self._hours: dict[datetime, Stretch] = {}

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """What happened since; at first the last weeks."""
        at = self._cursor(cursor, now)
        until = at.until or now
        lives = self._due(at, until)
        for begin in range(at.told, len(lives), BATCH):
            end = min(begin + BATCH, len(lives))
            raws = tuple(self._raw(life, at.at, until) for life in lives[begin:end])
            going = _Cursor(at.first, at.started, at.at, until, end)
            done = _Cursor(at.first, at.started, until)
            after = done if end == len(lives) else going
            yield Delivery(raws, after.text(), more=end < len(lives) or until < now, history=len(lives) > MANY)
        if at.told >= len(lives) and (at.until or cursor is None):
            yield Delivery((), _Cursor(at.first, at.started, until).text(), more=until < now)

    def read(self, raw: Raw, now: datetime) -> Record:
        """The record: the simulator speaks our language."""
        return Record.model_validate(raw.payload)

    def _cursor(self, cursor: str | None, now: datetime) -> _Cursor:
        if cursor is None:
            first = now.astimezone(self._zone).date() - timedelta(days=self._settings.warm_up_days)
            return _Cursor(first, now, datetime.combine(first, time(0), self._zone).astimezone(UTC))
        first_day, started, at, until, told = json.loads(cursor)
        moments = [None if each is None else datetime.fromtimestamp(each, UTC) for each in (started, at, until)]
        assert moments[0] is not None
        assert moments[1] is not None
        return _Cursor(date.fromisoformat(first_day), moments[0], moments[1], moments[2], told)

    def _due(self, at: _Cursor, until: datetime) -> list[Life]:
        """Lives of which there is news, by receipt."""
        lives = [life for day in self._days_of(at, until) for life in self._day(day).between(at.at, until)]
        if self._settings.pace > 0:
            lives += self._accelerated(at, until)
        told = (life for life in lives if life.until is None or life.until > until)
        return sorted(told, key=lambda life: life.report.at)

    def _days_of(self, at: _Cursor, until: datetime) -> list[date]:
        """Days whose lives may still go on."""
        begin = max(at.first, (at.at - LONGEST).astimezone(self._zone).date())
        end = until.astimezone(self._zone).date()
        self._days = {day: stretch for day, stretch in self._days.items() if day >= begin}
        return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]

    def _day(self, day: date) -> Stretch:
        if day not in self._days:
            self._days[day] = self._planner.day(day, self._settings.per_day)
        return self._days[day]

    def _accelerated(self, at: _Cursor, until: datetime) -> list[Life]:
        """Lives told before go on; after a long pause only what is recent is new."""
        begin, recent = at.started - LEAD, until - MISSED
        first = max(begin, at.at - LASTS).replace(minute=0, second=0, microsecond=0)
        hours = [first + HOUR * n for n in range((until - first) // HOUR + 1)]
        hours = [hour for hour in hours if hour <= at.at or hour > recent - HOUR]
        self._hours = {hour: self._hours.get(hour) or self._planner.hour(hour, self._settings.pace) for hour in hours}
        lives = [life for hour in hours for life in self._hours[hour].between(at.at, until)]
        told = (life for life in lives if life.report.at <= at.at or life.report.at > recent)
        return [life for life in told if life.report.at >= begin]

    def _raw(self, life: Life, told: datetime, until: datetime) -> Raw:
        """A case as it stands at `until`; it is new when it came in after `told`."""
        report = life.report
        steps = [step for step in life.steps if step.at <= until]
        fresh = until - report.at < FRESH and not any(step.kind in ENDED for step in steps)
        if fresh or report.at <= told:  # the pipeline dispatches what is critical by itself, and folds what it knows
            steps = [step for step in steps if step.kind is not EventKind.DISPATCHED or step.by is not ActorKind.SYSTEM]
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
            "events": [_event(step) for step in steps],
        }
        if report.category == "pertanian" and "informasi" in self._classes:
            payload["service_class"] = "informasi"
        return Raw(report.external_id, payload)


def _event(step: Step) -> dict[str, Any]:
    event = {"at": step.at.isoformat(), "kind": step.kind, "actor_kind": step.by, "actor": step.actor}
    return event | {key: value for key in ("agency", "reason", "text") if (value := getattr(step, key)) is not None}
