"""Among Kota's guide: 5,000 places and 2,000 entries of the agenda; what a board asks of them, and filling them in."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from data import clock
from data.domain.guide.nouns import PlaceKind
from data.reference.places.villages import VILLAGES
from data.store.db.engine import Connection, Engine, open_engine, reading
from data.store.db.migrate import migrate
from data.store.guide import conditions, forecasts, occurrences, places, public
from ingest.guide_record import GuideRecord
from ingest.source import Delivery, Raw
from ingest.sources.guide_simulator.days import forecasts as simulated_forecasts
from tests.bench.measure import Env, Result, median, p95, timed
from tests.bench.stock import the_pipeline

PLACES, ENTRIES, OBSERVED = 5_000, 2_000, 300
LIMIT_MS = 20.0
"""All the reads of one board."""
BATCH = 250
ZONE = ZoneInfo("Asia/Jakarta")
_CATEGORIES = ("rekreasi", "edukasi", "alam", "kuliner", "oleh_oleh", "parkir")


class GuideStock:
    """Invented places, entries and observations, as a source tells them."""

    name = "stok_kota"
    every_s = 3600.0

    def __init__(self, now: datetime) -> None:
        self._now, self._chance = now.replace(microsecond=0), random.Random(5)

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        every = [*self._places(), *self._entries(), *self._observed(), *simulated_forecasts(self._now, ZONE, 5)]
        for first in range(0, len(every), BATCH):
            part = every[first : first + BATCH]
            yield Delivery(tuple(Raw(each["external_id"], each) for each in part), None, history=True)

    def read(self, raw: Raw, now: datetime) -> GuideRecord:
        return GuideRecord.model_validate(raw.payload)

    def _near(self) -> tuple[float, float]:
        village = self._chance.choice(VILLAGES)
        spread = self._chance.gauss
        return village.inside_lat + spread(0, 0.004), village.inside_lon + spread(0, 0.004)

    def _places(self) -> Iterator[dict[str, Any]]:
        for n in range(PLACES):
            lat, lon = self._near()
            kind = {"place_kind": "business"} if n % 3 else {}
            category = self._chance.choice(_CATEGORIES)
            yield {
                "kind": "place", "external_id": f"p{n}", "name": f"Tempat {n}", "category": category,
                "lat": lat, "lon": lon, "opening_hours": "Mo-Su 08:00-17:00", "text": "Keterangan singkat.", **kind,
            }  # fmt: skip

    def _entries(self) -> Iterator[dict[str, Any]]:
        for n in range(ENTRIES):
            begins = self._now + timedelta(hours=self._chance.uniform(-24 * 30, 24 * 120))
            weekly = {"rule": "FREQ=WEEKLY"} if n % 4 == 0 else {}
            yield {
                "kind": "agenda", "external_id": f"a{n}", "name": f"Acara {n}", "starts_at": begins.isoformat(),
                "ends_at": (begins + timedelta(hours=3)).isoformat(), "place": f"p{self._chance.randrange(PLACES)}",
                "expected": self._chance.randrange(50, 5_000), **weekly,
            }  # fmt: skip

    def _observed(self) -> Iterator[dict[str, Any]]:
        for n in range(OBSERVED * 20):  # twenty observations of each thing: the past stays
            at = self._now - timedelta(minutes=20 - n // OBSERVED)
            yield {
                "kind": "condition", "external_id": f"k{n % OBSERVED}", "condition": "parkir", "at": at.isoformat(),
                "place": f"p{n % OBSERVED}", "free": n % 50, "capacity": 50, "observed_by": "Mesin",
            }  # fmt: skip


def measure(env: Env) -> list[Result]:
    """Fill a store, then ask as a board does."""
    engine = open_engine(f"sqlite:///{env.folder}/guide.db")
    migrate(engine)
    try:
        filled = fill(engine)
        return [*filled, *reads(engine)]
    finally:
        engine.dispose()


def fill(engine: Engine) -> list[Result]:
    """By the pipeline, as a file is imported."""
    now, pipeline = clock.now(), the_pipeline(engine)
    stock, took, longest = GuideStock(now), 0.0, 0.0
    number = 0
    for delivery in stock.fetch(None, now):
        start = time.perf_counter()
        outcomes = pipeline.write_delivery(stock, delivery, now)
        ms = (time.perf_counter() - start) * 1000
        assert not [each.reason for each in outcomes if each.reason]
        took, longest, number = took + ms, max(longest, ms), number + len(outcomes)
    return [
        Result("guide.fill.records", number / took * 1000, "/s", None),
        Result("guide.fill.longest", longest, "ms", None),
    ]


def board(conn: Connection, now: datetime) -> int:
    """What the wall of the city asks, at the least."""
    found = [
        occurrences.between(conn, now, now + timedelta(hours=24), most=40),
        conditions.current(conn, now),
        forecasts.forecasts(conn, now),
        places.counts(conn),
    ]
    return sum(map(len, found))


def reads(engine: Engine) -> list[Result]:
    """Each of them and all together, on a warm store."""
    now = clock.now()
    asked: dict[str, Callable[[Connection], Any]] = {
        "board": lambda conn: board(conn, now),
        "occurrences": lambda conn: occurrences.between(conn, now, now + timedelta(hours=24), most=40),
        "conditions": lambda conn: conditions.current(conn, now),
        "forecasts": lambda conn: forecasts.forecasts(conn, now),
        "public_places": lambda conn: public.public_places(conn, kinds=[PlaceKind.TOURISM], most=200),
        "month": lambda conn: occurrences.between(conn, now, now + timedelta(days=30), most=500),
    }
    results = []
    for name, ask in asked.items():
        with reading(engine) as conn:
            times = timed(partial(ask, conn), 40)
        results.append(Result(f"guide.{name}.p50", median(times), "ms", LIMIT_MS if name == "board" else None))
        results.append(Result(f"guide.{name}.p95", p95(times), "ms", None))
    return results
