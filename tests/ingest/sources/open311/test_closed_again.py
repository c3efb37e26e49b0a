"""What a server says of an end that we know, step by step: each step twice, and each time by a process just started."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from data.store.cases.snapshots import snapshots
from data.store.db.engine import Engine, reading
from data.store.intake.rejected import waiting
from tests.ingest.doors import NOW, Hand, all_cases, pipeline
from tests.ingest.sources.open311.server import DAY, HOUR, CityServer, a_request, a_source, serving, zulu

BEGAN = NOW - 2 * DAY


@dataclass(frozen=True)
class Step:
    """From `hour` on the server says so; hours after receipt."""

    hour: int
    status: str
    updated: int | None
    updates: tuple[tuple[int, str], ...] = ()
    """Updates that it has got since, by hour."""
    more: Mapping[str, Any] = field(default_factory=dict)


CLOSED, OPEN = "closed", "open"
END, AGAIN = ["resolved", "closed"], ["reopened", "resolved", "closed"]


@dataclass(frozen=True)
class Tale:
    steps: tuple[Step, ...]
    kinds: list[str]
    hours: list[int] | None = None
    """None: some of them only when it was noticed."""
    cycle: int = 1
    state: str = "closed"


TALES: Mapping[str, Tale] = {
    "closed, and its moment moves": Tale((Step(3, CLOSED, 2), Step(5, CLOSED, 4), Step(41, CLOSED, 40)), END, [2, 2]),
    "closed, and its moment moves back": Tale(
        (Step(5, CLOSED, 4), Step(6, CLOSED, 3), Step(8, CLOSED, 7)), END, [4, 4]
    ),
    "reopened and closed again before anybody asked": Tale((Step(3, CLOSED, 2), Step(9, CLOSED, 8)), END, [2, 2]),
    "the same, and asked in between": Tale(
        (Step(3, CLOSED, 2), Step(5, OPEN, 4), Step(9, CLOSED, 8)), END + AGAIN, [2, 2, 4, 8, 8], 2
    ),
    "reopened and closed again, told by updates": Tale(
        (Step(3, CLOSED, 2), Step(9, CLOSED, 8, ((4, "REOPEN"), (8, "FIXED")))), [*END, "reopened", "resolved"],
        [2, 2, 4, 8], 2, "resolved",
    ),
    "reopened by an update, closed again without one": Tale(
        (Step(3, CLOSED, 2), Step(9, CLOSED, 8, ((4, "REOPEN"),)), Step(12, CLOSED, 11)),
        END + AGAIN, [2, 2, 4, 8, 8], 2,
    ),
    "reopened without an update, closed again by one": Tale(
        (Step(3, CLOSED, 2), Step(5, OPEN, 4), Step(9, CLOSED, 8, ((8, "FIXED"),)), Step(12, CLOSED, 11)),
        [*END, "reopened", "resolved"], [2, 2, 4, 8], 2, "resolved",
    ),
    "closed by an update, and its moment moves": Tale(
        (Step(3, CLOSED, 2, ((2, "CLOSED"),)), Step(5, CLOSED, 4), Step(41, CLOSED, 40)), ["closed"], [2]
    ),
    "rejected by an update, and its moment moves": Tale(
        (Step(3, CLOSED, 2, ((2, "DUPLICATE"),)), Step(41, CLOSED, 40)), ["rejected"], [2], 1, "rejected"
    ),
    "closed by an update that comes late": Tale(
        (Step(3, CLOSED, 2), Step(5, CLOSED, 4, ((4, "CLOSED"),)), Step(7, CLOSED, 6)), [*END, "closed"], [2, 2, 4]
    ),
    "no moments at all": Tale((Step(3, CLOSED, None), Step(9, CLOSED, None)), END),
    "no moments, reopened, closed again": Tale(
        (Step(3, CLOSED, None), Step(5, OPEN, None), Step(9, CLOSED, None)), END + AGAIN, None, 2
    ),
    "a moment at times": Tale(
        (Step(3, CLOSED, None), Step(5, CLOSED, 2), Step(7, CLOSED, None), Step(9, CLOSED, 8)), END
    ),
    "a moment lost": Tale((Step(3, CLOSED, 2), Step(5, CLOSED, None), Step(9, CLOSED, 8)), END, [2, 2]),
    "closed, its receipt corrected to before its end": Tale(
        (Step(3, CLOSED, 2), Step(5, CLOSED, 4, more={"requested_datetime": zulu(BEGAN + HOUR)})),
        [*END, "note"], [2, 2, 4],
    ),
}  # fmt: skip


@pytest.fixture
def city() -> Iterator[CityServer]:
    with serving(CityServer([a_request(1, BEGAN, agency_responsible="DLH")], updates=[])) as opened:
        yield opened


def say(city: CityServer, step: Step) -> None:
    """The server's answer from now on."""
    updated = None if step.updated is None else zulu(BEGAN + step.updated * HOUR)
    city.requests[0] |= {"status": step.status, "updated_datetime": updated, **step.more}
    assert city.updates is not None
    for hour, status in step.updates:
        update = {"update_id": hour, "service_request_id": "R-1", "status": status, "description": ""}
        city.updates.append({**update, "updated_datetime": zulu(BEGAN + hour * HOUR)})


def told(engine: Engine) -> list[tuple[str, float]]:
    """Kind and hour of all that ended it, opened it again or corrected it, in order of time."""
    with reading(engine) as conn:
        events = snapshots(conn, "dinas", ["R-1"])["R-1"].events
    later = [e for e in events if e.kind not in ("received", "dispatched")]
    return [(str(e.kind), (e.at - BEGAN) / HOUR) for e in sorted(later, key=lambda e: e.at)]


def take(city: CityServer, engine: Engine, cursor: str | None, hour: float) -> str | None:
    """A pull by a process that has just started."""
    hand = Hand(a_source(city, engine), pipeline(engine))
    hand.cursor = cursor
    hand.take(BEGAN + hour * HOUR)
    return hand.cursor


def take_twice(city: CityServer, engine: Engine, cursor: str | None, hour: float) -> str | None:
    """What is new, and then everything again, as in the night."""
    cursor = take(city, engine, cursor, hour)
    take(city, engine, None, hour + 0.2)
    return cursor


@pytest.mark.parametrize("name", TALES)
def test_an_end_is_told_once_and_stays_until_it_is_taken_back(name: str, city: CityServer, sqlite_engine: Engine):
    tale = TALES[name]
    cursor = take(city, sqlite_engine, None, 1)
    for step in tale.steps:
        say(city, step)
        cursor = take_twice(city, sqlite_engine, cursor, step.hour)
        before = all_cases(sqlite_engine), told(sqlite_engine)
        cursor = take_twice(city, sqlite_engine, cursor, step.hour + 0.4)
        assert (all_cases(sqlite_engine), told(sqlite_engine)) == before, step
    found = told(sqlite_engine)
    assert [kind for kind, _ in found] == tale.kinds
    if tale.hours is not None:
        assert [at for _, at in found] == tale.hours
    (row,) = all_cases(sqlite_engine)
    assert (row["state"], row["cycle"]) == (tale.state, tale.cycle)


def test_a_receipt_that_moves_behind_the_end_that_we_know_leaves_the_case_as_it_is(
    city: CityServer, sqlite_engine: Engine
):
    cursor = take(city, sqlite_engine, None, 1)
    say(city, Step(3, CLOSED, 2))
    cursor = take(city, sqlite_engine, cursor, 3)
    ended = all_cases(sqlite_engine)[0]["ended_at"]
    for hour in (9, 12):
        say(city, Step(hour, CLOSED, hour - 1, more={"requested_datetime": zulu(BEGAN + 6 * HOUR)}))
        cursor = take(city, sqlite_engine, cursor, hour)
        (row,) = all_cases(sqlite_engine)
        assert (row["state"], row["cycle"], row["received_at"], row["ended_at"]) == ("closed", 1, BEGAN, ended)
        with reading(sqlite_engine) as conn:
            assert not waiting(conn)
