"""Who says that it is not solved is heard at the desk, until somebody reopens the case."""

from __future__ import annotations

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
        assert inbox(conn) == [(unsolved.code, True), (new.code, False)]
        [vote] = ratings.asking(conn, 9)
        again = CaseEvent(NOW, EventKind.REOPENED, ActorKind.OPERATOR, agency="dpupr")
        cases.append_events(conn, vote.case_id, [again], terms_for(unsolved), NOW)
        assert (unsolved.code, True) not in inbox(conn)
        assert ratings.asking(conn, 9) == []
