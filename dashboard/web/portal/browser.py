"""What the citizens' pages know of a browser: two cookies. No account, no session."""

from __future__ import annotations

import secrets
import uuid

from flask import g, request
from werkzeug.wrappers import Response

from dashboard.api.rate_limits import address_of
from dashboard.auth.visitor import set_cookie
from dashboard.portal.draft_photos import is_key
from dashboard.portal.service import Sender, device_id
from dashboard.web.deps import WebDeps

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


def draft_key() -> str | None:
    """Of the form that this browser has begun."""
    key = request.cookies.get(DRAFT, "")
    return key if is_key(key) else None


def new_key() -> str:
    """Of a form that is begun."""
    return str(uuid.uuid4())


def device_cookie() -> str:
    """What tells this browser from others; made at the first form that it sends."""
    known = g.get("device") or request.cookies.get(DEVICE, "")
    g.device = known if 16 <= len(known) <= 64 else secrets.token_urlsafe(24)
    return str(g.device)


def sender(deps: WebDeps) -> Sender:
    """Who sends the present request."""
    return Sender(device_id(device_cookie(), deps.home.secret()), address_of(request), g.lang)


def remember(answer: Response, deps: WebDeps, key: str) -> Response:
    """The cookies of somebody who fills in a form."""
    public_url = deps.config.server.public_url
    set_cookie(answer, DRAFT, key, public_url, DRAFT_S)
    set_cookie(answer, DEVICE, device_cookie(), public_url, DEVICE_S)
    return answer


def forget_draft(answer: Response) -> Response:
    """It was sent or thrown away."""
    answer.delete_cookie(DRAFT, path="/")
    return answer


def is_robot() -> bool:
    """Whether the field is filled in that nobody sees."""
    return bool(request.form.get("website"))
