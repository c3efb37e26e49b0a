"""Personal data go when their time is over or when somebody asks; rows and figures stay."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import Table, select

from data.domain.cases.privacy_requests import RequestKind
from data.domain.cases.tracking_code import code_of, shown
from data.store.cases import cases, photos
from data.store.cases.cases import Reporter
from data.store.cases.photos import StoredPhoto
from data.store.citizens import outbox, privacy, ratings, requests, tracking
from data.store.citizens.ratings import Rating
from data.store.citizens.requests import NewRequest
from data.store.db.engine import Connection, Engine, reading, writing
from data.store.db.schema import metadata
from tests.factories import DAY, HOUR, NOW, a_case, a_history, stored, terms_for

SECRET = "SANGAT-PRIBADI"
WHO = Reporter(SECRET, "081234567890", "warga@example.id", SECRET, SECRET, lang="id")
CODE = code_of(4711)
PHOTO, SHARED = ("a" * 64, "b" * 64)


def personal_case(conn: Connection, **changes: object) -> int:
    """A case in whose every corner there is something personal; it was resolved ten days ago."""
    told = {"title": SECRET, "text": SECRET, "address": SECRET, "lat": -7.87901, "lon": 112.52761, "reporter": WHO}
    new = a_case(**told | changes)
    history = a_history(NOW - 11 * DAY, dispatched=HOUR, answered=2 * HOUR, resolved=DAY)
    case_id = stored(conn, new, history, NOW - 10 * DAY)
    conn.exec_driver_sql(f"UPDATE case_event SET text = '{SECRET}' WHERE case_id = {case_id}")
    tracking.add(conn, case_id, CODE)
    ratings.add(conn, Rating(case_id, 1, NOW, "yes", 4, SECRET, False))
    requests.ask(conn, NewRequest(case_id, RequestKind.ERASURE, SECRET), NOW)
    for digest in (PHOTO, SHARED):
        photos.add_received(conn, new.code, StoredPhoto(digest, 1, 1, 1), NOW)
    return case_id


def everything(conn: Connection) -> str:
    """All rows of all tables in words."""
    tables: list[Table] = metadata.sorted_tables
    return json.dumps([[str(row) for row in conn.execute(select(table)).all()] for table in tables])


def test_what_ended_long_enough_ago_loses_its_reporter_and_keeps_its_words(engine: Engine):
    with writing(engine) as conn:
        case_id = personal_case(conn)
        still_open = stored(conn, a_case(reporter=WHO), a_history(NOW - 90 * DAY), NOW)
        assert privacy.due(conn, NOW - 11 * DAY, 9, texts=False) == []
        assert privacy.due(conn, NOW - 9 * DAY, 9, texts=False) == [case_id]
        assert privacy.erase(conn, [case_id], NOW, texts=False).digests == []
        assert privacy.due(conn, NOW - 9 * DAY, 9, texts=False) == []
        assert privacy.told_of(conn, case_id)["reporter"]["name"] is None
        assert privacy.told_of(conn, case_id)["case"]["title"] == SECRET
        assert privacy.told_of(conn, still_open)["reporter"]["name"] == SECRET
        found = outbox.due(conn, NOW + timedelta(days=1), list(outbox.CHANNELS), 9, dead_blocks=False)
        assert {each.code for each in found} == {privacy.told_of(conn, still_open)["case"]["code"]}


def test_the_words_of_who_withdrew_go_when_their_time_is_over(engine: Engine):
    with writing(engine) as conn:
        case_id = personal_case(conn)
        privacy.erase(conn, [case_id], NOW, texts=False)
        assert privacy.due(conn, NOW - 9 * DAY, 9, texts=True) == [case_id]
        privacy.erase(conn, [case_id], NOW, texts=True)
        assert privacy.due(conn, NOW - 9 * DAY, 9, texts=True) == []


def test_nothing_personal_is_left_anywhere_and_the_status_stays(engine: Engine):
    with writing(engine) as conn:
        case_id = personal_case(conn)
        other = a_case()
        stored(conn, other, a_history(NOW), NOW)
        photos.add_received(conn, other.code, StoredPhoto(SHARED, 1, 1, 1), NOW)
        before = cases.by_id(conn, case_id)
        assert before is not None
        cases.merge(conn, case_id, case_id + 1, terms_for(a_case()), NOW)  # keeps a version with the address
        status = cases.by_id(conn, case_id)
        assert privacy.erase(conn, [case_id], NOW, texts=True).digests == [PHOTO]
        left = everything(conn)
        after = cases.by_id(conn, case_id)
    assert status is not None
    assert after is not None
    assert SECRET not in left
    assert "081234567890" not in left
    assert "112.52761" not in left
    assert after.status == status.status
    assert (after.facts.lat, after.facts.village) == (-7.879, before.facts.village)


@pytest.mark.parametrize(
    "who", ["warga@EXAMPLE.id", "0812 3456 7890", "+62 812-3456-7890", shown(CODE), CODE.lower(), "the code"]
)
def test_somebody_is_found_by_what_he_can_say(engine: Engine, who: str):
    with writing(engine) as conn:
        case_id = personal_case(conn)
        stored(conn, a_case(reporter=Reporter(phone="0899999999")), a_history(NOW), NOW)
        code = privacy.told_of(conn, case_id)["case"]["code"]
        assert privacy.cases_of(conn, code.lower() if who == "the code" else who) == [case_id]
        for other in ("", "%", "nobody@example.id", "08000000000", "AW-0000-0000"):
            assert privacy.cases_of(conn, other) == []


def test_what_somebody_gets_is_complete_json_without_who_worked_on_it(engine: Engine):
    with writing(engine) as conn:
        case_id = personal_case(conn)
    with reading(engine) as conn:
        told = json.loads(json.dumps(privacy.told_of(conn, case_id)))
    assert told["reporter"]["phone"] == "081234567890"
    assert [each["kind"] for each in told["history"]] == ["received", "dispatched", "answered", "resolved"]
    assert told["ratings"][0]["score"] == 4
    assert len(told["photos"]) == 2
    assert {each["channel"] for each in told["messages"]} == {"email", "webhook"}
    assert "petugas" not in str(told)
