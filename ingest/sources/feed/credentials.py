"""Authentication at a feed: a key in a header, or an OAuth token that is cached and renewed before it expires."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from authlib.oauth2.auth import ClientAuth

from data.domain.reasons import Reason, reason
from data.texts import reason_in
from ingest.http.client import HttpClient, Limits
from ingest.source import SourceDown
from ingest.sources.feed.body import InvalidJson, parse_json
from ingest.sources.feed.environment import secret
from ingest.sources.feed.settings import AuthSettings, OAuthAuth

RENEW_BEFORE = timedelta(seconds=30)
"""A token is renewed this long before it expires."""
_DEFAULT_LIFETIME_S = 300.0
"""The lifetime of a token when the server gives none."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class Credentials:
    """Headers for requests; safe to use from many threads."""

    def __init__(self, settings: AuthSettings | None, *, inner: bool) -> None:
        self._settings, self._inner = settings, inner
        self._guard = threading.Lock()
        self._token: str | None = None
        self._until: datetime | None = None
        self._web: HttpClient | None = None

    @property
    def renewable(self) -> bool:
        """Whether a new token may help after a 401."""
        return self._settings is not None and self._settings.oauth is not None

    def headers(self, now: datetime, *, refused: str | None = None) -> dict[str, str]:
        """The headers to send. refused: the token that just got a 401. Raises SourceDown."""
        if self._settings is None:
            return {}
        if self._settings.header is not None:
            key = self._settings.header
            return {key.name: key.prefix + secret(key.env)}
        assert self._settings.oauth is not None
        return {"Authorization": f"Bearer {self._current(self._settings.oauth, now, refused)}"}

    def token(self) -> str | None:
        return self._token

    def _current(self, settings: OAuthAuth, now: datetime, refused: str | None) -> str:
        with self._guard:
            ended = self._until is not None and now >= self._until
            if self._token is None or ended or self._token == refused:
                self._token, self._until = None, None
                self._token, self._until = self._fetched(settings, now)
            return self._token

    def _fetched(self, settings: OAuthAuth, now: datetime) -> tuple[str, datetime]:
        """A new token, and until when to use it."""
        host = urlsplit(settings.token_url).hostname
        form, headers = _request(settings)
        if self._web is None:
            self._web = HttpClient(base_url=settings.token_url, inner=self._inner)
        limits = Limits(body_most=1_000_000, total_s=30)
        answer = self._web.post(settings.token_url, data=form, headers=headers, limits=limits)
        if answer.status == 429 or answer.status >= 500:
            raise SourceDown(_busy(host, answer.status))
        try:
            given = parse_json(answer.content)
        except InvalidJson as wrong:
            raise SourceDown(
                reason("feed.token_unreadable", host=host, status=str(answer.status), error=reason_in(wrong))
            ) from None
        token = given.get("access_token") if isinstance(given, dict) else None
        if answer.status != 200 or not isinstance(token, str) or not _sendable(token):
            said = _error(given)
            names = {"id": settings.client_id_env, "secret": settings.client_secret_env}
            raise SourceDown(reason("feed.token_refused", host=host, status=str(answer.status), said=said, **names))
        lasts = timedelta(seconds=_lifetime(given))
        return token, now + max(lasts - RENEW_BEFORE, lasts / 2)


def _busy(host: str | None, status: int) -> Reason:
    if status == 429:
        return reason("feed.token_too_often", host=host)
    return reason("feed.token_server_error", host=host, status=str(status))


def _request(settings: OAuthAuth) -> tuple[dict[str, str], dict[str, str]]:
    """Form and headers of the token request."""
    form = {"grant_type": "client_credentials"} | ({"scope": settings.scope} if settings.scope else {})
    client = ClientAuth(secret(settings.client_id_env), secret(settings.client_secret_env), settings.send)
    _, headers, body = client.prepare("POST", settings.token_url, dict(_FORM), urlencode(form))
    return dict(parse_qsl(body)), headers


def _sendable(token: str) -> bool:
    return 0 < len(token) <= 8000 and token.isascii() and token.isprintable() and " " not in token


def _lifetime(given: Mapping[str, Any]) -> float:
    """Lifetime in seconds, limited to 0 .. 7 days; the default when the server gives none or nonsense."""
    try:
        seconds = float(given.get("expires_in") or _DEFAULT_LIFETIME_S)
    except (TypeError, ValueError, OverflowError):
        seconds = _DEFAULT_LIFETIME_S
    if math.isnan(seconds):
        seconds = _DEFAULT_LIFETIME_S
    return min(max(seconds, 0.0), 7 * 86_400.0)


def _error(given: object) -> str:
    """The error code of the server (RFC 6749), with a comma before it; empty when there is none."""
    said = given.get("error") if isinstance(given, dict) else None
    return f", {said[:60]}" if isinstance(said, str) else ""
