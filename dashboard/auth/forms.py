"""Forms carry the CSRF token of their session; what changes something comes from our own pages only."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import current_app, request

CSRF_FIELD = "csrf"
"""The form field with the CSRF token; uploads have it in the query, so that it is checked before the body is read."""

View = TypeVar("View", bound=Callable[..., Any])


def allow_body(most: int, *, token_in_query: bool = False) -> Callable[[View], View]:
    """Decorator: the view accepts a body of so many bytes, more than the server's limit.

    token_in_query: the CSRF token must stand in the query, so that nothing of the body is read without it.
    """

    def mark(view: View) -> View:
        view.most_body, view.token_in_query = most, token_in_query  # type: ignore[attr-defined]
        return view

    return mark


class Seals:
    """Signs with the installation's secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, *parts: str) -> str:
        """A signature of all parts in their order."""
        digest = hmac.new(self._secret, "\0".join(("web", *parts)).encode("utf-8", "replace"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def is_signed(self, given: str, *parts: str) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(self.sign(*parts).encode(), given.encode("utf-8", "replace"))

    def mark(self, user_id: int) -> str:
        """By which a telephone tells accounts apart; it says nothing of them."""
        return self.sign("telephone", str(user_id))[:22]

    def csrf_token(self, session_token: str) -> str:
        """For the forms of this session."""
        return self.sign("form", session_token)


def has_csrf_token(seals: Seals, session_token: str) -> bool:
    """Whether the request brings its session's CSRF token. A larger body that the view allows is let in here."""
    view = current_app.view_functions[request.endpoint or ""]
    most = getattr(view, "most_body", None)
    if most is not None:
        request.max_content_length = request.max_form_memory_size = most
    given = request.args.get(CSRF_FIELD, "")
    if not given and not getattr(view, "token_in_query", False):
        given = request.form.get(CSRF_FIELD, "")
    return seals.is_signed(given, "form", session_token)


def is_from_our_pages(public_url: str | None) -> bool:
    """Whether the browser says that the present request was made by a page of this server, or says nothing.

    Sec-Fetch-Site decides where it is sent (https, localhost), else Origin.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    return "Origin" not in request.headers or is_our_origin(public_url)


def is_our_origin(public_url: str | None) -> bool:
    """Whether the present request says that a page of this server makes it: browsers say so of every socket."""
    return request.headers.get("Origin") in {f"{request.scheme}://{request.host}", _origin_of(public_url) or ""}


def _origin_of(url: str | None) -> str | None:
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None
