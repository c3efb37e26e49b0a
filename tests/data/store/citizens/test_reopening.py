"""Who says that it is not solved is heard at the desk, until somebody reopens the case."""

from __future__ import annotations

import pytest

from data.domain.access.roles import Audience
from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.store.cases import cases
from data.store.citizens import ratings
from data.store.citizens.ratings import Rating
from data.store.db.engine import Connection, Engine, writing
from data.store.queries.desk.lists import desk_inbox
from tests.factories import DAY, HOUR, NOW, a_case, a_city, a_history, calendars, received, stored, terms_for

OPERATOR = Audience(None, private=True)


def inbox(conn: Connection, limit: int = 10) -> list[tuple[str, bool]]:
    answer = desk_inbox(conn, a_city(), calendars(), NOW, limit, audience=OPERATOR)
    assert answer.total == len(answer.rows)
    return [(row.case.code, row.asks_reopening) for row in answer.rows]


def test_a_case_that_is_not_solved_stands_first_in_the_inbox_until_it_is_reopened(engine: Engine):
    new, unsolved, solved = a_case(), a_case(), a_case()
    with writing(engine) as conn:
        stored(conn, new, [received()])
        for it, says in ((unsolved, True), (solved, False)):
            done = a_history(NOW - 2 * DAY, dispatched=HOUR, answered=2 * HOUR, resolved=DAY)
            case_id = stored(conn, it, done)
            ratings.add(conn, Rating(case_id, 1, NOW, "no" if says else "yes", None, "", says))
            assert ratings.asks(conn, case_id) == says
        assert inbox(conn) == [(unsolved.code, True), (new.code, False)]
        found = cases.by_code(conn, unsolved.code)
        assert found is not None
        again = CaseEvent(NOW, EventKind.REOPENED, ActorKind.OPERATOR, agency="dpupr")
        cases.append_events(conn, found.id, [again], terms_for(unsolved), NOW)
        assert (unsolved.code, True) not in inbox(conn)
        assert not ratings.asks(conn, found.id)


@pytest.mark.parametrize(
    ("kind", "who", "asks"),
    [
        (EventKind.ANSWERED, ActorKind.OPERATOR, False),
        (EventKind.CLOSED, ActorKind.OPERATOR, False),
        (EventKind.ANSWERED, ActorKind.AGENCY, True),
        (EventKind.CLOSED, ActorKind.SYSTEM, True),
        (EventKind.NOTE, ActorKind.OPERATOR, True),
    ],
)
def test_the_control_room_that_answers_has_decided(engine: Engine, kind: EventKind, who: ActorKind, asks: bool):
    new = a_case()
    with writing(engine) as conn:
        case_id = stored(conn, new, a_history(NOW - 2 * DAY, dispatched=HOUR, answered=2 * HOUR, resolved=DAY))
        ratings.add(conn, Rating(case_id, 1, NOW - HOUR, "no", None, "", asks_reopening=True))
        said = CaseEvent(NOW, kind, who, agency="dpupr", text="Lubang yang lain sudah dilaporkan.")
        cases.append_events(conn, case_id, [said], terms_for(new), NOW)
        assert ratings.asks(conn, case_id) == asks


def test_who_reported_what_was_folded_asks_until_the_head_is_reopened_or_answered(engine: Engine):
    head, mine = a_case(), a_case()
    with writing(engine) as conn:
        head_id = stored(conn, head, a_history(NOW - 2 * DAY, dispatched=HOUR))
        case_id = stored(conn, mine, [received(NOW - 2 * DAY)])
        cases.merge(conn, case_id, head_id, terms_for(mine), NOW - 2 * DAY)

        def later(kind: EventKind, hours: int) -> None:
            it = CaseEvent(NOW + hours * HOUR, kind, ActorKind.OPERATOR, agency="dpupr", text="Sudah.")
            cases.append_events(conn, head_id, [it], terms_for(head), NOW + hours * HOUR)

        for cycle, ends in ((1, EventKind.REOPENED), (2, EventKind.ANSWERED)):
            later(EventKind.RESOLVED, 4 * cycle)
            assert ratings.add(conn, Rating(case_id, cycle, NOW + (4 * cycle + 1) * HOUR, "no", None, "", True))
            assert ratings.asks(conn, case_id)
            later(ends, 4 * cycle + 2)
            assert not ratings.asks(conn, case_id)
