"""Sends one request to a feed: gives the parsed response, or an error that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from data.domain.reasons import Reason, reason
from data.texts import reason_in
from ingest.http.client import HttpClient, Limits, Response
from ingest.source import SourceDown
from ingest.sources.feed.body import InvalidJson, parse_json
from ingest.sources.feed.credentials import Credentials
from ingest.sources.feed.settings import FeedSettings

MAX_RETRY_AFTER = timedelta(hours=1)
"""The longest wait that we accept."""
_SHOWN = 120
_PORTS = {"http": 80, "https": 443}


class NotFound(SourceDown):
    """The server does not know what was requested, for example a cursor that it has forgotten."""


class Requester:
    """Sends requests to one server; connects at the first request, so that a wrong address does not prevent the
    start."""

    def __init__(self, name: str, settings: FeedSettings, home: Path) -> None:
        self._name, self._settings, self._home = name, settings, home
        self._credentials = Credentials(settings.auth, inner=settings.inner)
        self._limits = Limits(body_most=int(settings.limits.body_mb * 1_000_000), total_s=settings.limits.answer_s)
        self._web: HttpClient | None = None
        self._retry_after: tuple[datetime, Reason] | None = None
        self.request_count = 0
        """The number of requests so far."""
        self.server_time: datetime | None = None
        """The server's time in the first response since this was last set to None."""

    def get(self, url: str, params: Mapping[str, str], now: datetime) -> tuple[Any, str]:
        """(parsed response, its URL after redirects). Raises SourceDown, NotFound.

        A Retry-After of the server is respected.
        """
        if self._retry_after is not None and timedelta() < self._retry_after[0] - now <= MAX_RETRY_AFTER:
            raise SourceDown(self._retry_after[1])
        web = self._connected()
        self.request_count += 1
        answer = web.get(url, params=params, headers=self._headers(now), limits=self._limits)
        if answer.status == 401 and self._credentials.renewable:
            headers = self._headers(now, refused=self._credentials.token())
            answer = web.get(url, params=params, headers=headers, limits=self._limits)
        host = urlsplit(url).hostname
        self.server_time = self.server_time or server_time(answer)
        if answer.status == 204:
            return [], answer.url
        if answer.status != 200:
            raise self._refusal(answer, reason("feed.refused", host=host, said=_refused(answer, now)), now)
        try:
            return parse_json(answer.content), answer.url
        except InvalidJson as wrong:
            raise SourceDown(reason("feed.bad_body", host=host, error=reason_in(wrong))) from None

    def _refusal(self, answer: Response, said: Reason, now: datetime) -> SourceDown:
        rest = min(retry_after(answer, now), MAX_RETRY_AFTER)
        self._retry_after = (now + rest, said) if rest else None
        return (NotFound if answer.status in _UNKNOWN else SourceDown)(said)

    def _headers(self, now: datetime, refused: str | None = None) -> dict[str, str]:
        return {"Accept": "application/json"} | self._credentials.headers(now, refused=refused)

    def _connected(self) -> HttpClient:
        settings = self._settings
        if self._web is None:
            assert settings.url is not None
            ca_file = self._home / Path(settings.ca_file).expanduser() if settings.ca_file else None
            try:
                self._web = HttpClient(base_url=settings.url, inner=settings.inner, ca_file=ca_file)
            except OSError as wrong:
                error = wrong.strerror or str(wrong)
                raise SourceDown(reason("feed.ca_file", path=str(ca_file), error=error, source=self._name)) from None
        return self._web


def next_url(base: str, at: str, told: object) -> str:
    """The URL of the next page. Raises SourceDown unless it is on the same server."""
    if not isinstance(told, str) or len(told) > 4000:
        raise SourceDown(reason("feed.next_page_no_address", host=urlsplit(base).hostname))
    try:
        url = urljoin(at, told.strip())
        there, ours = urlsplit(url), urlsplit(base)
        same = _origin(there) == _origin(ours)
    except ValueError:
        raise SourceDown(
            reason("feed.next_page_bad", host=urlsplit(base).hostname, address=repr(told[:_SHOWN]))
        ) from None
    if not same or there.username is not None:
        other = f"{there.scheme}://{there.netloc[:_SHOWN]}"
        raise SourceDown(reason("feed.next_page_elsewhere", host=ours.hostname, server=other))
    return url


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme)


_UNKNOWN = frozenset({400, 404, 410, 422})
"""The statuses by which servers refuse an unknown cursor."""
_STATUS: Mapping[int, Reason] = {
    401: reason("feed.status_401"),
    403: reason("feed.status_403"),
    404: reason("feed.status_404"),
    410: reason("feed.status_410"),
}


def _refused(answer: Response, now: datetime) -> Reason:
    """The reason for a response with another status than 200."""
    rest = retry_after(answer, now).total_seconds()
    wait = reason("feed.asked_to_wait", seconds=f"{rest:.0f}") if rest else ""
    if answer.status == 429:
        return reason("feed.too_often", wait=wait)
    if answer.status >= 500:
        return reason("feed.server_error", status=str(answer.status), wait=wait)
    return _STATUS.get(answer.status) or reason("feed.unexpected_status", status=str(answer.status))


def server_time(answer: Response) -> datetime | None:
    """The server's time; None when the response has none."""
    return _http_date(answer.headers.get("date", ""))


def retry_after(answer: Response, now: datetime) -> timedelta:
    """How long we have to wait (Retry-After: seconds, or a time by the server's clock); zero without the header."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    until = _http_date(text)
    return timedelta() if until is None else max(until - (server_time(answer) or now), timedelta())


def _http_date(text: str) -> datetime | None:
    """An HTTP date; None when it is invalid."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
