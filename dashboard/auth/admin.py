"""The administrator: known by a token that `run.py admin url` prints, then by a cookie; every form carries a seal.

Until there are accounts, one token opens the pages for all who run this installation. It is worthless once
`run.py admin renew` has written another version beside the store, and so is every cookie that came of it.
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
from urllib.parse import urlencode, urlsplit

from flask import current_app, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from dashboard.config.home import Home

COOKIE = "batt_admin"
SESSION_S = 30 * 86_400
VERSION_FILE = "admin_version"
"""In BATT_HOME; its content is part of every token. Not there: the first version."""
SEAL = "csrf"
"""The form field (or, for an upload that is not to be read before, the query's) that holds a form's seal."""
FIRST_PAGE = "/sumber"

View = TypeVar("View", bound=Callable[..., Any])


class Admin:
    """Who may see the pages, and which posts come from them."""

    def __init__(self, home: Home) -> None:
        self._home, self._secret = home, home.secret()

    def token(self) -> str:
        """What opens the pages now."""
        return self._sign("admin")

    def is_token(self, given: str) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(self.token().encode(), given.encode())

    def cookie(self, now: datetime) -> str:
        """A new session: when it began, a number of its own, a signature."""
        begun = f"{int(now.timestamp())}.{secrets.token_urlsafe(9)}"
        return f"{begun}.{self._sign('session', begun)}"

    def is_cookie(self, given: str, now: datetime) -> bool:
        """Whether it is a session of ours that still lasts."""
        begun, _, signature = given.rpartition(".")
        if not hmac.compare_digest(self._sign("session", begun).encode(), signature.encode()):
            return False
        return 0 <= int(now.timestamp()) - int(begun.partition(".")[0]) <= SESSION_S

    def seal(self, cookie: str) -> str:
        """What a form of this session must bring along."""
        return self._sign("form", cookie)

    def is_seal(self, given: str, cookie: str) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(self.seal(cookie).encode(), given.encode())

    def _sign(self, *parts: str) -> str:
        text = "\0".join(("web", version(self._home), *parts))
        digest = hmac.new(self._secret, text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def version(home: Home) -> str:
    """The present version of the token; read anew each time, so that `renew` shuts the door of a running server."""
    try:
        return (home.path / VERSION_FILE).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "1"


def renew(home: Home) -> None:
    """Make every token and cookie given out so far worthless."""
    home.path.mkdir(parents=True, exist_ok=True)
    fresh = home.path / f".{VERSION_FILE}"
    fresh.write_text(secrets.token_urlsafe(12), encoding="utf-8")
    os.replace(fresh, home.path / VERSION_FILE)


def admin_address(base: str, home: Home) -> str:
    """The address that opens the pages, to be opened once in each browser."""
    return f"{base.rstrip('/')}{FIRST_PAGE}?{urlencode({'token': Admin(home).token()})}"


def big_body(most: int) -> Callable[[View], View]:
    """Let a view take a body of so many bytes; all others take what the server's own limit allows."""

    def mark(view: View) -> View:
        view.most_body = most  # type: ignore[attr-defined]
        return view

    return mark


def guard(admin: Admin, now: datetime, public_url: str | None) -> Response | None:
    """Before every route: None when it may answer, else what is answered instead. The one place where this is judged.

    A token in the address opens a session and leaves the address. A post needs the seal of its session.
    """
    given = request.args.get("token")
    if given is not None and request.method == "GET":
        return _open(admin, given, now, public_url)
    cookie = request.cookies.get(COOKIE, "")
    if not admin.is_cookie(cookie, now):
        return _closed("web/no_token.html", 403)
    if request.method in {"GET", "HEAD"}:
        return None
    most = getattr(current_app.view_functions[request.endpoint or ""], "most_body", None)
    if most is not None:
        request.max_content_length = request.max_form_memory_size = most
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return _closed("web/no_seal.html", 400)
    seal = request.args.get(SEAL) or request.form.get(SEAL, "")
    return None if admin.is_seal(seal, cookie) else _closed("web/no_seal.html", 400)


def _closed(template: str, code: int) -> Response:
    return make_response(render_template(template), code)


def _open(admin: Admin, given: str, now: datetime, public_url: str | None) -> Response:
    if not admin.is_token(given):
        return _closed("web/no_token.html", 403)
    rest = urlencode([(name, value) for name, value in request.args.items(multi=True) if name != "token"])
    target = request.path + (f"?{rest}" if rest else "")
    # A link that was clicked on a page of somebody else would be followed without the strict cookie: go on from here.
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
