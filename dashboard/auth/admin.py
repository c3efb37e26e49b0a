"""Access to the administrators' pages: by the token that `run.py admin url` prints, then by a cookie.

There are no accounts: all administrators share one token. `run.py admin renew` writes another version into BATT_HOME;
then the token and all cookies are invalid. Every form carries a CSRF token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from flask import current_app, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from dashboard.config.home import Home

COOKIE = "batt_admin"
SESSION_S = 30 * 86_400
VERSION_FILE = "admin_version"
"""In BATT_HOME; its content is part of every token. Not there: the first version."""
CSRF_FIELD = "csrf"
"""The form field with the CSRF token; uploads have it in the query, so that it is checked before the body is read."""
FIRST_PAGE = "/sumber"

View = TypeVar("View", bound=Callable[..., Any])


class AdminAccess:
    """Tokens, sessions and CSRF tokens."""

    def __init__(self, home: Home) -> None:
        self._home, self._secret = home, home.secret()

    def token(self) -> str:
        """The token that is valid now."""
        return self._sign("admin")

    def is_token(self, given: str) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(self.token().encode(), given.encode())

    def cookie(self, now: datetime) -> str:
        """A new session: its start, a random part, a signature."""
        begun = f"{int(now.timestamp())}.{secrets.token_urlsafe(9)}"
        return f"{begun}.{self._sign('session', begun)}"

    def is_cookie(self, given: str, now: datetime) -> bool:
        """Whether it is a valid session that has not ended."""
        begun, _, signature = given.rpartition(".")
        if not hmac.compare_digest(self._sign("session", begun).encode(), signature.encode()):
            return False
        return 0 <= int(now.timestamp()) - int(begun.partition(".")[0]) <= SESSION_S

    def csrf_token(self, cookie: str) -> str:
        """For forms of the session with this cookie."""
        return self._sign("form", cookie)

    def is_csrf_token(self, given: str, cookie: str) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(self.csrf_token(cookie).encode(), given.encode())

    def _sign(self, *parts: str) -> str:
        text = "\0".join(("web", version(self._home), *parts))
        digest = hmac.new(self._secret, text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def version(home: Home) -> str:
    """The version of the token; read each time, so that `renew` works while the server runs."""
    try:
        return (home.path / VERSION_FILE).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "1"


def renew(home: Home) -> None:
    """Make all tokens and cookies invalid."""
    home.path.mkdir(parents=True, exist_ok=True)
    fresh = home.path / f".{VERSION_FILE}"
    fresh.write_text(secrets.token_urlsafe(12), encoding="utf-8")
    os.replace(fresh, home.path / VERSION_FILE)


def admin_address(base: str, home: Home) -> str:
    """The URL with the token, to be opened once in each browser."""
    return f"{base.rstrip('/')}{FIRST_PAGE}?{urlencode({'token': AdminAccess(home).token()})}"


def allow_body(most: int, *, token_in_query: bool = False) -> Callable[[View], View]:
    """Decorator: the view accepts a body of so many bytes, more than the server's limit.

    token_in_query: the CSRF token must stand in the query, so that nothing of the body is read without it.
    """

    def mark(view: View) -> View:
        view.most_body, view.token_in_query = most, token_in_query  # type: ignore[attr-defined]
        return view

    return mark


def require_admin(admin: AdminAccess, now: datetime, public_url: str | None) -> Response | None:
    """Before every request: None when it may go on, else the answer. No other place decides this.

    A token in the URL starts a session and leaves the URL. A POST needs the CSRF token of its session.
    """
    given = request.args.get("token")
    if given is not None and request.method == "GET":
        return _start_session(admin, given, now, public_url)
    cookie = request.cookies.get(COOKIE, "")
    if not admin.is_cookie(cookie, now):
        return _refuse("web/no_token.html", 403)
    if request.method in {"GET", "HEAD"}:
        return None
    view = current_app.view_functions[request.endpoint or ""]
    most = getattr(view, "most_body", None)
    if most is not None:
        request.max_content_length = request.max_form_memory_size = most
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return _refuse("web/stale_form.html", 400)
    csrf_token = request.args.get(CSRF_FIELD, "")
    if not csrf_token and not getattr(view, "token_in_query", False):
        csrf_token = request.form.get(CSRF_FIELD, "")
    return None if admin.is_csrf_token(csrf_token, cookie) else _refuse("web/stale_form.html", 400)


def _refuse(template: str, code: int) -> Response:
    return make_response(render_template(template), code)


def _start_session(admin: AdminAccess, given: str, now: datetime, public_url: str | None) -> Response:
    if not admin.is_token(given):
        return _refuse("web/no_token.html", 403)
    rest = urlencode([(name, value) for name, value in request.args.items(multi=True) if name != "token"])
    target = quote(request.path) + (f"?{rest}" if rest else "")
    # A redirect after a click on another site would not send the strict cookie; a page of ours that goes on does.
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        answer = make_response(render_template("web/opened.html", target=target))
    else:
        answer = make_response(redirect(target, 303))
    host = urlsplit(public_url or "")
    secure = request.is_secure or (host.scheme == "https" and host.netloc == request.host)
    answer.set_cookie(
        COOKIE, admin.cookie(now), max_age=SESSION_S, httponly=True, samesite="Strict", secure=secure, path="/"
    )
    return answer
