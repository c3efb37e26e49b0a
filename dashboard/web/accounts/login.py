"""/masuk: name and password, then the second factor where there is one. /keluar ends the session."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.auth.gate import BACK
from dashboard.auth.login import Browser, LoggedIn, Logins, NotLoggedIn
from dashboard.auth.passwords import Busy
from dashboard.auth.visitor import cookie_name, person_now, session_now, set_cookie, token_now
from dashboard.web.deps import WebDeps
from dashboard.web.page_context import first_page
from data.store.accounts import audit, sessions
from data.store.accounts.audit import Action
from data.store.db.engine import writing

KNOWN = "batt_known"
FAILED = "gagal"
"""The query with why single sign-on did not succeed."""
KNOWN_S = 365 * 86_400
NAME_MOST, CODE_MOST, BACK_MOST = 100, 20, 2000
Answer = str | tuple[str, int] | tuple[str, int, dict[str, str]] | Response


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the routes."""
    logins = Logins(deps.engine, deps.config.accounts, deps.gate.seals)
    _bind_login(web, deps, logins)
    _bind_logout(web, deps)


def _bind_login(web: Blueprint, deps: WebDeps, logins: Logins) -> None:
    @web.route("/masuk", methods=["GET", "POST"])
    def login() -> Answer:
        if request.method == "GET":
            return redirect(_onward(), 303) if person_now() is not None else page(_failed_before())
        name, password = request.form.get("name", "")[:NAME_MOST], request.form.get("password", "")
        try:
            done = logins.log_in(name.replace("\0", ""), password, browser_of(deps), g.now)
        except Busy:
            return page(NotLoggedIn("busy"))
        return page(done) if isinstance(done, NotLoggedIn) else begun(deps, done)

    @web.route("/masuk/kode", methods=["GET", "POST"])
    def login_code() -> Answer:
        session = session_now()
        if session is None or not session.half:
            return redirect(_address("web.login"), 303)
        if request.method == "GET":
            return page(template="web/login_code.html")
        done = logins.enter_code(session, request.form.get("code", "")[:CODE_MOST], browser_of(deps), g.now)
        if isinstance(done, NotLoggedIn):
            return page(done, template="web/login_code.html")
        return begun(deps, done)


def _bind_logout(web: Blueprint, deps: WebDeps) -> None:
    @web.post("/keluar")
    def logout() -> Response:
        session = session_now()
        if session is not None:
            with writing(deps.engine) as conn:
                sessions.end(conn, session.digest, session.user.person.id)
                address = request.remote_addr or ""
                audit.add(conn, g.now, session.user.person.name, Action.LOGOUT, address=address)
        g.session = None
        answer = redirect(url_for("web.login"), 303)
        answer.delete_cookie(cookie_name(deps.gate.public_url), path="/", secure=request.is_secure, httponly=True)
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer


def browser_of(deps: WebDeps) -> Browser:
    """Who asks."""
    return Browser(
        request.remote_addr or "",
        request.headers.get("User-Agent", "")[:200],
        token_now(deps.gate.public_url),
        request.cookies.get(KNOWN, ""),
    )


def begun(deps: WebDeps, done: LoggedIn, back: str | None = None) -> Response:
    """To the page for the second factor, or through the login to where the person wanted to go."""
    answer = redirect(_address("web.login_code" if done.half else "web.login", back), 303)
    public_url = deps.gate.public_url
    set_cookie(answer, cookie_name(public_url), done.token, public_url)
    if not done.half:
        set_cookie(answer, KNOWN, done.known, public_url, KNOWN_S)
    return answer


def page(fault: NotLoggedIn | None = None, template: str = "web/login.html") -> Answer:
    """The login page, with what went wrong."""
    text = render_template(template, fault=fault, name=request.form.get("name", "")[:NAME_MOST], back=_back())
    if fault is None:
        return text
    if fault.why in {"wait", "busy"}:
        return text, 429, {"Retry-After": str(fault.wait_s or 5)}
    return text, 403


def _address(endpoint: str, back: str | None = None) -> str:
    """The page with the address to go on to."""
    back = asked_for() if back is None else back
    return url_for(endpoint) + (f"?{urlencode({BACK: back})}" if back else "")


def _back() -> dict[str, str]:
    """The address to go on to, as an argument of the next page."""
    back = asked_for()
    return {BACK: back} if back else {}


def asked_for() -> str:
    """Where the person wanted to go: a path of this server, or nothing."""
    back = request.values.get(BACK, "")[:BACK_MOST]
    is_ours = back.startswith("/") and not back.startswith("//") and "\\" not in back and back.isprintable()
    return back if is_ours else ""


def _failed_before() -> NotLoggedIn | None:
    why = request.args.get(FAILED)
    return NotLoggedIn(why) if why in {"sso", "sso_down", "sso_unknown"} else None


def _onward() -> str:
    return asked_for() or first_page()
