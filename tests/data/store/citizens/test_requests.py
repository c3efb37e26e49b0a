"""Requests about personal data: one of a kind waits at a time, each is due after 72 hours, whatever day it is."""

from __future__ import annotations

from datetime import UTC, datetime

from data.domain.cases.privacy_requests import RequestKind
from data.store.citizens import requests
from data.store.citizens.requests import NewRequest
from data.store.db.engine import Connection, Engine, writing
from tests.factories import DAY, HOUR, NOW, a_case, a_history, stored

CHRISTMAS = datetime(2026, 12, 24, 15, 0, tzinfo=UTC)


def ask(conn: Connection, case_id: int, kind: RequestKind = RequestKind.ACCESS, now: datetime = NOW) -> int:
    number = requests.ask(conn, NewRequest(case_id, kind, "Mohon"), now)
    assert number is not None
    return number


def test_a_request_is_due_after_three_days_and_nights_be_they_holidays(engine: Engine):
    with writing(engine) as conn:
        number = ask(conn, stored(conn, a_case(), a_history(NOW)), now=CHRISTMAS)
        found = requests.by_id(conn, number)
    assert found is not None
    assert found.due_at == CHRISTMAS + 3 * DAY
    assert not found.is_late(found.due_at)
    assert found.is_late(found.due_at + HOUR)


def test_the_same_is_asked_for_once_until_it_is_answered(engine: Engine):
    with writing(engine) as conn:
        case_id = stored(conn, a_case(), a_history(NOW))
        first = ask(conn, case_id)
        assert requests.ask(conn, NewRequest(case_id, RequestKind.ACCESS, "Lagi"), NOW) is None
        ask(conn, case_id, RequestKind.ERASURE)
        assert requests.answer(conn, first, "admin", "Ini datanya.", NOW + HOUR, done=True)
        assert not requests.answer(conn, first, "lain", "Terlambat.", NOW + HOUR, done=False)
        again = ask(conn, case_id, now=NOW + DAY)
        assert [one.id for one in requests.of_case(conn, case_id)] == [again, again - 1, first]


def test_what_waits_comes_first_and_due_first(engine: Engine):
    with writing(engine) as conn:
        late, soon, done = [stored(conn, a_case(), a_history(NOW)) for _ in range(3)]
        ask(conn, late, now=NOW)
        ask(conn, soon, now=NOW - DAY)
        requests.answer(conn, ask(conn, done, now=NOW - 2 * DAY), "admin", "Sudah.", NOW, done=False)
        assert [one.case_id for one in requests.listed(conn, 9)] == [soon, late, done]


def test_a_contact_is_corrected_and_made_where_there_was_none(engine: Engine):
    with writing(engine) as conn:
        for reporter in (a_case().reporter, None):
            case_id = stored(conn, a_case(reporter=reporter), a_history(NOW))
            requests.correct_contact(conn, case_id, {"name": "Bu Sri", "phone": None, "email": "sri@b.id"})
            assert requests.contact_of(conn, case_id) == {"name": "Bu Sri", "phone": "", "email": "sri@b.id"}
