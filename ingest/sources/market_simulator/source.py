"""A simulated market as a source: seasons, an apple glut, a crash, one buyer who pays half. All of it is marked DEMO.

The only state is the cursor: what happens follows from the seed, the first day and the time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from ingest.market_record import MarketRecord
from ingest.settings import SourceContext, SourceSettings
from ingest.source import Delivery, Raw
from ingest.sources.market_simulator.days import Days, Payload

BATCH = 250
MANY = 40
"""A fetch with more records than this is stored in bulk."""


class MarketSimulatorSettings(SourceSettings):
    """The simulated market."""

    kind: Literal["market_simulator"]
    seed: int = 2018
    per_day: float = Field(default=30, gt=0, le=2000)
    """Offers on a day."""
    warm_up_days: int = Field(default=90, ge=1, le=800)
    """Days of history at the first start; the story of glut, crash and pressing buyer takes 90."""


class MarketSimulator:
    """The source."""

    def __init__(self, name: str, settings: MarketSimulatorSettings, context: SourceContext) -> None:
        self.name, self.every_s = name, settings.every_s
        self._settings, self._zone = settings, ZoneInfo(context.city.timezone)
        self._commodities = context.city.market.commodities
        self._planner: tuple[date, Days] | None = None
        self._days: dict[date, list[Payload]] = {}

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """What happened since the cursor; at the first start the last months."""
        first, at = self._at(cursor, now)
        due = [each for day in self._span(at, now) for each in self._day(first, day) if _is_due(each, at, now)]
        due.sort(key=lambda each: (each["at"], each["external_id"]))
        for begin in range(0, max(1, len(due)), BATCH):
            part = due[begin : begin + BATCH]
            is_last = begin + BATCH >= len(due)
            # what has the moment of the last one comes again, and is known
            until = now if is_last else datetime.fromisoformat(part[-1]["at"]) - timedelta(seconds=1)
            raws = tuple(Raw(each["external_id"], each) for each in part)
            yield Delivery(raws, _cursor(first, until), more=not is_last, history=len(due) > MANY)

    def read(self, raw: Raw, now: datetime) -> MarketRecord:
        """The payload is a MarketRecord already."""
        return MarketRecord.model_validate(raw.payload)

    def _at(self, cursor: str | None, now: datetime) -> tuple[date, datetime]:
        if cursor is not None:
            first, at = json.loads(cursor)
            return date.fromisoformat(first), datetime.fromtimestamp(at, UTC)
        begin = now.astimezone(self._zone).date() - timedelta(days=self._settings.warm_up_days)
        return begin, datetime.combine(begin, time(0), self._zone).astimezone(UTC)

    def _span(self, at: datetime, now: datetime) -> list[date]:
        """Days that may have something: what was offered yesterday may be sold tonight."""
        begin, end = at.astimezone(self._zone).date() - timedelta(days=1), now.astimezone(self._zone).date()
        self._days = {day: found for day, found in self._days.items() if day >= begin}
        return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]

    def _day(self, first: date, day: date) -> list[Payload]:
        if day < first:
            return []
        if self._planner is None or self._planner[0] != first:
            self._planner = (first, Days(self._commodities, self._zone, self._settings.seed, first))
        if day not in self._days:
            self._days[day] = self._planner[1].day(day, self._settings.per_day)
        return self._days[day]


def _is_due(payload: Payload, at: datetime, now: datetime) -> bool:
    return at < datetime.fromisoformat(payload["at"]) <= now


def _cursor(first: date, at: datetime) -> str:
    return json.dumps([first.isoformat(), at.timestamp()])
