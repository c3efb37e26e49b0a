"""Accounts from the command line: a one-time password, the last word; roles and agencies that fit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard.auth.demo_users import add_demo_users
from dashboard.auth.passwords import is_password
from dashboard.cli.main import cli
from data import clock
from data.domain.access.roles import Role
from data.store.accounts import sessions, users
from data.store.db.engine import Engine, open_engine, reading, writing
from tests.factories import SISIR, new_store

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_config: Path) -> Run:
    monkeypatch.setenv("BATT_CONFIG", str(short_config))
    monkeypatch.setenv("BATT_HOME", str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def store(tmp_path: Path, recorded_template: Path) -> Engine:
    return open_engine(new_store(recorded_template, tmp_path / "home" / "batt.db"))


def test_6_3_2_a_new_store_has_no_account(store: Engine):
    with reading(store) as conn:
        assert users.all_users(conn) == []


def test_a_new_user_has_a_one_time_password_that_is_printed_once(run: Run, store: Engine):
    made = run("user", "add", " Siti ", "--role", "head", "--agency", "dlh")
    assert made.exit_code == 0
    with reading(store) as conn:
        user = users.by_name(conn, "SITI")
    assert user is not None
    assert (user.person.role, user.person.agencies) == (Role.HEAD, frozenset({"dlh"}))
    assert is_password(made.stdout.split()[-1], user.password)
    assert user.one_time_until is not None
    assert timedelta(days=6) < user.one_time_until - clock.now() < timedelta(days=8)
    listed = run("user", "list").output
    assert "siti" in listed
    assert "one-time password" in listed
    assert made.stdout.split()[-1] not in listed
    again = run("user", "add", "siti", "--role", "operator")
    assert again.exit_code == 1
    assert "already" in again.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("x", "--role", "head"), "give --agency CODE"),
        (("x", "--role", "responder"), "give --agency CODE"),
        (("x", "--role", "head", "--agency", "dlh", "--agency", "dpupr"), "one agency"),
        (("x", "--role", "operator", "--agency", "dlh"), "leave --agency out"),
        (("x", "--role", "head", "--agency", "dhl"), "did you mean dlh?"),
        (("x", "--role", "field"), "give --village CODE"),
        (("x", "--role", "field", "--village", "Sisirr"), "did you mean Sisir?"),
        (("x", "--role", "operator", "--village", "Sisir"), "leave --village out"),
        ((" ", "--role", "operator"), "printable"),
        (("demo-operator", "--role", "operator"), "demonstration"),
    ],
)
def test_a_user_that_does_not_fit_is_told_why(run: Run, store: Engine, words: tuple[str, ...], said: str):
    told = run("user", "add", *words)
    assert told.exit_code == 1
    assert said in told.output
    with reading(store) as conn:
        assert users.all_users(conn) == []


def test_an_officer_belongs_to_villages(run: Run, store: Engine):
    assert (
        run("user", "add", "lurah", "--role", "field", "--village", "Sisir", "--village", "35.79.01.1001").exit_code
        == 0
    )
    with reading(store) as conn:
        user = users.by_name(conn, "lurah")
    assert user is not None
    assert (user.person.villages, user.person.agencies) == (frozenset({SISIR, "35.79.01.1001"}), frozenset())
    assert SISIR in run("user", "list").output


def test_a_role_that_there_is_not_is_bad_usage(run: Run):
    assert run("user", "add", "x", "--role", "king").exit_code == 2


@pytest.mark.parametrize("words", [("disable",), ("reset",), ("logout",)])
def test_7_4_5_sessions_end_with_each_of_these(run: Run, store: Engine, words: tuple[str, ...]):
    run("user", "add", "budi", "--role", "operator")
    with writing(store) as conn:
        user = users.by_name(conn, "budi")
        assert user is not None
        token = sessions.begin(conn, user.person.id, clock.now())
    assert run("user", *words, "Budi").exit_code == 0
    limits = sessions.SessionLimits(timedelta(hours=1), timedelta(hours=1))
    with reading(store) as conn:
        assert sessions.of_token(conn, token, clock.now(), limits) is None
        after = users.by_name(conn, "budi")
    assert after is not None
    assert (after.disabled_at is not None) == (words == ("disable",))
    assert (after.password != user.password) == (words == ("reset",))
    assert run("user", *words, "bdi").exit_code == 1


def test_a_reset_enables_again_and_forgets_the_second_factor_only_when_asked(run: Run, store: Engine):
    run("user", "add", "budi", "--role", "operator")
    with writing(store) as conn:
        user = users.by_name(conn, "budi")
        assert user is not None
        users.set_second_factor(conn, user.person.id, "SECRET")
    run("user", "disable", "budi")
    run("user", "reset", "budi")
    with reading(store) as conn:
        after = users.by_name(conn, "budi")
    assert after is not None
    assert (after.disabled_at, after.totp_secret) == (None, "SECRET")
    run("user", "reset", "budi", "--second-factor")
    with reading(store) as conn:
        after = users.by_name(conn, "budi")
    assert after is not None
    assert after.totp_secret is None


def test_what_was_done_with_accounts_stands_in_the_audit(run: Run, store: Engine):
    run("user", "add", "budi", "--role", "head", "--agency", "dlh")
    run("user", "reset", "budi")
    run("user", "disable", "budi")
    lines = run("user", "audit").output.splitlines()
    assert [line.split()[2] for line in lines] == ["user_added", "user_reset", "user_disabled"]
    assert "budi head dlh" in lines[0]
    run("key", "add", "aplikasi")
    run("key", "revoke", "aplikasi")
    assert [line.split()[2] for line in run("user", "audit").output.splitlines()[3:]] == ["key_added", "key_revoked"]
    assert run("user", "audit", "--last", "1").output.count("\n") == 1


def test_a_demonstration_has_an_account_of_each_role_with_new_passwords(store: Engine):
    with writing(store) as conn:
        first = add_demo_users(conn, "dlh", SISIR, clock.now())
    with writing(store) as conn:
        second = add_demo_users(conn, "dlh", SISIR, clock.now())
        found = {user.person.role: user for user in users.all_users(conn)}
    assert set(found) == set(Role)
    for role, user in found.items():
        assert not user.must_change()
        assert is_password(second[role][1], user.password)
        assert first[role][1] != second[role][1]
