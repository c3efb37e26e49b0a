"""The city's figures, beside an hour ago and the usual."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from data.domain.cases.model import EventKind
from data.domain.figures.boards import Kpi
from data.domain.figures.kpis import Share
from data.store.cases import cases
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.cases import case
from data.store.queries.figures import baseline, kpi_strip
from data.store.queries.figures.counts import on_time
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
    received,
    stored,
    terms_for,
)

WEEK = timedelta(days=7)
NAMES = ["received", "open", "at_risk", "overdue", "on_time", "first_response", "citizen_wait"]


def given(engine: Engine, at: datetime, category: str = "jalan_rusak", **later: timedelta) -> int:
    agency = a_city().categories[category].agency
    with writing(engine) as conn:
        return stored(conn, a_case(category), a_history(at, agency, **later))


def tiles(engine: Engine, now: datetime = NOW) -> dict[str, Kpi]:
    with reading(engine) as conn:
        answer = kpi_strip.ask(conn, a_city(), calendars(), now, 10)
    return {tile.name: tile for tile in answer.tiles}


def test_the_tiles_stand_in_the_order_of_the_table_and_no_more_than_fit(engine: Engine):
    assert list(tiles(engine)) == NAMES
    with reading(engine) as conn:
        assert len(kpi_strip.ask(conn, a_city(), calendars(), NOW, 3).tiles) == 3


def test_an_empty_store_has_counts_of_zero_and_no_rates(engine: Engine):
    found = tiles(engine)
    assert [found[name].value for name in NAMES] == [0, 0, 0, 0, None, None, None]
    assert [found[name].n for name in NAMES] == [None, None, None, None, 0, 0, None]
    assert all(tile.usual is None for tile in found.values())


def test_received_today_begins_at_the_local_midnight(engine: Engine):
    midnight = NOW.replace(hour=17, minute=0) - DAY
    given(engine, midnight)
    given(engine, midnight - timedelta(seconds=1))
    given(engine, NOW)
    assert tiles(engine)["received"].value == 2


def test_merged_and_rejected_cases_are_in_no_figure(engine: Engine):
    head = given(engine, NOW - HOUR, "longsor")
    new = a_case("longsor")
    with writing(engine) as conn:
        cases.merge(conn, stored(conn, new, [received(NOW - HOUR)]), head, terms_for(new), NOW)
    given(engine, NOW - HOUR, rejected=MINUTE)
    found = tiles(engine)
    assert (found["received"].value, found["open"].value, found["overdue"].value) == (1, 1, 1)
    assert found["open"].hour_ago == 1


def test_open_and_overdue_know_how_they_were_an_hour_ago(engine: Engine):
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, resolved=90 * MINUTE)
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, answered=70 * MINUTE)
    given(engine, NOW - 3 * HOUR, "longsor", dispatched=MINUTE)
    given(engine, NOW - 50 * MINUTE, "longsor")
    found = tiles(engine)
    assert (found["open"].value, found["open"].hour_ago) == (3, 3)
    assert (found["overdue"].value, found["overdue"].hour_ago) == (2, 3)


def test_answered_in_time_is_told_of_what_fell_due_in_the_last_day(engine: Engine):
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, answered=20 * MINUTE)
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, answered=50 * MINUTE)
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE)
    given(engine, NOW - MINUTE, "longsor", dispatched=MINUTE)  # not due yet
    given(engine, NOW - 20 * MINUTE, "longsor", dispatched=MINUTE, answered=5 * MINUTE)  # answered, not due yet
    given(engine, NOW - 2 * DAY, "longsor", dispatched=MINUTE, answered=50 * MINUTE)  # fell due the day before
    found = tiles(engine)["on_time"]
    assert (found.value, found.n, found.unit) == (1 / 3, 3, "share")


def test_nobody_improves_the_share_of_timely_answers_by_closing_or_pausing(engine: Engine):
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, answered=20 * MINUTE)
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, closed=10 * MINUTE)
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, closed=HOUR)
    given(engine, NOW - 2 * HOUR, "longsor", closed=10 * MINUTE)
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, paused=HOUR)
    found = tiles(engine)["on_time"]
    assert (found.value, found.n) == (1 / 5, 5)


def test_pausing_late_cases_leaves_them_late(engine: Engine):
    for _ in range(3):
        given(engine, NOW - 14 * HOUR, "longsor", dispatched=MINUTE, answered=2 * MINUTE, paused=13 * HOUR)
    assert tiles(engine)["overdue"].value == 3


def act(engine: Engine, case_id: int, *kinds: str) -> None:
    """So many things done to a case in the last minutes, by the agency."""
    acts = [event(EventKind(kind), NOW - (9 - n) * MINUTE, reason="citizen") for n, kind in enumerate(kinds)]
    with writing(engine) as conn:
        cases.append_events(conn, case_id, acts, terms_for(a_case("longsor")), NOW)


@pytest.mark.parametrize(
    "kinds",
    [
        *(("paused",), ("closed",), ("resolved", "reopened"), ("closed", "reopened"), ("rejected",), ("transferred",)),
        *(("rejected", "reopened", "answered", "closed"), ("closed", "reopened", "merged"), ("answered", "resolved")),
    ],
)
def test_a_missed_answer_stays_in_the_cohort_whatever_is_done_to_the_case(engine: Engine, kinds: tuple[str, ...]):
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, answered=20 * MINUTE)
    late = given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE)
    assert (tiles(engine)["on_time"].value, tiles(engine)["on_time"].n) == (1 / 2, 2)
    act(engine, late, *kinds)
    assert (tiles(engine)["on_time"].value, tiles(engine)["on_time"].n) == (1 / 2, 2)


def test_merging_a_missed_case_into_a_timely_one_leaves_it_missed(engine: Engine):
    timely = given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, answered=20 * MINUTE)
    late = given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE)
    with writing(engine) as conn:
        cases.merge(conn, late, timely, terms_for(a_case("longsor")), NOW)
    assert (tiles(engine)["on_time"].value, tiles(engine)["on_time"].n) == (1 / 2, 2)


def test_a_timely_answer_of_a_former_cycle_counts_beside_the_missed_one_of_the_present(engine: Engine):
    both = given(engine, NOW - 4 * HOUR, "longsor", dispatched=MINUTE, answered=20 * MINUTE, closed=HOUR)
    with writing(engine) as conn:
        again = event(EventKind.REOPENED, NOW - 2 * HOUR)
        cases.append_events(conn, both, [again], terms_for(a_case("longsor")), NOW)
    assert (tiles(engine)["on_time"].value, tiles(engine)["on_time"].n) == (1 / 2, 2)
    with reading(engine) as conn:
        silent = replace(a_city(), no_answers_from=("api",))
        assert on_time(conn, silent, NOW) == Share(0, 0)


def test_what_is_rejected_in_time_owes_no_answer(engine: Engine):
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, rejected=20 * MINUTE)
    given(engine, NOW - 2 * HOUR, "longsor", rejected=HOUR)
    assert tiles(engine)["on_time"].n == 0


def test_of_a_source_that_tells_no_answers_nothing_is_said_about_answers(engine: Engine):
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, closed=HOUR)
    with reading(engine) as conn:
        silent = replace(a_city(), no_answers_from=("api",))
        assert on_time(conn, silent, NOW) == Share(0, 0)
        assert on_time(conn, a_city(), NOW) == Share(0, 1)


def test_the_first_response_is_a_median_in_working_time_from_dispatch(engine: Engine):
    yesterday_1530 = NOW - DAY + 83 * MINUTE
    given(engine, yesterday_1530, dispatched=timedelta(0), answered=17 * HOUR)  # 30 + 60 working minutes
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, answered=21 * MINUTE)
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, answered=31 * MINUTE)
    found = tiles(engine)["first_response"]
    assert (found.value, found.n, found.unit) == (30 * 60, 3, "seconds")


def notes(found: dict[str, Kpi]) -> dict[str, float | None]:
    """What is told beside the two medians."""
    return dict(found["first_response"].notes + found["citizen_wait"].notes)


def test_answers_outside_the_hours_are_told_apart_and_make_no_median_of_zero(engine: Engine):
    evening = NOW - DAY + 10 * HOUR  # yesterday at 24:07
    for minutes in (10, 20, 30):
        given(engine, evening, dispatched=MINUTE, answered=minutes * MINUTE)
    given(engine, NOW - 30 * MINUTE, dispatched=MINUTE, answered=11 * MINUTE)
    found = tiles(engine)
    assert (found["first_response"].value, found["first_response"].n) == (10 * 60, 1)
    assert notes(found)["outside"] == 3
    assert found["citizen_wait"].value == 15.5 * 60


def test_an_answer_at_once_within_the_hours_is_none_outside_of_them(engine: Engine):
    given(engine, NOW - 30 * MINUTE, dispatched=MINUTE, answered=MINUTE)
    found = tiles(engine)
    assert (found["first_response"].value, found["first_response"].n, notes(found)["outside"]) == (0, 1, 0)


def test_the_citizens_time_runs_from_receipt_by_the_calendar_with_its_slow_tail(engine: Engine):
    for hours in range(1, 12):
        given(engine, NOW - hours * HOUR - MINUTE, "longsor", dispatched=MINUTE, answered=hours * HOUR)
    found = tiles(engine)
    assert found["citizen_wait"].value == 6 * 3600
    assert notes(found)["p90"] == 10 * 3600


def test_what_still_waits_for_an_answer_is_counted_beside_those_that_have_one(engine: Engine):
    given(engine, NOW - HOUR, dispatched=MINUTE, answered=3 * MINUTE)
    given(engine, NOW - 9 * DAY, dispatched=MINUTE)
    given(engine, NOW - 9 * DAY)
    given(engine, NOW - 9 * DAY, dispatched=MINUTE, closed=DAY)
    assert notes(tiles(engine))["waiting"] == 2
    with reading(engine) as conn:
        silent = replace(a_city(), no_answers_from=("api",))
        [tile] = [one for one in kpi_strip.ask(conn, silent, calendars(), NOW, 10).tiles if one.name == NAMES[5]]
    assert (tile.value, tile.n, dict(tile.notes)) == (None, 0, {"outside": 0, "waiting": 0})


def test_reopening_a_case_takes_no_slow_answer_away_and_gives_no_quick_one(engine: Engine):
    slow = given(engine, NOW - 5 * HOUR, "longsor", dispatched=MINUTE, answered=4 * HOUR, closed=4 * HOUR + MINUTE)
    before = tiles(engine)
    act(engine, slow, "reopened", "answered")
    after = tiles(engine)
    assert (before["citizen_wait"].value, after["citizen_wait"].value) == (4 * 3600, 4 * 3600)
    assert (before["first_response"].n, after["first_response"].n) == (1, 2)


def test_a_citizen_who_was_answered_only_after_reopening_has_waited_since_receipt(engine: Engine):
    unheard = given(engine, NOW - 5 * HOUR, "longsor", dispatched=MINUTE, closed=HOUR)
    act(engine, unheard, "reopened", "answered")
    assert tiles(engine)["citizen_wait"].value == 5 * 3600 - 8 * 60


def test_merging_an_answered_case_takes_its_answer_out_of_no_median(engine: Engine):
    head = given(engine, NOW - HOUR, "longsor")
    slow = given(engine, NOW - 5 * HOUR, "longsor", dispatched=MINUTE, answered=4 * HOUR)
    with writing(engine) as conn:
        cases.merge(conn, slow, head, terms_for(a_case("longsor")), NOW)
    assert tiles(engine)["citizen_wait"].value == 4 * 3600


def test_an_answer_without_a_date_is_in_no_median_and_not_in_time(engine: Engine):
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, answered=21 * MINUTE)
    for undated in ("answered", "dispatched"):
        events = a_history(NOW - 2 * HOUR, "bpbd", dispatched=MINUTE, answered=MINUTE)
        events = [replace(one, reason="undated") if one.kind == undated else one for one in events]
        with writing(engine) as conn:
            stored(conn, a_case("longsor"), events)
    found = tiles(engine)
    assert (found["first_response"].value, found["first_response"].n) == (20 * 60, 1)
    assert (found["on_time"].value, found["on_time"].n) == (1 / 3, 3)
    assert found["citizen_wait"].value == 11 * 60, "of both whose answer has a date"


@pytest.mark.parametrize("undated", ["answered", "dispatched"])
def test_reopening_a_case_gives_its_answer_no_date(engine: Engine, undated: str):
    events = a_history(NOW - 2 * HOUR, "bpbd", dispatched=MINUTE, answered=MINUTE, closed=2 * MINUTE)
    with writing(engine) as conn:
        changed = [replace(one, reason="undated") if one.kind == undated else one for one in events]
        case_id = stored(conn, a_case("longsor"), changed)
    before = tiles(engine)
    act(engine, case_id, "reopened")
    for found in (before, tiles(engine)):
        assert (found["first_response"].value, found["first_response"].n) == (None, 0)
        assert (found["on_time"].value, found["on_time"].n) == (0, 1)
        assert found["citizen_wait"].value == (60 if undated == "dispatched" else None)


def test_the_usual_is_the_median_of_the_same_weekday_up_to_the_same_time(engine: Engine):
    for week, count in ((1, 3), (2, 5), (3, 4)):
        for minute in range(count):
            given(engine, NOW - week * WEEK - minute * MINUTE, "longsor", dispatched=MINUTE, resolved=3 * DAY)
        given(engine, NOW - week * WEEK + MINUTE, "longsor", dispatched=MINUTE, resolved=3 * DAY)
        given(engine, NOW - week * WEEK + DAY, "longsor", dispatched=MINUTE, resolved=3 * DAY)
    given(engine, NOW - 4 * WEEK)
    assert baseline.refresh(engine, a_city(), NOW)
    found = tiles(engine)
    assert found["received"].usual == 4
    assert found["open"].usual == 5  # and the one of the fourth week, still open
    assert found["at_risk"].usual is None


def test_without_two_weeks_of_history_nothing_is_usual(engine: Engine):
    given(engine, NOW - WEEK - 9 * HOUR)
    baseline.refresh(engine, a_city(), NOW)
    assert all(tile.usual is None for tile in tiles(engine).values())


def test_the_usual_on_time_share_knows_what_was_late_then(engine: Engine):
    given(engine, NOW - 5 * WEEK, "longsor", dispatched=MINUTE, resolved=DAY)
    for week in (1, 2):
        at = NOW - week * WEEK - 2 * HOUR
        given(engine, at, "longsor", dispatched=MINUTE, answered=20 * MINUTE, resolved=DAY)
        given(engine, at, "longsor", dispatched=MINUTE, answered=3 * HOUR, resolved=DAY)
    baseline.refresh(engine, a_city(), NOW)
    assert tiles(engine)["on_time"].usual == 0.5


def test_the_usual_is_worked_out_anew_every_few_minutes_and_not_oftener(engine: Engine):
    for week in (1, 2, 3):
        given(engine, NOW - week * WEEK)
    assert baseline.refresh(engine, a_city(), NOW)
    assert not baseline.refresh(engine, a_city(), NOW + 4 * MINUTE)
    assert tiles(engine, NOW + 19 * MINUTE)["received"].usual is not None
    assert tiles(engine, NOW + 21 * MINUTE)["received"].usual is None
    assert baseline.refresh(engine, a_city(), NOW + 5 * MINUTE)
    assert baseline.refresh(engine, a_city(), NOW + 6 * MINUTE, every=timedelta(0))


def test_the_usual_of_the_future_is_worked_out_anew(engine: Engine):
    for week in (1, 2, 3):
        given(engine, NOW - week * WEEK)
    assert baseline.refresh(engine, a_city(), NOW + HOUR)
    assert tiles(engine)["received"].usual is None
    assert baseline.refresh(engine, a_city(), NOW)
    assert tiles(engine)["received"].usual is not None


def test_an_answer_under_a_policy_unknown_today_is_counted_and_not_measured(engine: Engine):
    case_id = given(engine, NOW - HOUR, dispatched=MINUTE, answered=3 * MINUTE)
    with writing(engine) as conn:
        conn.execute(update(case).where(case.c.id == case_id).values(policy="dulu"))
    given(engine, NOW - HOUR, dispatched=MINUTE, answered=2 * MINUTE)
    found = tiles(engine)
    assert (found["first_response"].value, found["first_response"].n) == (60, 1)
    assert (found["on_time"].value, found["on_time"].n) == (None, 0), "neither has fallen due"
