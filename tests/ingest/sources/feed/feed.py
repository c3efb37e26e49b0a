"""A source made of plain payloads, and looking at what became of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from data.domain.cases.model import CaseEvent, EventKind
from data.domain.sla.case_status import CaseStatus, case_status
from data.reference.boundaries.areas import Boundaries
from data.reference.boundaries.cells import schematic
from data.reference.places.villages import by_code
from data.store.cases import cases
from data.store.cases.cases import StoredCase
from data.store.db.engine import Engine, reading
from data.store.db.schema.cases import case, change, reporter
from data.texts import texts
from ingest.pipeline.pipeline import Pipeline
from ingest.source import Delivery, Outcome, Raw, Record, SourceDown
from tests.factories import NOW, SISIR, a_city, calendars, terms_of
from tests.ingest.one_record import write_one

GROUND: Boundaries = schematic()
SISIR_AT = (by_code[SISIR].office_lat, by_code[SISIR].office_lon)
LONG_AGO = NOW - timedelta(days=90)


def a_payload(external_id: str = "1", **changes: Any) -> dict[str, Any]:
    """A report of a broken road in Sisir, just now; its words speak of emergencies, too."""
    plain = {
        "external_id": external_id,
        "received_at": NOW,
        "category": "jalan_rusak",
        "title": "Jalan berlubang",
        "text": "Lubang besar, pohon tumbang, tebing longsor di depan pasar.",
        "lat": SISIR_AT[0],
        "lon": SISIR_AT[1],
    }
    return plain | changes


def a_raw(external_id: str = "1", **changes: Any) -> Raw:
    """The same, as delivered."""
    return Raw(external_id, a_payload(external_id, **changes))


def old(external_id: str = "1", **changes: Any) -> Raw:
    """A report of three months ago: it goes in bulk."""
    return a_raw(external_id, **{"received_at": LONG_AGO} | changes)


def happened(kind: str, at: datetime, **more: Any) -> dict[str, Any]:
    """An event as a payload has it, by a person of the agency."""
    return {"kind": kind, "at": at, "actor_kind": "agency"} | more


class Feed:
    """Hands over what it was given; every fetch starts at the cursor, a number of records."""

    def __init__(self, *raws: Raw, name: str = "umpan", size: int = 1000, history: bool = False) -> None:
        self.name, self.every_s = name, 0.02
        self.raws, self._size, self._history = list(raws), size, history
        self.down: str | None = None
        self.fetched = 0
        self.told: dict[str, str] = {}
        self.before_fetch: Callable[[], None] = lambda: None

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        self.fetched += 1
        self.before_fetch()
        if self.down:
            raise SourceDown(self.down)
        first = int(cursor or 0)
        for begin in range(first, len(self.raws), self._size):
            some = tuple(self.raws[begin : begin + self._size])
            yield Delivery(some, str(begin + len(some)), history=self._history, on_stored=self.stored)

    def read(self, raw: Raw, now: datetime) -> Record:
        return Record.model_validate(raw.payload)

    def stored(self, outcomes: Mapping[str, Outcome]) -> None:
        self.told |= {external_id: str(outcome.kind) for external_id, outcome in outcomes.items()}


FEED = Feed()


def a_pipeline(engine: Engine) -> Pipeline:
    return Pipeline(engine, a_city(), calendars(), GROUND)


def a_delivery(*raws: Raw, cursor: str = "1", **more: Any) -> Delivery:
    """A history."""
    return Delivery(raws, cursor, history=True, **more)


def took(engine: Engine, external_id: str = "1", now: datetime = NOW, **changes: Any) -> str:
    """Take one payload; what became of it."""
    outcome = write_one(a_pipeline(engine), FEED, a_raw(external_id, **changes), now)
    return f"{outcome.kind}: {texts('id').stored_sentence(outcome.reason)}" if outcome.reason else str(outcome.kind)


def the_case(engine: Engine, external_id: str = "1") -> StoredCase:
    with reading(engine) as conn:
        found = cases.find(conn, FEED.name, external_id)
    assert found is not None
    return found


def its_events(engine: Engine, external_id: str = "1") -> tuple[CaseEvent, ...]:
    with reading(engine) as conn:
        return cases.events_of(conn, the_case(engine, external_id).id)


def its_kinds(engine: Engine, external_id: str = "1") -> list[EventKind]:
    return [event.kind for event in its_events(engine, external_id)]


def its_reporter(engine: Engine, external_id: str = "1") -> Any:
    with reading(engine) as conn:
        return conn.execute(
            select(reporter).where(reporter.c.case_id == the_case(engine, external_id).id)
        ).one_or_none()


def recomputed_status(engine: Engine, external_id: str = "1", now: datetime = NOW) -> CaseStatus:
    """Where the case stands by its stored events alone."""
    found = the_case(engine, external_id)
    return case_status(its_events(engine, external_id), cases.terms_for(found, terms_of()), now)


def stored_ids(engine: Engine) -> list[str]:
    with reading(engine) as conn:
        return list(conn.execute(select(case.c.external_id).order_by(case.c.id)).scalars())


def changes(engine: Engine) -> list[tuple[str, int]]:
    """Kind and count of every change."""
    with reading(engine) as conn:
        return [(row.kind, row.count) for row in conn.execute(select(change).order_by(change.c.seq))]


def how_many(engine: Engine) -> int:
    with reading(engine) as conn:
        return conn.execute(select(func.count()).select_from(case)).scalar_one()


def until(said: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something that threads bring about."""
    waiting = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if said():
            return
        waiting.wait(0.01)
    raise AssertionError("it did not come about in time")
