"""What breaches next, by working time left."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from data.domain.cases.model import EventKind
from data.domain.figures.boards import Countdown, SlaWall
from data.domain.sla.case_status import case_status
from data.domain.sla.terms import terms
from data.store.cases.cases import insert_case
from data.store.db.engine import Engine, reading, writing
from data.store.queries import sla_wall
from tests.factories import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_case,
    a_city,
    a_history,
    calendars,
    event,
    stored,
    two_calendar_versions,
)


def given(engine: Engine, at: datetime, category: str = "jalan_rusak", **later: timedelta) -> int:
    agency = a_city().categories[category].agency
    with writing(engine) as conn:
        return stored(conn, a_case(category), a_history(at, agency, **later))


def asked(engine: Engine, limit: int = 5, now: datetime = NOW) -> SlaWall:
    with reading(engine) as conn:
        return sla_wall.ask(conn, a_city(), calendars(), now, limit)


def test_an_empty_store_has_an_empty_wall(engine: Engine):
    assert asked(engine) == SlaWall(NOW, (), (), 0, 0, 0)


def test_a_row_has_the_promise_of_its_source(engine: Engine):
    with writing(engine) as conn:
        stored(conn, a_case(promised_at=NOW + DAY), a_history(NOW, "dpupr", dispatched=MINUTE))
    assert [line.promised for line in asked(engine).next] == [NOW + DAY]


def test_a_line_has_both_countdowns(engine: Engine):
    given(engine, NOW - HOUR, dispatched=MINUTE, acknowledged=2 * MINUTE)
    (line,) = asked(engine).next
    assert line.citizen is not None
    assert line.hold is not None
    assert (line.citizen.clock, line.citizen.calendar, line.citizen.paused) == ("respond", "kantor", False)
    assert line.citizen.start == NOW - HOUR + MINUTE
    assert line.citizen.left_s == 4 * 3600 - 59 * 60
    assert round(line.citizen.used, 3) == round(59 / 240, 3)
    assert line.citizen.start < line.citizen.warn < line.citizen.due
    assert (line.hold.clock, line.hold.left_s) == ("hold", 24 * 3600 - 59 * 60)
    assert (line.village, line.critical, line.folded, line.demo) == ("Sisir", False, 0, False)


def test_a_hold_clock_that_stands_still_shows_what_was_left(engine: Engine):
    """Answering stops the respond clock for good, so only an unanswered paused case still has a citizen's clock."""
    given(engine, NOW - 2 * HOUR, dispatched=MINUTE, paused=61 * MINUTE)
    (line,) = asked(engine).next
    assert line.citizen is not None
    assert line.hold is not None
    assert (line.citizen.clock, line.citizen.paused) == ("respond", False)
    assert (line.hold.paused, line.hold.left_s) == (True, 23 * 3600)


def test_working_time_left_orders_and_not_the_moment(engine: Engine):
    evening = NOW.replace(hour=8, minute=50)  # 15.50 WIB, ten minutes before the offices close
    office = given(engine, evening - 230 * MINUTE, dispatched=MINUTE)  # 11 minutes left, due tomorrow morning
    emergency = given(engine, evening, "longsor", dispatched=MINUTE)  # 30 minutes left, due this evening
    wall = asked(engine, now=evening + MINUTE)
    assert [line.id for line in wall.next] == [office, emergency]
    first, second = (line.citizen for line in wall.next)
    assert first is not None
    assert second is not None
    assert (first.left_s, second.left_s) == (10 * 60, 30 * 60)
    assert first.due > second.due


NOON = NOW.replace(hour=5, minute=0)
"""12.00 WIB."""


def two_versions(engine: Engine, *given: tuple[datetime, datetime], limit: int = 5) -> list[Countdown]:
    """The countdowns at noon of cases with (receipt, dispatch); for those of today the offices close at noon."""
    city, versions = two_calendar_versions(date(2026, 11, 24))
    case_terms = terms(city, versions, "jalan_rusak", ("biasa", 1), "pengaduan")
    with writing(engine) as conn:
        for at, dispatched in given:
            events = [*a_history(at, "dpupr"), event(EventKind.DISPATCHED, dispatched, agency="dpupr")]
            insert_case(conn, a_case(), events, case_status(events, case_terms, NOON), NOON)
    with reading(engine) as conn:
        wall = sla_wall.ask(conn, city, versions, NOON, limit)
    return [line.citizen for line in wall.next if line.citizen is not None]


def test_each_case_counts_down_in_the_hours_of_its_own_version(engine: Engine):
    """To be answered within four hours from 11.59 on: by 15.59 today, or by 11.29 tomorrow."""
    older, newer = two_versions(engine, (NOON - DAY, NOON - MINUTE), (NOON - 70 * MINUTE, NOON - MINUTE))
    assert (older.calendar, newer.calendar) == ("kantor", "kantor:2")
    assert older.due == NOON + 239 * MINUTE
    assert newer.due == (NOON + DAY).replace(hour=0, minute=30) + 239 * MINUTE
    assert older.left_s == newer.left_s == 239 * 60


def test_a_case_with_less_time_left_is_not_hidden_by_one_of_another_version_that_is_due_before(engine: Engine):
    """Half an hour is left of the one, which is due tomorrow at 08.00; four hours of the other, due today."""
    yesterdays, todays = (NOON - DAY, NOON - MINUTE), (NOON - 4 * HOUR, NOON - 210 * MINUTE)
    (first,) = two_versions(engine, yesterdays, todays, limit=1)
    assert (first.calendar, first.left_s) == ("kantor:2", 30 * 60)


def test_breached_ones_stand_apart_the_most_overdue_first(engine: Engine):
    recent = given(engine, NOW - HOUR, "longsor", dispatched=MINUTE)
    old = given(engine, NOW - DAY, "longsor", dispatched=MINUTE)
    running = given(engine, NOW - MINUTE, "longsor", dispatched=MINUTE)
    wall = asked(engine)
    assert [line.id for line in wall.breached] == [old, recent]
    assert [line.id for line in wall.next] == [running]
    assert all(line.citizen is not None and line.citizen.left_s < 0 < 1 < line.citizen.used for line in wall.breached)


def test_the_totals_count_more_than_is_shown(engine: Engine):
    for age in range(1, 5):
        given(engine, NOW - age * HOUR, "longsor", dispatched=MINUTE)
        given(engine, NOW - 25 * MINUTE, "longsor", dispatched=MINUTE)
    given(engine, NOW, dispatched=MINUTE)
    wall = asked(engine, limit=2)
    assert (len(wall.breached), len(wall.next)) == (2, 2)
    assert (wall.breached_total, wall.at_risk_total, wall.open_total) == (4, 4, 9)


def test_what_waits_for_the_citizen_or_is_done_breaches_nothing(engine: Engine):
    given(engine, NOW - HOUR, dispatched=MINUTE, answered=2 * MINUTE, paused=3 * MINUTE)
    given(engine, NOW - HOUR, dispatched=MINUTE, resolved=2 * MINUTE)
    wall = asked(engine)
    assert (wall.next, wall.breached, wall.open_total) == ((), (), 1)


def test_a_private_case_is_a_line_without_title_and_place(engine: Engine):
    given(engine, NOW - HOUR, "narkoba", dispatched=MINUTE)
    (line,) = asked(engine).next
    assert (line.private, line.title, line.village, line.category) == (True, "", None, "narkoba")


def test_a_case_outside_the_calendars_years_does_not_stop_the_wall(engine: Engine):
    given(engine, NOW - HOUR, dispatched=MINUTE)
    with writing(engine) as conn:
        conn.exec_driver_sql('UPDATE "case" SET next_due_at = 0, hold_due_at = 0')
    (line,) = asked(engine).breached
    assert (line.citizen, line.hold) == (None, None)
