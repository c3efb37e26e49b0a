"""What is done with accounts, from the page and from the command line. The audit has each in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from dashboard.auth import passwords
from dashboard.auth.demo_users import DEMO_NAMES
from dashboard.config.models import AccountSettings
from data.domain.access.roles import Role, unfit_agencies, unfit_villages
from data.reference.places.villages import village_named
from data.store.accounts import audit, sessions, users
from data.store.accounts.audit import Action
from data.store.accounts.users import User
from data.store.db.engine import Connection, Engine, writing


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does it, and from where; an empty address is the server itself."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class OneTime:
    """A one-time password, to be shown once."""

    name: str
    password: str
    until: datetime


class UserAccounts:
    """Adds, resets, disables. The caller has made sure that the doer may."""

    def __init__(self, engine: Engine, settings: AccountSettings, agencies: Collection[str]) -> None:
        """`agencies`: the codes of config.yaml."""
        self._engine, self._settings, self._agencies = engine, settings, agencies

    def fault_of(self, name: str, role: Role, agencies: Collection[str], villages: Collection[str] = ()) -> str | None:
        """Why there can be no such account; None: there can.

        'name' (1 to 100 printable characters), 'demo' (a demonstration's name), 'agency' (an unknown code), 'missing',
        'many' and 'needless' (the role's agencies), 'village' (an unknown one), 'village_missing', 'village_needless'.
        """
        if not users.folded(name) or len(name) > users.NAME_MOST or not name.isprintable():
            return "name"
        if users.folded(name) in DEMO_NAMES.values():
            return "demo"
        if set(agencies) - set(self._agencies):
            return "agency"
        if any(village_named(village) is None for village in villages):
            return "village"
        return unfit_agencies(role, frozenset(agencies)) or unfit_villages(role, frozenset(villages))

    def add(
        self,
        name: str,
        role: Role,
        agencies: Collection[str],
        doer: Doer,
        now: datetime,
        *,
        villages: Collection[str] = (),
    ) -> OneTime:
        """One that has no `fault_of`. Raises users.NameTaken, passwords.Busy, StoreDown."""
        made, kept = self._one_time(users.folded(name), now)
        with writing(self._engine) as conn:
            codes = {found.code for village in villages if (found := village_named(village)) is not None}
            users.add(conn, name, role, agencies, password=kept, now=now, one_time_until=made.until, villages=codes)
            told = f"{made.name} {role.value} {','.join(sorted((*agencies, *codes)))}".strip()
            audit.add(conn, now, doer.name, Action.USER_ADDED, told, address=doer.address)
        return made

    def reset(self, user: User, doer: Doer, now: datetime, *, second_factor: bool) -> OneTime:
        """All sessions end, and a disabled account is enabled again. `second_factor`: it is taken away, too.

        Raises passwords.Busy, StoreDown.
        """
        made, kept = self._one_time(user.person.name, now)

        def renew(conn: Connection) -> None:
            users.set_password(conn, user.person.id, kept, now, made.until)
            users.enable(conn, user.person.id)
            if second_factor:
                users.set_second_factor(conn, user.person.id, None)

        self._change(user, Action.USER_RESET, doer, now, renew)
        return made

    def disable(self, user: User, doer: Doer, now: datetime) -> None:
        """Nobody logs in by it; its sessions end at once. Raises StoreDown."""
        self._change(user, Action.USER_DISABLED, doer, now, lambda conn: users.disable(conn, user.person.id, now))

    def end_sessions(self, user: User, doer: Doer, now: datetime) -> int:
        """It may log in again; how many there were. Raises StoreDown."""
        return self._change(user, Action.SESSION_ENDED, doer, now, lambda conn: None)

    def _change(
        self, user: User, action: Action, doer: Doer, now: datetime, change: Callable[[Connection], None]
    ) -> int:
        with writing(self._engine) as conn:
            change(conn)
            ended = sessions.end_all(conn, user.person.id)
            audit.add(conn, now, doer.name, action, user.person.name, address=doer.address)
        return ended

    def _one_time(self, name: str, now: datetime) -> tuple[OneTime, str]:
        """A new password and its hash."""
        password = passwords.one_time_password()
        return OneTime(name, password, now + self._settings.one_time), passwords.hashed(password)
