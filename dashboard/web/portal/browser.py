"""What the citizens' pages know of a browser: two cookies. No account, no session."""

from __future__ import annotations

import secrets
import uuid

from flask import g, request, url_for
from werkzeug.wrappers import Response

from dashboard.api.rate_limits import address_of
from dashboard.auth.visitor import cookie_name, person_now, set_cookie
from dashboard.portal.draft_photos import is_key
from dashboard.portal.service import BEGUN_BY, Officer, Sender, device_id
from dashboard.web.deps import WebDeps
from data.domain.access.roles import Role
from data.domain.cases.tracking_code import shown
from data.store.citizens import on_behalf
from data.store.citizens.drafts import Draft
from data.store.db.engine import reading

DRAFT, DEVICE = "batt_lapor", "batt_warga"
DRAFT_S, DEVICE_S = 86_400, 365 * 86_400
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Of these pages: a photo is shown before it is sent."""


def draft_key(deps: WebDeps) -> str | None:
    """Of the form that this browser has begun."""
    key = request.cookies.get(cookie_name(deps.config.server.public_url, DRAFT), "")
    return key if is_key(key) else None


def draft_now(deps: WebDeps) -> Draft | None:
    """The form that this browser has begun. A key that another browser was given opens nothing."""
    key = draft_key(deps)
    form = deps.portal.draft(key, g.now) if key else None
    return form if form is not None and form.content.get(BEGUN_BY) == device_now(deps) != "" else None


def new_key() -> str:
    """Of a form that is begun."""
    return str(uuid.uuid4())


def device_cookie(deps: WebDeps) -> str:
    """What tells this browser from others; made at the first form that it sends."""
    known = g.get("device") or request.cookies.get(cookie_name(deps.config.server.public_url, DEVICE), "")
    g.device = known if 16 <= len(known) <= 64 else secrets.token_urlsafe(24)
    return str(g.device)


def device_now(deps: WebDeps) -> str:
    """As it is kept of the present browser's cookie; empty without one."""
    cookie = request.cookies.get(cookie_name(deps.config.server.public_url, DEVICE), "")
    return device_id(cookie, deps.home.secret()) if cookie else ""


def officer_now(deps: WebDeps) -> Officer | None:
    """The officer who is logged in and enters reports for others; None: anybody else."""
    person = person_now()
    if person is None or person.role is not Role.FIELD or deps.gate.owes():
        return None
    return Officer(person.id, person.name, person.villages)


def officer_mark(deps: WebDeps, officer: Officer | None) -> str:
    """By which a telephone knows whose report waits on it; empty for a citizen's."""
    return "" if officer is None else deps.gate.seals.mark(officer.user_id)


def sender(deps: WebDeps, officer: Officer | None) -> Sender:
    """Who sends the present request."""
    return Sender(device_id(device_cookie(deps), deps.home.secret()), address_of(request), g.lang, officer)


def sent_address(deps: WebDeps, code: str, officer: Officer | None, *, external: bool = False) -> str:
    """Where somebody goes on after a report: the citizen to the status page, an officer to the slip."""
    if officer is not None:
        with reading(deps.engine) as conn:
            of_case = on_behalf.code_of(conn, code)
        if of_case is not None:
            return url_for("web.on_behalf_slip", code=of_case, _external=external)
    return url_for("web.portal_status", code=shown(code), _external=external)


def remember(answer: Response, deps: WebDeps, key: str) -> Response:
    """The cookies of somebody who fills in a form."""
    public_url = deps.config.server.public_url
    set_cookie(answer, cookie_name(public_url, DRAFT), key, public_url, DRAFT_S)
    return remember_device(answer, deps)


def remember_device(answer: Response, deps: WebDeps) -> Response:
    """The cookie of somebody who has sent a form."""
    public_url = deps.config.server.public_url
    set_cookie(answer, cookie_name(public_url, DEVICE), device_cookie(deps), public_url, DEVICE_S)
    return answer


def forget_draft(answer: Response, deps: WebDeps) -> Response:
    """It was sent or thrown away."""
    public_url = deps.config.server.public_url
    set_cookie(answer, cookie_name(public_url, DRAFT), "", public_url, 0)
    return answer


def is_robot() -> bool:
    """Whether the field is filled in that nobody sees."""
    return bool(request.form.get("website"))
