"""One dead, one slow and one garbage-spewing source beside a good one: the good one's lag stays what it was."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from data import clock
from data.store.db.engine import open_engine
from data.store.db.migrate import migrate
from ingest.pipeline.pipeline import Pipeline
from ingest.runtime.poller import poll
from ingest.source import Delivery, Outcome, Raw, Record, SourceDown, Unreadable
from tests.bench.measure import Env, Result, median, p95
from tests.factories import a_city, calendars
from tests.ingest.sources.feed.feed import GROUND, SISIR_AT

EVERY_S = 0.1
"""The good source's pace: half of it is its usual lag."""
GARBAGE = 500
"""Unreadable records in each of the garbage source's deliveries."""


def measure(env: Env) -> list[Result]:
    """Lags of the good source alone, then beside the others, in one process with one store."""
    number = env.size(300, 60)
    alone = lags(env, "alone", number, [])
    beside = lags(env, "beside", number, [Dead(), Slow(), Garbage()])
    return [
        Result("good source's lag beside three bad, median", median(beside), "ms", None, median(alone)),
        Result(
            "good source's lag beside three bad, p95",
            p95(beside) / p95(alone),
            "times",
            1.5,
            note=f"{p95(alone):.0f} to {p95(beside):.0f} ms",
        ),
    ]


def lags(env: Env, name: str, number: int, others: list[Bad]) -> list[float]:
    """Milliseconds from a record being there to its commit."""
    engine = open_engine(f"sqlite:///{env.folder / name}.db")
    migrate(engine)
    good = Good(number)
    with polled([good, *others], Pipeline(engine, a_city(), calendars(), GROUND)):
        dice = random.Random(1)
        for _ in range(number):
            time.sleep(dice.uniform(0.03, 0.17))
            good.offer()
        if not good.done.wait(60):
            raise RuntimeError(f"{len(good.lags)} of {number} records arrived within a minute")
    engine.dispose()
    return good.lags


@contextmanager
def polled(sources: list[Good | Bad], pipeline: Pipeline) -> Iterator[None]:
    """Each by a thread of its own, as `run.py jobs` does."""
    stop = threading.Event()
    work = [
        threading.Thread(target=partial(poll, each, pipeline, f"bench:{n}", stop)) for n, each in enumerate(sources)
    ]
    for thread in work:
        thread.start()
    yield
    stop.set()
    for thread in work:
        thread.join()


class Bad:
    """A source that brings nothing good."""

    name = "bad"
    every_s = EVERY_S

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        return iter(())

    def read(self, raw: Raw, now: datetime) -> Record:
        raise Unreadable("garbage")


class Dead(Bad):
    name = "dead"

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        raise SourceDown("nobody answers")


class Slow(Bad):
    name = "slow"

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        time.sleep(2)
        yield Delivery((), None)


class Garbage(Bad):
    """Never the same garbage twice."""

    name = "garbage"

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        first = int(cursor or 0)
        raws = tuple(Raw(f"{first + n}", {"x": "\x00" * 200}) for n in range(GARBAGE))
        yield Delivery(raws, str(first + GARBAGE), more=True)


class Good:
    """Has a record whenever one is offered."""

    name, every_s = "good", EVERY_S

    def __init__(self, number: int) -> None:
        self._guard, self._number = threading.Lock(), number
        self._offered: list[float] = []
        self.lags: list[float] = []
        self.done = threading.Event()

    def offer(self) -> None:
        """There is one more."""
        with self._guard:
            self._offered.append(time.monotonic())

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        with self._guard:
            there = len(self._offered)
        raws = tuple(Raw(str(n), {}) for n in range(int(cursor or 0), there))
        if raws:
            yield Delivery(raws, str(there), on_stored=self.stored)

    def read(self, raw: Raw, now: datetime) -> Record:
        lat, lon = SISIR_AT
        return Record(
            external_id=raw.external_id, received_at=clock.now(), category="sampah", title="Sampah", lat=lat, lon=lon
        )

    def stored(self, outcomes: Mapping[str, Outcome]) -> None:
        at = time.monotonic()
        self.lags += [(at - self._offered[int(external_id)]) * 1000 for external_id in outcomes]
        if len(self.lags) >= self._number:
            self.done.set()
