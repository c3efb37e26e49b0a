"""The guide of the demonstration: the best-known places, and a played agenda, conditions and forecast.

Everything but the places is marked DEMO. What is told follows from the seed and the time; the cursor says what was told
last, so that each observation comes once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from ingest.guide_record import GuideRecord
from ingest.settings import SourceContext, SourceSettings
from ingest.source import Delivery, Raw
from ingest.sources.guide_simulator.days import (
    agenda,
    businesses,
    crowds,
    forecasts,
    parking,
    places,
    roads,
)

_EVERY = {
    "agenda": timedelta(days=30),
    "forecast": timedelta(hours=6),
    "parking": timedelta(minutes=5),
    "crowds": timedelta(minutes=15),
    "roads": timedelta(minutes=30),
}
"""How often each is told."""
_PLAYED = {"forecast": forecasts, "parking": parking, "crowds": crowds, "roads": roads}


class GuideSimulatorSettings(SourceSettings):
    """The simulated guide."""

    kind: Literal["guide_simulator"]
    seed: int = 2018


class GuideSimulator:
    """The source."""

    def __init__(self, name: str, settings: GuideSimulatorSettings, context: SourceContext) -> None:
        self.name, self.every_s = name, settings.every_s
        self._seed, self._zone = settings.seed, ZoneInfo(context.city.timezone)

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """Places and agenda once a month, the others as often as each is told."""
        last = {name: datetime.fromtimestamp(at, UTC) for name, at in (json.loads(cursor) if cursor else {}).items()}
        told: list[dict[str, Any]] = []
        for name, every in _EVERY.items():
            at = _step(now, every)
            if name in last and last[name] >= at:
                continue
            last[name] = at
            if name == "agenda":
                told += [*places(), *businesses(), *agenda(now, self._zone)]
            else:
                told += _PLAYED[name](at, self._zone, self._seed)
        if told:
            raws = tuple(Raw(each["external_id"], each) for each in told)
            after = json.dumps({name: at.timestamp() for name, at in last.items()})
            yield Delivery(raws, after, history=True)

    def read(self, raw: Raw, now: datetime) -> GuideRecord:
        """The payload is a GuideRecord already."""
        return GuideRecord.model_validate(raw.payload)


def _step(now: datetime, every: timedelta) -> datetime:
    """The last whole step."""
    seconds = int(every.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
