"""What the tests of sources stand on: the configured city, the real recordings, and a hand that takes deliveries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.config.load import Config, load
from data.domain.sla.calendars import Calendars, build_calendars
from data.reference.boundaries.areas import Boundaries
from data.reference.boundaries.cells import schematic
from data.reference.holidays import joint_leave, national
from data.store.db.engine import Connection, Engine, reading
from data.store.db.schema.cases import case, case_event
from data.texts import texts
from ingest.pipeline.pipeline import Pipeline
from ingest.settings import SourceContext
from ingest.source import Outcome, Source, outcomes_by_id
from ingest.sources.kinds import build

ROOT = Path(__file__).resolve().parents[2]
WIB = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
"""Tuesday 24 November 2026, 11:00 WIB."""


@cache
def config() -> Config:
    """config.yaml of this repository."""
    return load(ROOT / "config.yaml", date(2026, 11, 24))


@cache
def long_calendars() -> Calendars:
    """Of the configured city, from before the oldest recording on."""
    years = range(2013, 2029)
    first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    return build_calendars(config().city, national(years), joint_leave(years), first, last)


@cache
def ground() -> Boundaries:
    """The schematic cells."""
    return schematic()


def around(engine: Engine, home: Path) -> SourceContext:
    """The configured city, in a home of this test's own."""
    return SourceContext(config().city, long_calendars(), ground(), engine, ROOT, home)


def pipeline(engine: Engine) -> Pipeline:
    """The real one."""
    return Pipeline(engine, config().city, long_calendars(), ground())


def configured(name: str, about: SourceContext, **changes: Any) -> Source:
    """A source of config.yaml, some of its settings changed."""
    settings = config().sources[name]
    changed = type(settings).model_validate({**settings.model_dump(), **changes})
    return build(name, changed, about)


class Hand:
    """Takes what a source delivers, as the poller does, and remembers cursor and outcomes."""

    def __init__(self, source: Source, taker: Pipeline) -> None:
        self.source, self.taker = source, taker
        self.cursor: str | None = None
        self.outcomes: list[Outcome] = []
        self.remark = ""

    def take(self, now: datetime = NOW) -> Counter[str]:
        """All that is there now; how often each outcome. What the last delivery says is kept as a sentence."""
        counted: Counter[str] = Counter()
        self.remark = ""
        for delivery in self.source.fetch(self.cursor, now):
            outcomes = self.taker.write_delivery(self.source, delivery, now)
            if delivery.on_stored is not None:
                delivery.on_stored(outcomes_by_id(outcomes))
            self.cursor = delivery.cursor
            self.remark = texts("id").sentence(delivery.remark or "")
            self.outcomes += outcomes
            counted += Counter(str(outcome.kind) for outcome in outcomes)
        return counted

    def take_and_die(self, deliveries: int, now: datetime = NOW) -> None:
        """Store so many deliveries; the process dies before it can tell the source of the last one."""
        for number, delivery in enumerate(self.source.fetch(self.cursor, now), 1):
            outcomes = self.taker.write_delivery(self.source, delivery, now)
            self.cursor = delivery.cursor
            if number == deliveries:
                return
            if delivery.on_stored is not None:
                delivery.on_stored(outcomes_by_id(outcomes))


def cases(conn: Connection) -> list[Mapping[str, Any]]:
    """All of them, as stored, by external id."""
    return [dict(row) for row in conn.execute(case.select().order_by(case.c.external_id)).mappings()]


def all_cases(engine: Engine) -> list[Mapping[str, Any]]:
    """All of them, as stored, by external id."""
    with reading(engine) as conn:
        return cases(conn)


def all_events(engine: Engine, kind: str) -> list[Mapping[str, Any]]:
    """All events of one kind."""
    with reading(engine) as conn:
        return [dict(r) for r in conn.execute(case_event.select().where(case_event.c.kind == kind)).mappings()]
