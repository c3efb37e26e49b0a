"""What each agency has before it."""

from __future__ import annotations

from datetime import datetime, timedelta

from data.domain.cases.model import EventKind
from data.domain.figures.boards import AgencyQueue, QueueBoard
from data.store.cases import cases
from data.store.db.engine import Engine, reading, writing
from data.store.queries import queue_board
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


def given(engine: Engine, at: datetime, category: str = "jalan_rusak", **later: timedelta) -> int:
    """A case of this category with its agency."""
    agency = a_city().categories[category].agency
    with writing(engine) as conn:
        return stored(conn, a_case(category), a_history(at, agency, **later))


def asked(engine: Engine, limit: int = 5, now: datetime = NOW) -> QueueBoard:
    with reading(engine) as conn:
        return queue_board.ask(conn, a_city(), calendars(), now, limit)


def queue(engine: Engine, agency: str, limit: int = 5, now: datetime = NOW) -> AgencyQueue:
    (found,) = (one for one in asked(engine, limit, now).queues if one.agency == agency)
    return found


def test_every_agency_is_there_even_with_nothing_to_do(engine: Engine):
    board = asked(engine)
    assert [one.agency for one in board.queues] == list(a_city().agencies)
    assert board.queues[0] == AgencyQueue("dpupr", 0, 0, 0, 0, 0, 0, None, None, (), 0)


def test_a_queue_counts_what_is_open_waiting_and_unacknowledged(engine: Engine):
    given(engine, NOW - HOUR, dispatched=MINUTE)
    given(engine, NOW - 2 * HOUR, dispatched=MINUTE, acknowledged=2 * MINUTE)
    given(engine, NOW - HOUR, dispatched=MINUTE, acknowledged=2 * MINUTE, answered=3 * MINUTE, paused=4 * MINUTE)
    given(engine, NOW - HOUR, dispatched=MINUTE, resolved=2 * MINUTE)
    found = queue(engine, "dpupr")
    assert (found.open, found.waiting, found.unacknowledged, found.oldest) == (3, 1, 1, NOW - 2 * HOUR)


def test_overdue_and_at_risk_are_judged_by_now_and_not_by_marks(engine: Engine):
    given(engine, NOW - 25 * MINUTE, "longsor", dispatched=MINUTE)
    given(engine, NOW - HOUR, "longsor", dispatched=MINUTE)
    assert (queue(engine, "bpbd").at_risk, queue(engine, "bpbd").overdue) == (1, 1)
    later = queue(engine, "bpbd", now=NOW + 10 * MINUTE)
    assert (later.at_risk, later.overdue) == (0, 2)


def test_a_paused_clock_is_neither_at_risk_nor_overdue(engine: Engine):
    given(engine, NOW - 5 * DAY, "longsor", dispatched=MINUTE, answered=2 * MINUTE)
    assert queue(engine, "bpbd").overdue == 1
    given(engine, NOW - 5 * DAY, "longsor", dispatched=MINUTE, answered=2 * MINUTE, paused=HOUR)
    assert queue(engine, "bpbd").overdue == 1


def test_overdue_an_hour_ago_counts_those_answered_and_resolved_since(engine: Engine):
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE)
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, answered=90 * MINUTE)
    given(engine, NOW - 2 * HOUR, "longsor", dispatched=MINUTE, resolved=90 * MINUTE)
    given(engine, NOW - HOUR, "longsor", dispatched=MINUTE)
    found = queue(engine, "bpbd")
    assert (found.overdue, found.overdue_hour_ago) == (2, 3)


def test_the_most_overdue_agency_stands_first_and_equals_keep_their_order(engine: Engine):
    given(engine, NOW - HOUR, "longsor", dispatched=MINUTE)
    given(engine, NOW - HOUR, "sampah", dispatched=MINUTE)
    assert [one.agency for one in asked(engine).queues] == ["bpbd", "dlh", "dpupr", "bnn", "triase"]


def test_the_next_ones_are_one_overdue_and_what_breaches_next(engine: Engine):
    late = [given(engine, NOW - age * HOUR, "longsor", dispatched=MINUTE) for age in (3, 2)]
    soon = [given(engine, NOW - age * MINUTE, "longsor", dispatched=MINUTE) for age in (20, 10, 5)]
    assert [line.id for line in queue(engine, "bpbd", 3).next] == [late[0], soon[0], soon[1]]
    assert [line.id for line in queue(engine, "bpbd", 5).next] == [*late, *soon]


def test_a_line_has_the_citizens_countdown_alone(engine: Engine):
    given(engine, NOW - HOUR, dispatched=MINUTE, acknowledged=2 * MINUTE)
    (line,) = queue(engine, "dpupr").next
    assert (line.citizen is not None, line.hold) == (True, None)


def test_a_case_known_by_its_kecamatan_alone_says_so(engine: Engine):
    with writing(engine) as conn:
        stored(conn, a_case(village="35.79.03"), a_history(NOW - HOUR, dispatched=MINUTE))
    (line,) = queue(engine, "dpupr").next
    assert line.village == "Kec. Junrejo"


def test_a_private_case_is_counted_and_never_among_the_next(engine: Engine):
    given(engine, NOW - HOUR, "narkoba", dispatched=MINUTE)
    found = queue(engine, "bnn")
    assert (found.open, found.private, found.next) == (1, 1, ())


def test_a_case_of_a_policy_unknown_today_has_no_countdown_and_stays_on_the_board(engine: Engine):
    with writing(engine) as conn:
        new = a_case()
        case_id = stored(conn, new, a_history(NOW - HOUR, dispatched=MINUTE))
        conn.exec_driver_sql("""UPDATE "case" SET policy = 'dulu'""")
    (line,) = queue(engine, "dpupr").next
    assert (line.id, line.citizen, line.hold) == (case_id, None, None)


def test_an_agency_unknown_today_still_has_its_queue(engine: Engine):
    with writing(engine) as conn:
        stored(conn, a_case(), a_history(NOW - HOUR, "dinas_lama", dispatched=MINUTE))
    assert queue(engine, "dinas_lama").open == 1


MONDAY_MORNING = NOW - DAY - timedelta(hours=6)
"""08.07 WIB."""


def test_an_agency_is_silent_when_something_waits_longer_than_its_limit(engine: Engine):
    given(engine, MONDAY_MORNING, dispatched=MINUTE)
    assert queue(engine, "dpupr", now=MONDAY_MORNING + 4 * HOUR).silent_since is None
    assert queue(engine, "dpupr", now=MONDAY_MORNING + 5 * HOUR).silent_since == MONDAY_MORNING + MINUTE


def test_silence_is_counted_in_the_agencys_working_time(engine: Engine):
    given(engine, MONDAY_MORNING + 6 * HOUR, dispatched=MINUTE)
    assert queue(engine, "dpupr", now=MONDAY_MORNING + 23 * HOUR).silent_since is None


def test_an_acknowledgement_breaks_the_silence(engine: Engine):
    given(engine, MONDAY_MORNING, dispatched=MINUTE)
    given(engine, MONDAY_MORNING, dispatched=MINUTE, acknowledged=3 * HOUR, resolved=4 * HOUR)
    assert queue(engine, "dpupr", now=MONDAY_MORNING + 6 * HOUR).silent_since is None
    assert queue(engine, "dpupr", now=MONDAY_MORNING + 7.5 * HOUR).silent_since == MONDAY_MORNING + 3 * HOUR


def test_an_agency_that_has_acknowledged_everything_is_not_silent(engine: Engine):
    given(engine, MONDAY_MORNING - 7 * DAY, dispatched=MINUTE, acknowledged=2 * MINUTE)
    assert queue(engine, "dpupr").silent_since is None


def test_a_reopened_case_was_not_overdue_while_it_was_closed(engine: Engine):
    new = a_case("longsor")
    with writing(engine) as conn:
        case_id = stored(conn, new, a_history(NOW - DAY, "bpbd", dispatched=MINUTE, answered=HOUR, resolved=2 * HOUR))
        again = event(EventKind.REOPENED, NOW - 40 * MINUTE)
        cases.append_events(conn, case_id, [again], terms_for(new), NOW)
    found = queue(engine, "bpbd")
    assert (found.overdue, found.overdue_hour_ago) == (1, 0)


def test_the_triage_queue_holds_what_is_not_dispatched(engine: Engine):
    with writing(engine) as conn:
        stored(conn, a_case("lainnya"), [received(NOW - HOUR)])
    found = queue(engine, "triase")
    assert (found.open, found.unacknowledged, found.silent_since) == (1, 0, None)
    assert found.next[0].hold is None
