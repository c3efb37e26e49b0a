"""Logging in: throttle, password, second factor, a new session. Every step goes into the audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dashboard.auth import passwords, second_factor
from dashboard.auth.forms import Seals
from dashboard.config.models import AccountSettings
from data.store.accounts import audit, login_failures, sessions, users
from data.store.accounts.audit import Action
from data.store.accounts.login_failures import Kind
from data.store.accounts.sessions import Session
from data.store.accounts.users import User
from data.store.db.engine import Connection, Engine, writing


@dataclass(frozen=True, slots=True)
class Browser:
    """Who asks."""

    address: str
    name: str
    """What it calls itself."""
    token: str
    """Of the session that it has; empty for none. It ends when a new one begins."""
    known: str
    """The mark that a login left in it."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session has begun; `half`: its second factor is owed."""

    token: str
    half: bool
    known: str


class Begun(StrEnum):
    """What a new session rests on."""

    WHOLE = "password"
    HALF = "half"
    """The second factor is owed."""
    BY_SSO = "sso"


@dataclass(frozen=True, slots=True)
class NotLoggedIn:
    """Why not, and how many seconds to wait before the next try."""

    why: str
    """wrong, wait, busy, expired, code, sso, sso_down, sso_unknown."""
    wait_s: int = 0


@dataclass(frozen=True, slots=True)
class Throttle:
    """What failures are counted by, for one try."""

    counted: tuple[tuple[Kind, str], ...]

    def wait_s(self, conn: Connection, now: datetime) -> int:
        """Seconds to wait; 0: the try may be made, and is counted as failed until it succeeds."""
        wait = max(login_failures.wait_s(conn, kind, key, now) for kind, key in self.counted)
        if not wait:
            for kind, key in self.counted:
                login_failures.failed(conn, kind, key, now)
        return wait

    def succeeded(self, conn: Connection) -> None:
        """Forget the failures of the account, and of the address only this try."""
        for kind, key in self.counted:
            if kind == "address":
                login_failures.take_back(conn, kind, key)
            else:
                login_failures.succeeded(conn, kind, key)


class Logins:
    """Begins sessions."""

    def __init__(self, engine: Engine, settings: AccountSettings, seals: Seals) -> None:
        self._engine, self._settings, self._seals = engine, settings, seals

    def log_in(self, name: str, password: str, browser: Browser, now: datetime) -> LoggedIn | NotLoggedIn:
        """By name and password. Raises StoreDown, passwords.Busy.

        A browser in which the account was used before has a count of its own: whoever guesses elsewhere, or at the
        same address, does not make its owner wait. An unknown name is answered like a wrong password, in the same time.
        """
        password = password[: passwords.LONGEST]
        with writing(self._engine) as conn:
            user = users.by_name(conn, name)
            throttle = self._throttle(user, name, browser)
            wait = throttle.wait_s(conn, now)
        if wait:
            return NotLoggedIn("wait", wait)
        kept = None if user is None or user.disabled_at is not None else user.password
        if not passwords.is_password(password, kept) or user is None:
            return self._failed("wrong", user, browser, now)
        if user.one_time_until is not None and now >= user.one_time_until:
            return self._failed("expired", user, browser, now)
        fresh = passwords.hashed(password) if passwords.is_outdated(user.password) else None
        with writing(self._engine) as conn:
            if users.is_unchanged(conn, user):  # the hash took its time
                throttle.succeeded(conn)
                if fresh is not None:
                    users.keep_hash(conn, user.person.id, user.password, fresh)
                return self._begin(conn, user, browser, now, Begun.HALF if user.totp_secret else Begun.WHOLE)
        return self._failed("wrong", user, browser, now)

    def enter_code(self, session: Session, code: str, browser: Browser, now: datetime) -> LoggedIn | NotLoggedIn:
        """The second factor of a half session. Raises StoreDown."""
        person = session.user.person
        with writing(self._engine) as conn:
            throttle = Throttle((("code", str(person.id)),))
            wait = throttle.wait_s(conn, now)
            is_known = not wait and users.is_unchanged(conn, session.user)
            step = second_factor.step_of(session.user.totp_secret or "", code, now) if is_known else None
            if step is not None and users.use_code(conn, person.id, step):
                throttle.succeeded(conn)
                return self._begin(conn, session.user, browser, now, Begun.WHOLE)
        return NotLoggedIn("wait", wait) if wait else self._failed("code", session.user, browser, now)

    def vouched_for(self, name: str, browser: Browser, now: datetime) -> LoggedIn | NotLoggedIn:
        """By single sign-on: the account of this name, which must be there. Raises StoreDown."""
        with writing(self._engine) as conn:
            user = users.by_name(conn, name)
            if user is not None and user.disabled_at is None:
                return self._begin(conn, user, browser, now, Begun.BY_SSO)
        return self._failed("sso_unknown", user, browser, now)

    def known(self, user: User) -> str:
        """The mark of a browser in which the account was used; worthless after another password."""
        return self._seals.sign("known", user.person.name, str(int(user.password_at.timestamp())))

    def _throttle(self, user: User | None, name: str, browser: Browser) -> Throttle:
        if user is not None and browser.known and self._is_known(user, browser.known):
            return Throttle((("known", user.person.name),))
        return Throttle((("account", users.folded(name)), ("address", browser.address)))

    def _is_known(self, user: User, mark: str) -> bool:
        return self._seals.is_signed(mark, "known", user.person.name, str(int(user.password_at.timestamp())))

    def _begin(self, conn: Connection, user: User, browser: Browser, now: datetime, how: Begun) -> LoggedIn:
        """A new token at every step: one that was known before the login is worthless after it."""
        limits = sessions.SessionLimits(self._settings.idle, self._settings.absolute)
        sessions.forget_over(conn, now, limits)
        login_failures.forget_old(conn, now)
        sessions.end_token(conn, browser.token)
        person = user.person
        half, sso = how is Begun.HALF, how is Begun.BY_SSO
        token = sessions.begin(conn, person.id, now, half=half, sso=sso, address=browser.address, browser=browser.name)
        if not half:
            audit.add(conn, now, person.name, Action.LOGIN, how.value, address=browser.address)
        return LoggedIn(token, half, self.known(user))

    def _failed(self, why: str, user: User | None, browser: Browser, now: datetime) -> NotLoggedIn:
        """A name that is none may be a password that was typed in the wrong place: it is not kept."""
        name = "" if user is None else user.person.name
        with writing(self._engine) as conn:
            audit.add(conn, now, "", Action.LOGIN_FAILED, name, address=browser.address)
        return NotLoggedIn(why)


def is_password_of(engine: Engine, session: Session, password: str, now: datetime) -> bool:
    """Whether the person at this session knows its password, asked again before what matters; throttled likewise."""
    throttle = Throttle((("code", str(session.user.person.id)),))
    with writing(engine) as conn:
        if throttle.wait_s(conn, now):
            return False
    if not passwords.is_password(password[: passwords.LONGEST], session.user.password):
        return False
    with writing(engine) as conn:
        throttle.succeeded(conn)
    return True
