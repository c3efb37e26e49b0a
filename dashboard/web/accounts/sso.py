"""/masuk/sso leads to the provider of single sign-on, which leads back to /masuk/sso/kembali."""

from __future__ import annotations

import structlog
from flask import Blueprint, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from dashboard.auth.login import LoggedIn, Logins
from dashboard.auth.sso import PENDING_S, Sso, SsoFault
from dashboard.auth.visitor import set_cookie
from dashboard.web.accounts.login import FAILED, asked_for, begun, browser_of
from dashboard.web.deps import WebDeps

log = structlog.get_logger(__name__)
PENDING = "batt_sso"


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the routes; without a provider in config.yaml they are not found."""
    settings = deps.config.accounts.sso
    sso = Sso(settings, deps.home.secret()) if settings else None
    logins = Logins(deps.engine, deps.config.accounts, deps.gate.seals)

    @web.get("/masuk/sso")
    def login_sso() -> Response:
        if sso is None:
            abort(404)
        try:
            address, kept = sso.begin(_return_address(deps), asked_for())
        except SsoFault as fault:
            return _failed("sso_down", fault)
        answer = redirect(address, 303)
        set_cookie(answer, PENDING, kept, deps.gate.public_url, PENDING_S)
        return answer

    @web.get("/masuk/sso/kembali")
    def login_sso_back() -> Response:
        if sso is None:
            abort(404)
        pending = sso.pending(request.cookies.get(PENDING, ""))
        if pending is None:
            return _failed("sso", None)
        try:
            name = sso.finish(pending, request.url, _return_address(deps), g.now)
        except SsoFault as fault:
            return _failed("sso", fault)
        done = logins.vouched_for(name, browser_of(deps), g.now)
        answer = begun(deps, done, pending.back) if isinstance(done, LoggedIn) else _to_login(done.why)
        answer.delete_cookie(PENDING, path="/")  # an answer of the provider counts once
        return answer


def _failed(why: str, fault: SsoFault | None) -> Response:
    log.warning("single_sign_on_failed", why=str(fault or "no login was begun in this browser"))
    return _to_login(why)


def _to_login(why: str) -> Response:
    return redirect(url_for("web.login", **{FAILED: why}), 303)  # type: ignore[arg-type]


def _return_address(deps: WebDeps) -> str:
    base = deps.gate.public_url or request.host_url
    return base.rstrip("/") + url_for("web.login_sso_back")
