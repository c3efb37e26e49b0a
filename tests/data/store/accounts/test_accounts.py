"""Accounts, sessions, failed logins and the audit in the store, on both kinds of database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from data.domain.access.roles import Role
from data.store.accounts import audit, login_failures, sessions, users
from data.store.accounts.audit import Action
from data.store.accounts.sessions import HALF, SessionLimits
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.accounts import audit as audit_table
from data.store.db.schema.accounts import user_session
from tests.factories import HOUR, MINUTE, NOW

LIMITS = SessionLimits(HOUR, 12 * HOUR)


def a_user(engine: Engine, name: str = "siti", role: Role = Role.OPERATOR, *agencies: str) -> int:
    with writing(engine) as conn:
        return users.add(conn, name, role, agencies, password="hash", now=NOW, one_time_until=None)


def test_a_user_is_found_however_the_name_is_typed_and_is_there_once(engine: Engine):
    a_user(engine, " Siti ", Role.RESPONDER, "dlh", "dpupr", "dlh")
    with reading(engine) as conn:
        found = users.by_name(conn, "SITI")
    assert found is not None
    assert (found.person.name, found.person.role, found.person.agencies) == ("siti", Role.RESPONDER, {"dlh", "dpupr"})
    with pytest.raises(users.NameTaken):
        a_user(engine, "sItI")


def test_7_3_1_and_2_a_session_lasts_until_it_is_idle_for_too_long_or_too_old(engine: Engine):
    user_id = a_user(engine)
    with writing(engine) as conn:
        token = sessions.begin(conn, user_id, NOW)
    with writing(engine) as conn:
        assert sessions.of_token(conn, token, NOW + HOUR - timedelta(seconds=1), LIMITS) is not None
        assert sessions.of_token(conn, token, NOW + HOUR, LIMITS) is None
        assert sessions.of_token(conn, token, NOW - MINUTE, LIMITS) is None
        for n in range(1, 13):
            sessions.seen(conn, sessions.digest_of(token), NOW + n * HOUR - MINUTE)
        assert sessions.of_token(conn, token, NOW + 12 * HOUR - timedelta(seconds=1), LIMITS) is not None
        assert sessions.of_token(conn, token, NOW + 12 * HOUR, LIMITS) is None
        assert sessions.of_token(conn, token + "x", NOW, LIMITS) is None


def test_a_session_that_waits_for_the_second_factor_waits_five_minutes(engine: Engine):
    user_id = a_user(engine)
    with writing(engine) as conn:
        token = sessions.begin(conn, user_id, NOW, half=True)
        found = sessions.of_token(conn, token, NOW, LIMITS)
        assert found is not None
        assert found.half
        assert sessions.of_token(conn, token, NOW + HALF, LIMITS) is None
        assert sessions.of_user(conn, user_id, NOW, LIMITS) == []


def test_the_store_does_not_know_the_token(engine: Engine):
    user_id = a_user(engine)
    with writing(engine) as conn:
        token = sessions.begin(conn, user_id, NOW, address="10.0.0.1", browser="Firefox")
        (row,) = conn.execute(user_session.select()).all()
    assert len(token) >= 43
    assert token not in [str(value) for value in row]


def test_sessions_are_ended_by_their_own_user_one_or_all(engine: Engine):
    mine, other = a_user(engine), a_user(engine, "budi")
    with writing(engine) as conn:
        tokens = [sessions.begin(conn, mine, NOW + timedelta(seconds=n)) for n in range(3)]
        theirs = sessions.digest_of(sessions.begin(conn, other, NOW))
        now = NOW + MINUTE
        listed = [each.digest for each in sessions.of_user(conn, mine, now, LIMITS)]
        assert listed == [sessions.digest_of(token) for token in reversed(tokens)]
        assert not sessions.end(conn, theirs, mine)
        assert sessions.end(conn, listed[0], mine)
        assert sessions.end_all(conn, mine, but=listed[1]) == 1
        assert [each.digest for each in sessions.of_user(conn, mine, now, LIMITS)] == [listed[1]]
        assert len(sessions.of_user(conn, other, now, LIMITS)) == 1
        assert sessions.forget_over(conn, NOW + HOUR + MINUTE, LIMITS) == 2


def test_a_disabled_user_has_no_session(engine: Engine):
    user_id = a_user(engine)
    with writing(engine) as conn:
        token = sessions.begin(conn, user_id, NOW)
        users.disable(conn, user_id, NOW)
        assert sessions.of_token(conn, token, NOW, LIMITS) is None
        users.enable(conn, user_id)
        assert sessions.of_token(conn, token, NOW, LIMITS) is not None


def test_6_5_1_a_code_counts_once(engine: Engine):
    user_id = a_user(engine)
    with writing(engine) as conn:
        users.set_second_factor(conn, user_id, "SECRET", 10)
        assert [users.use_code(conn, user_id, step) for step in (10, 11, 11, 9, 12)] == [
            False,
            True,
            False,
            False,
            True,
        ]


def test_failures_are_counted_by_kind_and_key_and_forgotten(engine: Engine):
    with writing(engine) as conn:
        for _ in range(6):
            login_failures.failed(conn, "account", "siti", NOW)
        assert login_failures.wait_s(conn, "account", "siti", NOW) == 2
        assert login_failures.wait_s(conn, "account", "budi", NOW) == 0
        assert login_failures.wait_s(conn, "known", "siti", NOW) == 0
        assert login_failures.wait_s(conn, "account", "siti", NOW + timedelta(seconds=3)) == 0
        login_failures.succeeded(conn, "account", "siti")
        assert login_failures.wait_s(conn, "account", "siti", NOW) == 0
        for n in range(31):
            login_failures.failed(conn, "address", "10.0.0.1", NOW + n * MINUTE)
        assert login_failures.wait_s(conn, "address", "10.0.0.1", NOW + 31 * MINUTE) == 29 * 60
        login_failures.failed(conn, "address", "10.0.0.1", NOW + HOUR)
        assert login_failures.wait_s(conn, "address", "10.0.0.1", NOW + HOUR) == 0, "the hour began anew"
        assert login_failures.forget_old(conn, NOW + 48 * HOUR) == 1


def test_the_audit_only_grows(engine: Engine):
    with writing(engine) as conn:
        audit.add(conn, NOW, "siti", Action.LOGIN, address="10.0.0.1")
        audit.add(conn, NOW + MINUTE, "budi", Action.VIEWED, "/unggahan/1")
    for statement in (update(audit_table).values(actor="x"), delete(audit_table)):
        with pytest.raises(DBAPIError, match="append-only"), writing(engine) as conn:
            conn.execute(statement)
    with reading(engine) as conn:
        assert [line.actor for line in audit.latest(conn, 10)] == ["budi", "siti"]
        assert [line.action for line in audit.latest(conn, 10, "siti")] == ["login"]


def test_who_is_removed_stays_in_the_audit(engine: Engine):
    user_id = a_user(engine, "siti", Role.HEAD, "dlh")
    with writing(engine) as conn:
        sessions.begin(conn, user_id, NOW)
        audit.add(conn, NOW, "siti", Action.LOGIN)
        users.remove(conn, "siti")
        assert users.all_users(conn) == []
        assert conn.execute(user_session.select()).all() == []
        assert len(audit.latest(conn, 10)) == 1
