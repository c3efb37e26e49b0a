"""Histories in bulk: rows as they are, ids in order, one change, and what the driver says becomes ours."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DataError, IntegrityError

from data.domain.cases.model import EventKind
from data.store.cases import cases
from data.store.cases.bulk_insert import Histories, insert_history
from data.store.cases.snapshots import kept_ids, known_ids, snapshots
from data.store.db.change_feed import since
from data.store.db.engine import Engine, open_engine, reading, writing
from data.store.db.schema.cases import reporter
from data.store.intake.rejected import RejectedRecord, add
from tests.factories import HOUR, NOW, a_case, a_history, received, stored

AT = int(NOW.timestamp())


def some(*external_ids: str, **columns: Any) -> Histories:
    """Cases with two events each, the first one with a reporter."""
    plain = {
        "kind": "report",
        "source": "lama",
        "category": "sampah",
        "priority": "normal",
        "private": 0,
        "policy": "biasa",
        "policy_version": 1,
        "service_class": "pengaduan",
        "title": "Sampah",
        "text": "Menumpuk\tdi\npojok\\",
        "precision": "none",
        "state": "dispatched",
        "open": 1,
        "agency": "dlh",
        "received_at": AT,
        "updated_at": AT + 60,
    } | columns
    n = len(external_ids)
    of_cases = {name: [value] * n for name, value in plain.items()}
    of_cases |= {"external_id": external_ids, "code": [f"AW-2611-{external_id}" for external_id in external_ids]}
    first = [(n, 1, AT, "received", "citizen", "", "dlh", "sampah", "biasa", 1, None) for n in range(n)]
    later = [(n, 2, AT + 60, "dispatched", "system", "lama", "dlh", None, None) for n in range(n)]
    return Histories("lama", of_cases, first, later, [(0, "Bu Sri", "0812", None, None, None)] if n else [])


def test_cases_events_and_reporters_find_each_other(engine: Engine):
    with writing(engine) as conn:
        before = stored(conn, a_case(), [received()])
        ids = list(insert_history(conn, some("a", "b", "c"), NOW))
    assert ids == [before + 1, before + 2, before + 3]
    with reading(engine) as conn:
        found = cases.find(conn, "lama", "b")
        assert found is not None
        assert (found.id, found.facts.text, found.status.received_at) == (ids[1], "Menumpuk\tdi\npojok\\", NOW)
        assert [event.kind for event in cases.events_of(conn, ids[2])] == [EventKind.RECEIVED, EventKind.DISPATCHED]
        assert cases.events_of(conn, ids[0])[0].category == "sampah"
        people = conn.execute(select(reporter).where(reporter.c.case_id > before)).all()
        assert [(row.case_id, row.name) for row in people] == [(ids[0], "Bu Sri")]


def test_there_is_one_change_for_all(engine: Engine):
    with writing(engine) as conn:
        insert_history(conn, some(*map(str, range(100))), NOW)
    with reading(engine) as conn:
        [change] = since(conn, 0, 10)
        assert (change.kind, change.source, change.count, change.at) == ("imported", "lama", 100, NOW)


def test_live_cases_go_on_after_a_history(engine: Engine):
    with writing(engine) as conn:
        last = list(insert_history(conn, some("a", "b"), NOW))[-1]
        assert stored(conn, a_case(), [received()]) == last + 1


def test_no_history_is_no_change(engine: Engine):
    with writing(engine) as conn:
        assert list(insert_history(conn, some(), NOW)) == []
        assert since(conn, 0, 10) == []


def test_one_that_is_there_already_undoes_all(engine: Engine):
    with writing(engine) as conn:
        insert_history(conn, some("a"), NOW)
    with pytest.raises(IntegrityError), writing(engine) as conn:
        insert_history(conn, some("b", "a"), NOW)
    with reading(engine) as conn:
        assert known_ids(conn, "lama", ["a", "b"]) == {"a"}


def test_what_copy_refuses_is_told_as_everything_else(postgresql_url: str):
    engine = open_engine(postgresql_url)
    with pytest.raises(DataError), writing(engine) as conn:
        insert_history(conn, some("a", state="x" * 17), NOW)
    engine.dispose()


def test_sqlite_has_its_own_cache_again_afterwards(sqlite_url: str):
    engine = open_engine(sqlite_url)
    with writing(engine) as conn:
        before = conn.execute(text("PRAGMA cache_size")).scalar_one()
        insert_history(conn, some("a"), NOW)
        assert conn.execute(text("PRAGMA cache_size")).scalar_one() == before
    engine.dispose()


def test_a_snapshot_is_what_a_source_can_change_of_a_case(engine: Engine):
    with writing(engine) as conn:
        history = a_history(NOW, dispatched=HOUR, answered=2 * HOUR)
        case_id = stored(conn, a_case(source="lama", external_id="x", sp4n_number="7"), history)
        stored(conn, a_case(source="lain", external_id="x"), [received()])
        found = snapshots(conn, "lama", ["x", "y"])
    assert list(found) == ["x"]
    assert (found["x"].id, found["x"].category, found["x"].sp4n_number) == (case_id, "jalan_rusak", "7")
    assert [event.kind for event in found["x"].events] == [event.kind for event in history]
    assert found["x"].events[1:] == tuple(history[1:])


def test_thousands_of_ids_are_asked_for_at_once(engine: Engine):
    wanted = [f"nomor '{n}' \"\\ é" for n in range(40_000)]
    with writing(engine) as conn:
        insert_history(conn, some(*wanted[:300]), NOW)
        add(conn, RejectedRecord("lama", wanted[-1], "salah", "{}"), NOW)
        assert known_ids(conn, "lama", wanted) == set(wanted[:300])
        assert len(snapshots(conn, "lama", wanted)) == 300
        assert kept_ids(conn, "lama", wanted) == {wanted[-1]}
        assert known_ids(conn, "lama", []) == set()
