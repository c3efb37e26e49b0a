"""What time alone brings about is announced once, dated when it took effect."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from data.domain.cases.model import CaseState, EventKind, Undated
from data.domain.sla.clocks import clocks
from data.domain.sla.terms import terms
from data.store.cases import cases
from data.store.cases.cases import Reporter, TermsOf
from data.store.cases.sweep import due, sweep
from data.store.db.change_feed import Change, latest, since
from data.store.db.engine import Engine, open_engine, reading, writing
from data.store.db.schema.cases import case
from data.store.db.schema.citizens import outbox
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
    terms_of,
)

EMERGENCY = "longsor"
"""SourceContext the clock: verified within 15 minutes, answered within 30, resolved within 12 hours."""


def announced(engine: Engine) -> list[Change]:
    """What sweeps have said so far."""
    with reading(engine) as conn:
        return [row for row in since(conn, 0, 1000) if row.kind in ("warned", "breached", "resumed")]


def swept(engine: Engine, now: timedelta) -> int:
    """Sweep what is due so much after NOW."""
    with writing(engine) as conn:
        return sweep(conn, due(conn, terms_of(), NOW + now, 100), terms_of(), NOW + now)


def looked_up(engine: Engine, now: timedelta, most: int = 10) -> list[int]:
    """What is due so much after NOW."""
    with reading(engine) as conn:
        return due(conn, terms_of(), NOW + now, most)


def given(engine: Engine, category: str = EMERGENCY, **later: timedelta) -> int:
    """A case received at NOW."""
    agency = {"longsor": "bpbd", "jalan_rusak": "dpupr"}[category]
    with writing(engine) as conn:
        return stored(conn, a_case(category), a_history(NOW, agency, **later))


def test_a_warning_and_a_breach_are_dated_when_they_took_effect(engine: Engine):
    case_id = given(engine)
    assert swept(engine, 11 * MINUTE) == 0
    assert swept(engine, 12 * MINUTE) == 1
    assert swept(engine, HOUR) == 1
    assert [(row.kind, row.at, row.case_id, row.source) for row in announced(engine)] == [
        ("warned", NOW + timedelta(minutes=11, seconds=15), case_id, "api"),
        ("breached", NOW + 15 * MINUTE, case_id, "api"),
    ]


def test_a_late_sweeper_says_both(engine: Engine):
    given(engine)
    assert swept(engine, HOUR) == 1
    assert [row.kind for row in announced(engine)] == ["warned", "breached"]


def test_nothing_is_announced_twice(engine: Engine):
    given(engine)
    assert swept(engine, HOUR) == 1
    assert swept(engine, HOUR) == 0
    assert len(announced(engine)) == 2


def test_at_the_due_moment_itself_it_is_still_in_time(engine: Engine):
    given(engine)
    swept(engine, 15 * MINUTE)
    assert [row.kind for row in announced(engine)] == ["warned"]
    swept(engine, 15 * MINUTE + timedelta(seconds=1))
    assert [row.kind for row in announced(engine)] == ["warned", "breached"]


def test_the_next_clock_has_warnings_of_its_own(engine: Engine):
    case_id = given(engine)
    swept(engine, HOUR)
    with writing(engine) as conn:
        dispatch = event(EventKind.DISPATCHED, NOW + HOUR, agency="bpbd")
        cases.append_events(conn, case_id, [dispatch], terms_for(a_case(EMERGENCY)), NOW + HOUR)
    assert swept(engine, HOUR + MINUTE) == 0
    assert swept(engine, HOUR + 31 * MINUTE) == 1
    assert [row.kind for row in announced(engine)] == ["warned", "breached"] * 2


def test_a_mark_goes_when_the_due_moment_moves(engine: Engine):
    case_id = given(engine, "jalan_rusak", dispatched=MINUTE, answered=2 * MINUTE)
    with writing(engine) as conn:
        conn.execute(update(case).values(marked=2))
        pause = event(EventKind.PAUSED, NOW + HOUR, reason="citizen")
        cases.append_events(conn, case_id, [pause], terms_for(a_case()), NOW + HOUR)
        assert conn.execute(select(case.c.marked)).scalar_one() == 0


def test_a_paused_case_does_not_breach(engine: Engine):
    given(engine, "jalan_rusak", dispatched=MINUTE, answered=2 * MINUTE, paused=HOUR)
    assert swept(engine, 6 * DAY) == 0
    assert announced(engine) == []


def test_a_pause_that_reaches_its_cap_ends_and_the_clock_runs_on(engine: Engine):
    case_id = given(engine, "jalan_rusak", dispatched=MINUTE, answered=2 * MINUTE, paused=HOUR)
    with reading(engine) as conn:
        waiting = cases.by_id(conn, case_id)
    assert swept(engine, 7 * DAY + HOUR) == 1
    with reading(engine) as conn:
        running = cases.by_id(conn, case_id)
    assert waiting is not None
    assert running is not None
    assert (waiting.status.state, waiting.status.next_due_at) == (CaseState.WAITING, None)
    assert (running.status.state, running.status.paused_at) == (CaseState.IN_PROGRESS, None)
    assert running.status.next_due_at == waiting.status.resolve_due_at
    assert [(row.kind, row.at) for row in announced(engine)] == [("resumed", NOW + HOUR + 7 * DAY)]
    assert swept(engine, 7 * DAY + HOUR) == 0


def test_a_merged_case_is_not_announced(engine: Engine):
    head, other = given(engine), given(engine)
    with writing(engine) as conn:
        cases.merge(conn, other, head, terms_for(a_case(EMERGENCY)), NOW)
    swept(engine, HOUR)
    assert {row.case_id for row in announced(engine)} == {head}


def test_a_stored_moment_that_is_wrong_is_judged_again_before_anything_is_said(engine: Engine):
    case_id = given(engine)
    with writing(engine) as conn:
        conn.execute(update(case).values(next_due_at=NOW - DAY, next_warn_at=NOW - DAY))
    assert swept(engine, MINUTE) == 0
    assert announced(engine) == []
    with reading(engine) as conn:
        found = cases.by_id(conn, case_id)
    assert found is not None
    assert found.status.next_due_at == NOW + 15 * MINUTE


def test_a_policy_that_is_no_longer_configured_is_announced_by_the_stored_moments(engine: Engine):
    given(engine)
    with writing(engine) as conn:
        conn.execute(update(case).values(policy="dulu"))
    assert swept(engine, HOUR) == 1
    assert swept(engine, HOUR) == 0
    assert [row.kind for row in announced(engine)] == ["warned", "breached"]


def test_two_sweepers_at_once_announce_each_case_once(url: str):
    engines = [open_engine(url, busy_timeout_s=60) for _ in range(2)]
    with writing(engines[0]) as conn:
        for _ in range(20):
            stored(conn, a_case(EMERGENCY), [received()])
    counts: list[int] = []
    threads = [threading.Thread(target=lambda one=one: counts.append(swept(one, HOUR))) for one in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = announced(engines[0])
    for one in engines:
        one.dispose()
    assert sum(counts) == 20
    assert len(rows) == len({(row.kind, row.case_id) for row in rows}) == 40


def test_what_took_effect_last_is_announced_first_be_it_a_breach_or_a_warning_or_the_end_of_a_pause(engine: Engine):
    with writing(engine) as conn:
        ages = (20 * HOUR, 13 * MINUTE, 16 * MINUTE, 11 * MINUTE)
        old, warned, breached, _ = [stored(conn, a_case(EMERGENCY), [received(NOW - age)], NOW) for age in ages]
        waiting = a_history(NOW - 8 * DAY, dispatched=MINUTE, answered=2 * MINUTE, paused=23 * HOUR)
        paused = stored(conn, a_case(), waiting, NOW - 7 * DAY)
    # The breach was a minute ago, the warning nearly two, the pause ended an hour ago.
    assert looked_up(engine, timedelta(0)) == [breached, warned, paused, old]


def test_one_look_finds_the_newest_and_leaves_the_rest_to_the_next(engine: Engine):
    with writing(engine) as conn:
        ids = [stored(conn, a_case(EMERGENCY), [received(NOW - n * HOUR)]) for n in (5, 2, 4, 1, 3)]
    newest_first = [ids[n] for n in (3, 1, 4, 2, 0)]
    assert looked_up(engine, timedelta(0), most=3) == newest_first[:3]
    with writing(engine) as conn:
        assert sweep(conn, newest_first[:3], terms_of(), NOW) == 3
    assert looked_up(engine, timedelta(0), most=3) == newest_first[3:]
    assert [row.case_id for row in announced(engine) if row.kind == "breached"] == newest_first[:3]


def test_what_happened_to_a_case_since_it_was_looked_up_counts(engine: Engine):
    dispatched, closed = given(engine), given(engine)
    paused = given(engine, "jalan_rusak", dispatched=MINUTE, answered=2 * MINUTE, paused=HOUR)
    steps = {
        dispatched: event(EventKind.DISPATCHED, NOW + 14 * MINUTE, agency="bpbd"),
        closed: event(EventKind.CLOSED, NOW + 14 * MINUTE),
        paused: event(EventKind.RESUMED, NOW + 7 * DAY),
    }
    with writing(engine) as conn:
        for case_id, step in steps.items():
            terms = terms_for(a_case("jalan_rusak" if case_id == paused else EMERGENCY))
            cases.append_events(conn, case_id, [step], terms, step.at)
        before = latest(conn)
        assert sweep(conn, [dispatched, closed], terms_of(), NOW + 16 * MINUTE) == 0
        assert sweep(conn, [paused], terms_of(), NOW + 7 * DAY + HOUR) == 0
        assert latest(conn) == before


def test_a_pause_ends_at_the_moment_that_its_giver_said(engine: Engine):
    case_id = given(engine, "jalan_rusak", dispatched=MINUTE, answered=2 * MINUTE)
    with writing(engine) as conn:
        pause = replace(event(EventKind.PAUSED, NOW + HOUR, reason="citizen"), until=NOW + DAY)
        cases.append_events(conn, case_id, [pause], terms_for(a_case()), NOW + HOUR)
    assert swept(engine, DAY - MINUTE) == 0
    assert swept(engine, DAY + MINUTE) == 1
    with reading(engine) as conn:
        found, last = cases.by_id(conn, case_id), cases.events_of(conn, case_id)[-1]
    assert found is not None
    assert (last.kind, last.at) == (EventKind.RESUMED, NOW + DAY)
    assert found.status.state is not CaseState.WAITING
    assert swept(engine, DAY + HOUR) == 0


def waits(engine: Engine, days: int, **later: timedelta) -> tuple[int, TermsOf]:
    """A case that waits for its citizen, in a city where that closes it after so many days."""
    category = replace(a_city().categories["jalan_rusak"], closes_after=days * DAY)
    city = replace(a_city(), categories={**a_city().categories, "jalan_rusak": category})
    new = a_case(reporter=Reporter(email="a@b.id", lang="id"))
    with writing(engine) as conn:
        case_id = stored(conn, new, a_history(NOW, dispatched=MINUTE, **later))
    return case_id, partial(terms, city, calendars())


def swept_by(engine: Engine, by: TermsOf, after: timedelta) -> int:
    with writing(engine) as conn:
        return sweep(conn, due(conn, by, NOW + after, 100), by, NOW + after)


def test_a_wait_for_the_citizen_closes_the_case_after_the_days_of_its_category(engine: Engine):
    case_id, by = waits(engine, 5, paused=HOUR)
    assert swept_by(engine, by, 5 * DAY) == 1  # what was warned before
    assert swept_by(engine, by, 5 * DAY + 2 * HOUR) == 1
    assert swept_by(engine, by, 20 * DAY) == 0
    with reading(engine) as conn:
        found, last = cases.by_id(conn, case_id), cases.events_of(conn, case_id)[-1]
        told = conn.execute(select(outbox.c.kind).order_by(outbox.c.id)).scalars().all()
    assert found is not None
    assert (found.status.state, found.status.resolved_at) == (CaseState.CLOSED, None)
    assert (last.kind, last.reason, last.at) == (EventKind.CLOSED, "no_reply", NOW + HOUR + 5 * DAY)
    assert told[-1] == "no_reply"


def test_closed_so_an_answer_is_missed_and_nothing_was_done_in_time(engine: Engine):
    case_id, by = waits(engine, 5, paused=HOUR)
    swept_by(engine, by, 6 * DAY)
    with reading(engine) as conn:
        found, events = cases.by_id(conn, case_id), cases.events_of(conn, case_id)
    assert found is not None
    states = {str(it.kind): it.state for it in clocks(events, cases.terms_for(found, by), NOW + 6 * DAY)}
    assert states == {"verify": "met", "respond": "missed", "resolve": "undated", "hold": "met", "legal": "undated"}
    assert found.status.undated == Undated.END


@pytest.mark.parametrize("reply", [EventKind.RESUMED, EventKind.RESOLVED])
def test_who_replies_in_time_closes_nothing(engine: Engine, reply: EventKind):
    case_id, by = waits(engine, 5, paused=HOUR, **{reply.value: 4 * DAY})
    swept_by(engine, by, 6 * DAY)
    with reading(engine) as conn:
        assert cases.events_of(conn, case_id)[-1].kind is reply


def test_a_second_asking_counts_its_own_days_and_a_used_up_pause_closes_nothing(engine: Engine):
    """The cap of seven days holds for both together: three are left for the second, which needs five."""
    case_id, by = waits(engine, 5, paused=HOUR, resumed=HOUR + 4 * DAY)
    with writing(engine) as conn:
        found = cases.by_id(conn, case_id)
        assert found is not None
        again = event(EventKind.PAUSED, NOW + 5 * DAY, agency="dpupr", reason="citizen")
        cases.append_events(conn, case_id, [again], cases.terms_for(found, by), NOW + 5 * DAY)
    swept_by(engine, by, 11 * DAY)
    with reading(engine) as conn:
        found = cases.by_id(conn, case_id)
    assert found is not None
    assert found.status.open
    assert found.status.paused_at is None
