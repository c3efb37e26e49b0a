"""Who makes the present request: the session's cookie, the session, the person."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from urllib.parse import urlsplit

from flask import g, request
from werkzeug.wrappers import Response

from dashboard.config.models import AccountSettings
from data.domain.access.roles import Person
from data.store.accounts import sessions
from data.store.accounts.sessions import Session, SessionLimits
from data.store.db.engine import Engine, StoreDown, reading, writing

COOKIE = "batt_session"
FRAGMENT = "X-Fragment"
"""Pages that refresh themselves send it. That is no use of a session: it would never end."""


def person_now() -> Person | None:
    """Who has logged in; None for a stranger, and while the second factor is owed."""
    session = session_now()
    return None if session is None or session.half else session.user.person


def session_now() -> Session | None:
    """The session of the present request, half or whole."""
    found = g.get("session")
    assert found is None or isinstance(found, Session)
    return found


def is_secure(public_url: str | None) -> bool:
    """Whether the browser reaches this server by https."""
    host = urlsplit(public_url or "")
    return request.is_secure or (host.scheme == "https" and host.netloc == request.host)


def cookie_name(public_url: str | None, name: str = COOKIE) -> str:
    """By https a name that no other host and no http page can set."""
    return f"__Host-{name}" if is_secure(public_url) else name


def token_now(public_url: str | None) -> str:
    """The session's token as the browser sent it; empty without one."""
    return request.cookies.get(cookie_name(public_url), "")


def set_cookie(answer: Response, name: str, value: str, public_url: str | None, max_age: int | None = None) -> None:
    """A cookie that scripts do not see and other sites' forms do not send; without max_age it ends with the browser."""
    secure = is_secure(public_url)
    answer.set_cookie(name, value, max_age=max_age, httponly=True, samesite="Lax", secure=secure, path="/")


def limits_of(settings: AccountSettings) -> SessionLimits:
    """When sessions end by themselves."""
    return SessionLimits(settings.idle, settings.absolute)


def load_session(engine: Engine, settings: AccountSettings, public_url: str | None, now: datetime) -> None:
    """Set `g.session`, and write at times that the session was used. Raises StoreDown."""
    token = token_now(public_url)
    if not token:
        return
    with reading(engine) as conn:
        found = sessions.of_token(conn, token, now, limits_of(settings))
    g.session = found
    if found is not None and FRAGMENT not in request.headers and sessions.is_to_be_seen(found, now):
        with suppress(StoreDown), writing(engine) as conn:  # a store that is busy writing keeps nobody from reading
            sessions.seen(conn, found.digest, now)
