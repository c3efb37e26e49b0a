"""/pengguna: the administrator's list of accounts. Add, reset, disable, end sessions.

A one-time password stands in the answer to the form that made it, and nowhere else. What makes somebody an
administrator, or gives away such an account, needs the password of who does it once more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.auth.login import is_password_of
from dashboard.auth.passwords import Busy
from dashboard.auth.user_accounts import Doer, OneTime, UserAccounts
from dashboard.auth.visitor import limits_of, session_now
from dashboard.web.deps import WebDeps
from data.domain.access.roles import Role
from data.reference.places.villages import VILLAGES
from data.store.accounts import audit, sessions, users
from data.store.accounts.sessions import Session
from data.store.accounts.users import NameTaken, User
from data.store.db.engine import reading

SAID = frozenset({"disabled", "logged_out"})
Answer = str | tuple[str, int] | Response


@dataclass(frozen=True, slots=True)
class Line:
    """An account in the list."""

    user: User
    last_login: datetime | None
    sessions: int
    state: str
    """active, with_factor, one_time, one_time_over, disabled."""


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the routes."""
    pages = UserPages(deps)

    @web.get("/pengguna")
    def users() -> Answer:
        return pages.page()

    @web.post("/pengguna")
    def users_add() -> Answer:
        return pages.add()

    @web.post("/pengguna/<int:user_id>/atur-ulang")
    def users_reset(user_id: int) -> Answer:
        return pages.reset(user_id)

    @web.post("/pengguna/<int:user_id>/nonaktif")
    def users_disable(user_id: int) -> Answer:
        return pages.change(user_id, pages.accounts.disable, "disabled")

    @web.post("/pengguna/<int:user_id>/keluar")
    def users_log_out(user_id: int) -> Answer:
        return pages.change(user_id, pages.accounts.end_sessions, "logged_out")


class UserPages:
    """The page and what it does."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps
        self.accounts = UserAccounts(deps.engine, deps.config.accounts, deps.config.city.agencies)

    def page(self, fault: str = "", made: OneTime | None = None) -> str:
        """`fault`: what is wrong with the form that was sent; `made`: a password to be shown."""
        said, city = request.args.get("said", ""), self._deps.config.city
        return render_template(
            "web/users.html",
            lines=self._lines(),
            own=_session().user.person.id,
            roles=list(Role),
            agencies=list(city.agencies.values()),
            agency_name=city.agency_short,
            villages=sorted(VILLAGES, key=lambda each: each.name),
            village_name={each.code: each.name for each in VILLAGES},
            form=request.form if fault else {},
            chosen=request.form.getlist("agency") if fault else [],
            said=said if said in SAID else "",
            fault=fault,
            made=made,
        )

    def add(self) -> Answer:
        """The page with the one-time password."""
        name, agencies = request.form.get("name", "").replace("\0", ""), request.form.getlist("agency")
        villages = [village for village in request.form.getlist("village") if village]
        try:
            role = Role(request.form.get("role", ""))
        except ValueError:
            return self._wrong("role")
        fault = self.accounts.fault_of(name, role, agencies, villages)
        if fault is not None:
            return self._wrong(fault)
        try:
            if role is Role.ADMINISTRATOR and not self._is_own_password():
                return self._wrong("current")
            return self.page(made=self.accounts.add(name, role, agencies, _doer(), g.now, villages=villages))
        except NameTaken:
            return self._wrong("taken")
        except Busy:
            return self._wrong("busy")

    def reset(self, user_id: int) -> Answer:
        """The page with the new one-time password."""
        user = self._other(user_id)
        if user is None:
            return self._wrong("own")
        try:
            if user.person.role is Role.ADMINISTRATOR and not self._is_own_password():
                return self._wrong("current")
            made = self.accounts.reset(user, _doer(), g.now, second_factor="second_factor" in request.form)
        except Busy:
            return self._wrong("busy")
        return self.page(made=made)

    def change(self, user_id: int, change: Callable[[User, Doer, datetime], object], said: str) -> Answer:
        """And back to the list."""
        user = self._other(user_id)
        if user is None:
            return self._wrong("own")
        change(user, _doer(), g.now)
        return redirect(url_for("web.users", said=said), 303)

    def _lines(self) -> list[Line]:
        limits = limits_of(self._deps.config.accounts)
        with reading(self._deps.engine) as conn:
            found, logins = users.all_users(conn), audit.last_logins(conn)
            lasting = sessions.lasting(conn, g.now, limits)
        return [
            Line(user, logins.get(user.person.name), lasting.get(user.person.id, 0), _state(user, g.now))
            for user in found
        ]

    def _other(self, user_id: int) -> User | None:
        """None for one's own: an administrator does not shut himself out. 404 for an account that is not there."""
        with reading(self._deps.engine) as conn:
            user = users.by_id(conn, user_id)
        if user is None:
            abort(404)
        return None if user_id == _session().user.person.id else user

    def _is_own_password(self) -> bool:
        return is_password_of(self._deps.engine, _session(), request.form.get("current", ""), g.now)

    def _wrong(self, fault: str) -> Answer:
        return self.page(fault), 422


def _state(user: User, now: datetime) -> str:
    if user.disabled_at is not None:
        return "disabled"
    if user.one_time_until is not None:
        return "one_time_over" if now >= user.one_time_until else "one_time"
    return "with_factor" if user.totp_secret else "active"


def _doer() -> Doer:
    return Doer(_session().user.person.name, request.remote_addr or "")


def _session() -> Session:
    found = session_now()
    assert found is not None
    return found
