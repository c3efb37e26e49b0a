"""The commands `run.py user`: accounts, and the audit of what was done with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import typer

from dashboard.auth import passwords
from dashboard.auth.demo_users import DEMO_NAMES
from dashboard.cli.commands import FAILED, CommandContext, fail, note, ready_store
from dashboard.config.faults import did_you_mean
from data import clock
from data.domain.access.roles import Role, unfit_agencies
from data.store.accounts import audit, sessions, users
from data.store.accounts.audit import Action
from data.store.accounts.users import User
from data.store.db.engine import Connection, reading, writing

UNFIT = {
    "missing": "the role {role} belongs to an agency: give --agency CODE",
    "many": "a head leads one agency: give --agency once",
    "needless": "the role {role} belongs to no agency: leave --agency out",
}


def add(command: CommandContext, name: str, role: Role, agencies: Sequence[str]) -> None:
    """Print the one-time password, once."""
    _check(command, name, role, agencies)
    now, password = clock.now(), passwords.one_time_password()
    until = now + command.config.accounts.one_time
    kept = passwords.hashed(password)
    try:
        with writing(ready_store(command)) as conn:
            users.add(conn, name, role, agencies, password=kept, now=now, one_time_until=until)
            told = f"{users.folded(name)} {role.value} {','.join(sorted(agencies))}".strip()
            note(conn, now, Action.USER_ADDED, told)
    except users.NameTaken as error:
        fail(f"{error}: run.py user reset gives it a new password", FAILED)
    _tell(command, users.folded(name), until, password)


def _check(command: CommandContext, name: str, role: Role, agencies: Sequence[str]) -> None:
    if not users.folded(name) or len(name) > users.NAME_MOST or not name.isprintable():
        fail(f"A name has 1 to {users.NAME_MOST} printable characters", FAILED)
    if users.folded(name) in DEMO_NAMES.values():
        fail(f"{name} is the name of an account of the demonstration: choose another", FAILED)
    for code in agencies:
        if code not in command.config.city.agencies:
            fail(
                f"There is no agency {code!r} in config.yaml: {did_you_mean(code, command.config.city.agencies)}",
                FAILED,
            )
    unfit = unfit_agencies(role, frozenset(agencies))
    if unfit is not None:
        fail(UNFIT[unfit].format(role=role.value), FAILED)


def reset(command: CommandContext, name: str, *, second_factor: bool) -> None:
    """A new one-time password, printed once; all sessions end, and a disabled account is enabled again."""
    now, password = clock.now(), passwords.one_time_password()
    until = now + command.config.accounts.one_time
    kept = passwords.hashed(password)
    with writing(ready_store(command)) as conn:
        user = _known(conn, name)
        users.set_password(conn, user.person.id, kept, now, until)
        users.enable(conn, user.person.id)
        if second_factor:
            users.set_second_factor(conn, user.person.id, None)
        sessions.end_all(conn, user.person.id)
        note(conn, now, Action.USER_RESET, user.person.name)
    _tell(command, user.person.name, until, password)


def disable(command: CommandContext, name: str) -> None:
    """Its sessions end at once."""
    now = clock.now()
    with writing(ready_store(command)) as conn:
        user = _known(conn, name)
        users.disable(conn, user.person.id, now)
        sessions.end_all(conn, user.person.id)
        note(conn, now, Action.USER_DISABLED, user.person.name)
    typer.echo(f"{user.person.name} cannot log in any more, and the open sessions have ended.")


def log_out(command: CommandContext, name: str) -> None:
    """End the account's sessions; it may log in again."""
    now = clock.now()
    with writing(ready_store(command)) as conn:
        user = _known(conn, name)
        ended = sessions.end_all(conn, user.person.id)
        note(conn, now, Action.SESSION_ENDED, user.person.name)
    typer.echo(f"{ended} sessions of {user.person.name} have ended.")


def list_users(command: CommandContext) -> None:
    """Names, roles, agencies, state."""
    now = clock.now()
    with reading(ready_store(command)) as conn:
        for user in users.all_users(conn):
            agencies = ",".join(sorted(user.person.agencies)) or "-"
            typer.echo(f"{user.person.name:<24} {user.person.role.value:<14} {agencies:<20} {_state(user, now)}")


def show_audit(command: CommandContext, name: str | None, number: int) -> None:
    """The newest lines, the newest last."""
    with reading(ready_store(command)) as conn:
        lines = audit.latest(conn, number, None if name is None else users.folded(name))
    for line in reversed(lines):
        typer.echo(
            f"{line.at:%Y-%m-%dT%H:%M:%SZ} {line.actor or '-'} {line.action} {line.object or '-'} {line.address or '-'}"
        )


def _known(conn: Connection, name: str) -> User:
    user = users.by_name(conn, name)
    if user is None:
        near = did_you_mean(name, [each.person.name for each in users.all_users(conn)])
        fail(f"There is no account named {name!r}: {near}", FAILED)
    return user


def _state(user: User, now: datetime) -> str:
    if user.disabled_at is not None:
        return f"disabled {user.disabled_at:%Y-%m-%d}"
    if user.one_time_until is not None:
        return "one-time password, too old" if now >= user.one_time_until else "one-time password"
    return f"password of {user.password_at:%Y-%m-%d}" + (", second factor" if user.totp_secret else "")


def _tell(command: CommandContext, name: str, until: datetime, password: str) -> None:
    local = until.astimezone(ZoneInfo(command.config.city.timezone))
    said = f"{name} logs in at {command.base()}/masuk until {local:%Y-%m-%d %H:%M} and chooses another password there."
    typer.echo(f"{said}\nOne-time password, shown only now: {password}")
