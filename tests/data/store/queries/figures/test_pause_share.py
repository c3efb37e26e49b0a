"""The share of paused working time by agency, from rows where they tell all, else from events."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from data.domain.cases.model import EventKind
from data.domain.city.model import TRIAGE
from data.domain.figures.kpis import PauseTime
from data.domain.sla.history import read_history
from data.domain.sla.pauses import held_times
from data.domain.sla.worktime import epoch
from data.store.cases import cases
from data.store.db.engine import Engine, reading, writing
from data.store.queries import sla_wall
from data.store.queries.figures import pause_share
from tests.data.store.queries.figures.test_counts import a_random_case
from tests.factories import DAY, HOUR, MINUTE, NOW, a_case, a_city, a_history, calendars, event, stored, terms_for

WEEK = timedelta(days=7)


def times(engine: Engine) -> dict[str, PauseTime]:
    """As computed now."""
    with reading(engine) as conn:
        return pause_share.pause_times(conn, a_city(), calendars(), NOW)


def test_each_agency_has_its_share(engine: Engine):
    with writing(engine) as conn:
        stored(conn, a_case("longsor"), a_history(NOW - 10 * HOUR, "bpbd", dispatched=HOUR, paused=4 * HOUR))
        stored(conn, a_case("longsor"), a_history(NOW - 10 * HOUR, "bpbd", dispatched=HOUR, resolved=3 * HOUR))
        stored(conn, a_case("longsor"), a_history(NOW - 10 * HOUR, "dlh", dispatched=HOUR))
    found = times(engine)
    assert found["bpbd"] == PauseTime(6 * 3600, 11 * 3600)
    assert found["dlh"] == PauseTime(0, 9 * 3600)
    assert found["triase"] == PauseTime(0, 3 * 3600)
    assert found["bpbd"].share == 6 / 11


def test_rows_and_events_tell_the_same(engine: Engine):
    chance, city = random.Random(7), a_city()
    expected: dict[str, Counter[str]] = {}
    with writing(engine) as conn:
        for new, every in [a_random_case(chance) for _ in range(120)]:
            events = [one if one.reason or chance.random() < 0.9 else replace(one, reason="undated") for one in every]
            stored(conn, new, events)
            calendar = calendars()[city.policies[new.policy][0].calendar]
            history = read_history(events, terms_for(new))
            for agency, paused, total in held_times(history, calendar, epoch(NOW - WEEK), epoch(NOW)):
                expected.setdefault(agency, Counter()).update(paused=paused, total=total)
    found = times(engine)
    assert {code: (one.paused_s, one.total_s) for code, one in found.items()} == {
        code: (one["paused"], one["total"]) for code, one in expected.items() if one["total"]
    }
    assert sum(one.paused_s for one in found.values()) > 0


def test_an_agency_that_hands_a_case_back_keeps_the_time_it_had_it(engine: Engine):
    back = event(EventKind.TRANSFERRED, NOW - 4 * HOUR, agency=TRIAGE)
    with writing(engine) as conn:
        stored(conn, a_case("longsor"), [*a_history(NOW - 10 * HOUR, "bpbd", dispatched=HOUR), back])
    assert times(engine) == {"bpbd": PauseTime(0, 5 * 3600), "triase": PauseTime(0, 5 * 3600)}


def test_merged_cases_are_left_out_and_old_ones_too(engine: Engine):
    new = a_case("longsor")
    with writing(engine) as conn:
        head = stored(conn, a_case("longsor"), a_history(NOW - HOUR, "bpbd"))
        cases.merge(conn, stored(conn, new, a_history(NOW - 9 * HOUR, "bpbd")), head, terms_for(new), NOW)
        stored(conn, a_case(), a_history(NOW - 30 * DAY, dispatched=MINUTE, resolved=9 * DAY))
    assert times(engine) == {"triase": PauseTime(0, 3600)}


def test_the_wall_tells_what_was_computed_in_the_last_minutes(engine: Engine):
    with writing(engine) as conn:
        stored(conn, a_case("longsor"), a_history(NOW - 10 * HOUR, "bpbd", dispatched=HOUR, paused=4 * HOUR))
    assert pause_share.refresh(engine, a_city(), calendars(), NOW)
    assert not pause_share.refresh(engine, a_city(), calendars(), NOW + 4 * MINUTE)
    with reading(engine) as conn:
        told = [sla_wall.ask(conn, a_city(), calendars(), NOW + late, 5).paused for late in (19 * MINUTE, 21 * MINUTE)]
    assert told == [PauseTime(6 * 3600, 10 * 3600), None]
    assert pause_share.refresh(engine, a_city(), calendars(), NOW + 5 * MINUTE)


def test_without_cases_there_is_no_data(engine: Engine):
    assert pause_share.refresh(engine, a_city(), calendars(), NOW)
    with reading(engine) as conn:
        assert pause_share.known(conn, NOW) == {}
    assert PauseTime(0, 0).share is None
