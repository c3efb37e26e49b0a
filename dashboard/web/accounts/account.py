"""/akun: one's own account. Password, second factor, sessions; each needs the password once more."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from dashboard.auth import passwords, second_factor
from dashboard.auth.login import is_password_of
from dashboard.auth.visitor import cookie_name, limits_of, session_now, set_cookie
from dashboard.web.deps import WebDeps
from data.domain.access.passwords import LEAST, LEAST_WITH_SECOND_FACTOR, CommonPasswords, fault_of
from data.reference.passwords.lists import common_passwords
from data.store.accounts import audit, sessions, users
from data.store.accounts.audit import Action
from data.store.accounts.sessions import Session
from data.store.db.engine import Connection, reading, writing
from layouts.kit.words import words

SEAL = "totp"
SAID = frozenset({"password", "factor_added", "factor_removed", "sessions"})
Answer = str | tuple[str, int] | Response


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the routes."""
    pages = AccountPages(deps)

    @web.get("/akun")
    def account() -> str:
        return pages.page()

    @web.post("/akun/sandi")
    def account_password() -> Answer:
        return pages.unless_busy(pages.change_password, "password")

    @web.post("/akun/kode")
    def account_second_factor() -> Answer:
        return pages.unless_busy(pages.remove_factor if "remove" in request.form else pages.add_factor, "factor")

    @web.post("/akun/sesi")
    def account_sessions() -> Answer:
        return pages.end_sessions()


class AccountPages:
    """The page and what it does. The gate lets nobody in without a session."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps
        self._settings = deps.config.accounts

    def page(self, fault: str = "", place: str = "") -> str:
        """`fault`: what is wrong with the form at `place`."""
        session = _session()
        user = session.user
        with reading(self._deps.engine) as conn:
            mine = sessions.of_user(conn, user.person.id, g.now, limits_of(self._settings))
        secret = None if user.totp_secret else second_factor.new_secret()
        otpauth = second_factor.address(secret, user.person.name, self._deps.config.city.name) if secret else ""
        picture = second_factor.qr_code(otpauth, words(g.lang)("account.factor_picture")) if otpauth else ""
        said = request.args.get("said", "")
        return render_template(
            "web/account.html",
            user=user,
            agencies=[self._agency(code) for code in sorted(user.person.agencies)],
            sessions=mine,
            this=session.digest,
            owes=self._deps.gate.owes(),
            needs_factor=self._needs_factor(session),
            least=self._least(session),
            secret=secret,
            seal=self._seal(secret or ""),
            otpauth=otpauth,
            picture=Markup(picture),
            said=said if said in SAID else "",
            fault=fault,
            place=place,
        )

    def unless_busy(self, change: Callable[[], Answer], place: str) -> Answer:
        """The change of the form at `place`, or to be tried again: too many log in at the moment."""
        try:
            return change()
        except passwords.Busy:
            return self._wrong("busy", place)

    def change_password(self) -> Answer:
        """All other sessions end, and this one gets a new token."""
        session, fresh = _session(), request.form.get("new", "")
        if not self._is_password(session):
            return self._wrong("current", "password")
        with_factor = self._least(session) == LEAST_WITH_SECOND_FACTOR
        wrong = fault_of(fresh, session.user.person.name, self._common(session), second_factor=with_factor)
        if wrong is None and fresh == request.form.get("current"):
            wrong = "same"
        if wrong is None and fresh != request.form.get("again"):
            wrong = "again"
        if wrong is not None:
            return self._wrong(wrong, "password")
        kept = passwords.hashed(fresh)
        with writing(self._deps.engine) as conn:
            users.set_password(conn, session.user.person.id, kept, g.now)
            token = self._renewed(conn, session)
            self._note(conn, session, Action.PASSWORD_CHANGED)
        return self._to("password", token)

    def add_factor(self) -> Answer:
        """The secret was made by the page; the code proves that the telephone has it."""
        session, secret = _session(), request.form.get("secret", "")
        step = second_factor.step_of(secret, request.form.get("code", ""), g.now) if self._is_sealed(secret) else None
        if session.user.totp_secret is not None or not self._is_password(session):
            return self._wrong("current", "factor")
        if step is None:
            return self._wrong("code", "factor")
        with writing(self._deps.engine) as conn:
            users.set_second_factor(conn, session.user.person.id, secret, step)
            token = self._renewed(conn, session)
            self._note(conn, session, Action.SECOND_FACTOR_ADDED)
        return self._to("factor_added", token)

    def remove_factor(self) -> Answer:
        """Not where the role needs it, and not while the password is too short without it."""
        session = _session()
        if not self._is_password(session):
            return self._wrong("current", "factor")
        if session.user.person.role in self._settings.second_factor:
            return self._wrong("needed", "factor")
        if len(request.form.get("current", "")) < LEAST:
            return self._wrong("too_short_alone", "factor")
        with writing(self._deps.engine) as conn:
            users.set_second_factor(conn, session.user.person.id, None)
            token = self._renewed(conn, session)
            self._note(conn, session, Action.SECOND_FACTOR_REMOVED)
        return self._to("factor_removed", token)

    def end_sessions(self) -> Answer:
        """One that the form names, or all others."""
        session, one = _session(), request.form.get("one", "")
        with writing(self._deps.engine) as conn:
            if one:
                sessions.end(conn, one, session.user.person.id)
            else:
                sessions.end_all(conn, session.user.person.id, but=session.digest)
            self._note(conn, session, Action.SESSION_ENDED)
        return self._to("sessions")

    def _renewed(self, conn: Connection, session: Session) -> str:
        person_id, browser = session.user.person.id, request.headers.get("User-Agent", "")[:200]
        sessions.end_all(conn, person_id)
        return sessions.begin(conn, person_id, g.now, address=request.remote_addr or "", browser=browser)

    def _is_password(self, session: Session) -> bool:
        return is_password_of(self._deps.engine, session, request.form.get("current", ""), g.now)

    def _note(self, conn: Connection, session: Session, action: Action) -> None:
        audit.add(conn, g.now, session.user.person.name, action, address=request.remote_addr or "")

    def _common(self, session: Session) -> CommonPasswords:
        """What is tried first, and what everybody knows: the city, the account's agencies."""
        city = self._deps.config.city
        known = [city.agencies[code] for code in session.user.person.agencies if code in city.agencies]
        texts = (text for agency in known for text in (agency.code, agency.short, agency.name))
        return common_passwords().about(city.name, *texts)

    def _needs_factor(self, session: Session) -> bool:
        return session.user.person.role in self._settings.second_factor

    def _least(self, session: Session) -> int:
        has = session.user.totp_secret is not None or self._needs_factor(session)
        return LEAST_WITH_SECOND_FACTOR if has else LEAST

    def _seal(self, secret: str) -> str:
        return self._deps.gate.seals.sign(SEAL, _session().digest, secret)

    def _is_sealed(self, secret: str) -> bool:
        """Whether this session's page made the secret."""
        return self._deps.gate.seals.is_signed(request.form.get("seal", ""), SEAL, _session().digest, secret)

    def _wrong(self, fault: str, place: str) -> Answer:
        return self.page(fault, place), 422

    def _to(self, said: str, token: str | None = None) -> Response:
        answer = redirect(url_for("web.account", said=said), 303)
        if token is not None:
            set_cookie(answer, cookie_name(self._deps.gate.public_url), token, self._deps.gate.public_url)
        return answer

    def _agency(self, code: str) -> str:
        found = self._deps.config.city.agencies.get(code)
        return code if found is None else found.name


def _session() -> Session:
    found = session_now()
    assert found is not None
    return found
