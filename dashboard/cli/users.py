"""The commands `run.py user`: accounts, and the audit of what was done with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import typer

from dashboard.auth.user_accounts import Doer, OneTime, UserAccounts
from dashboard.cli.commands import FAILED, CommandContext, fail, ready_store, who
from dashboard.config.faults import did_you_mean
from data import clock
from data.domain.access.roles import Role
from data.reference.places.villages import VILLAGES, village_named
from data.store.accounts import audit, users
from data.store.accounts.users import User
from data.store.db.engine import reading

UNFIT = {
    "name": f"A name has 1 to {users.NAME_MOST} printable characters",
    "demo": "{name} is the name of an account of the demonstration: choose another",
    "missing": "the role {role} belongs to an agency: give --agency CODE",
    "many": "a head leads one agency: give --agency once",
    "needless": "the role {role} belongs to no agency: leave --agency out",
    "village_missing": "the role {role} belongs to a village: give --village CODE",
    "village_needless": "the role {role} belongs to no village: leave --village out",
}


def add(command: CommandContext, name: str, role: Role, agencies: Sequence[str], villages: Sequence[str] = ()) -> None:
    """Print the one-time password, once."""
    known = command.config.city.agencies
    for code in agencies:
        if code not in known:
            fail(f"There is no agency {code!r} in config.yaml: {did_you_mean(code, known)}", FAILED)
    for village in villages:
        if village_named(village) is None:
            fail(f"There is no village {village!r}: {did_you_mean(village, [one.name for one in VILLAGES])}", FAILED)
    accounts = UserAccounts(ready_store(command), command.config.accounts, known)
    fault = accounts.fault_of(name, role, agencies, villages)
    if fault is not None:
        fail(UNFIT[fault].format(name=name, role=role.value), FAILED)
    try:
        made = accounts.add(name, role, agencies, Doer(who()), clock.now(), villages=villages)
    except users.NameTaken as error:
        fail(f"{error}: run.py user reset gives it a new password", FAILED)
    _tell(command, made)


def reset(command: CommandContext, name: str, *, second_factor: bool) -> None:
    """A new one-time password, printed once; all sessions end, and a disabled account is enabled again."""
    accounts, user = _known(command, name)
    _tell(command, accounts.reset(user, Doer(who()), clock.now(), second_factor=second_factor))


def disable(command: CommandContext, name: str) -> None:
    """Its sessions end at once."""
    accounts, user = _known(command, name)
    accounts.disable(user, Doer(who()), clock.now())
    typer.echo(f"{user.person.name} cannot log in any more, and the open sessions have ended.")


def log_out(command: CommandContext, name: str) -> None:
    """End the account's sessions; it may log in again."""
    accounts, user = _known(command, name)
    ended = accounts.end_sessions(user, Doer(who()), clock.now())
    typer.echo(f"{ended} sessions of {user.person.name} have ended.")


def list_users(command: CommandContext) -> None:
    """Names, roles, agencies, state."""
    now = clock.now()
    with reading(ready_store(command)) as conn:
        for user in users.all_users(conn):
            agencies = ",".join(sorted((*user.person.agencies, *user.person.villages))) or "-"
            typer.echo(f"{user.person.name:<24} {user.person.role.value:<14} {agencies:<20} {_state(user, now)}")


def show_audit(command: CommandContext, name: str | None, number: int) -> None:
    """The newest lines, the newest last."""
    with reading(ready_store(command)) as conn:
        lines = audit.latest(conn, number, None if name is None else users.folded(name))
    for line in reversed(lines):
        typer.echo(
            f"{line.at:%Y-%m-%dT%H:%M:%SZ} {line.actor or '-'} {line.action} {line.object or '-'} {line.address or '-'}"
        )


def _known(command: CommandContext, name: str) -> tuple[UserAccounts, User]:
    engine = ready_store(command)
    with reading(engine) as conn:
        user = users.by_name(conn, name)
        names = [] if user else [each.person.name for each in users.all_users(conn)]
    if user is None:
        fail(f"There is no account named {name!r}: {did_you_mean(name, names)}", FAILED)
    return UserAccounts(engine, command.config.accounts, command.config.city.agencies), user


def _state(user: User, now: datetime) -> str:
    if user.disabled_at is not None:
        return f"disabled {user.disabled_at:%Y-%m-%d}"
    if user.one_time_until is not None:
        return "one-time password, too old" if now >= user.one_time_until else "one-time password"
    return f"password of {user.password_at:%Y-%m-%d}" + (", second factor" if user.totp_secret else "")


def _tell(command: CommandContext, made: OneTime) -> None:
    local = made.until.astimezone(ZoneInfo(command.config.city.timezone))
    said = f"{made.name} logs in at {command.base()}/masuk until {local:%Y-%m-%d %H:%M}"
    typer.echo(f"{said} and chooses another password there.\nOne-time password, shown only now: {made.password}")
