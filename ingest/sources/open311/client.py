"""A client of a GeoReport server: it uses the server's format and paging, and leaves out what the server does not
know."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeVar
from urllib.parse import unquote

from data.domain.reasons import Reason, reason
from data.texts import reason_in
from ingest.http.client import HttpClient, Limits, Response
from ingest.source import RetryLater, SourceDown
from ingest.sources.open311.body import (
    DISCOVERY,
    REQUESTS,
    SERVICES,
    UPDATES,
    ObjectKind,
    UnreadableBody,
    objects_of,
)
from ingest.sources.open311.cursor import Capabilities
from ingest.sources.open311.fields import id_of, text_of
from ingest.sources.open311.settings import AUTO, Open311Settings
from ingest.sources.open311.xml import ServerErrors

PAGES_MOST = 20_000
"""The most pages in one window."""
_OTHER_FORMAT = frozenset({404, 405, 406, 415})
_RETRY_LATER = frozenset({429, 503})
_CHARSET = re.compile(r"charset=[\"']?([\w.-]+)", re.IGNORECASE)
Params = Mapping[str, str]
Form = Literal["json", "xml"]
T = TypeVar("T")


class RequestRefused(SourceDown):
    """The server responded, but not with what was requested."""

    def __init__(self, why: Reason, status: int, *, in_protocol: bool) -> None:
        super().__init__(why)
        self.status, self.in_protocol = status, in_protocol


class RequestsUsedUp(RuntimeError):
    """This poll has sent as many requests as it may."""


class RequestPage(NamedTuple):
    """The requests of a page that were not on an earlier one."""

    items: list[Any]
    number: int | None
    """The page number in the request; None: without one."""
    total: int
    """How many requests came, repeated ones included."""
    limit: int | None = None
    """The page size that was asked for, of a server without pages; else None."""

    def may_be_cut(self, inside: int) -> bool:
        """Whether the server may have left out further requests, when `inside` of these lie in the window."""
        counted = [inside, self.total] if 2 * inside > self.total else [inside]
        return self.limit is not None and any(_is_round(each) or each == self.limit for each in counted)


class Client:
    """A client of one server; it fills `capabilities` from the responses."""

    def __init__(self, name: str, settings: Open311Settings, web: HttpClient) -> None:
        self._name, self._settings, self._web = name, settings, web
        self._base = settings.url.rstrip("/")
        self._always = {"jurisdiction_id": settings.jurisdiction_id} if settings.jurisdiction_id else {}
        self._limits = Limits(total_s=settings.answer_s)
        self._left, self._now = settings.questions_per_poll, datetime.min

    def begin_poll(self, now: datetime) -> None:
        """Each poll may send `questions_per_poll` requests; the next one raises RequestsUsedUp."""
        self._left, self._now = self._settings.questions_per_poll, now

    def requests(self, params: Params, capabilities: Capabilities) -> list[Any]:
        """Requests, at most as many as the server returns at once. Raises SourceDown, RequestsUsedUp, as all do."""
        try:
            return self._in_format("requests", REQUESTS, params, capabilities)
        except RequestRefused as no:
            if no.status == 404 and no.in_protocol:
                return []
            raise

    def updates(self, params: Params, capabilities: Capabilities) -> list[Any]:
        """Updates of requests. Raises SourceDown."""
        return self._ask("servicerequestupdates", UPDATES, params, capabilities.format or self._first_format())

    def services(self, capabilities: Capabilities) -> list[Any]:
        """The services, in any format. Raises SourceDown."""
        first = capabilities.format or self._first_format()
        try:
            return self._ask("services", SERVICES, {}, first)
        except RequestRefused as no:
            return self._ask_other("services", SERVICES, {}, (first, no))

    def discover(self) -> str | None:
        """The format in the server's discovery document, JSON before XML; None when there is none."""
        forms: tuple[Form, ...] = ("json", "xml")
        for form in forms:
            with suppress(RequestRefused):
                (found,) = self._ask("discovery", DISCOVERY, {}, form)[:1] or [{}]
                if formats := _formats(found):
                    return "json" if any("json" in each for each in formats) else "xml"
        return None

    def pages(self, params: Params, capabilities: Capabilities, start: int | None) -> Iterator[RequestPage]:
        """The pages from `start` on (None: the first), until one is empty, short or has only known requests."""
        number, seen = start, set[str]()
        while (number or 0) <= PAGES_MOST:
            items = self._page(params, capabilities, number)
            fresh = [
                item for item, key in zip(items, map(id_or_key, items), strict=True) if not _seen_before(key, seen)
            ]
            _learn_paging(capabilities, number, items, fresh, resumed=start is not None)
            enough = (
                not fresh
                or capabilities.second_page == 0
                or _is_short(len(items), capabilities, self._settings.page_size)
            )
            capabilities.largest = max(capabilities.largest, len(items))
            again = number == 1 and capabilities.second_page is None and items and not fresh
            if fresh or (enough and not again):
                yield RequestPage(
                    fresh, number, len(items), self._settings.page_size if capabilities.second_page == 0 else None
                )
            if enough and not again:
                return
            number = (
                (1 if capabilities.second_page is None else capabilities.second_page) if number is None else number + 1
            )
        raise SourceDown(reason("open311.too_many_pages", source=self._name, url=self._base, most=PAGES_MOST))

    def _page(self, params: Params, capabilities: Capabilities, number: int | None) -> list[Any]:
        if capabilities.second_page == 0:
            return self.requests(params, capabilities)
        paging = {"page_size": str(self._settings.page_size)} | ({} if number is None else {"page": str(number)})
        try:
            return self.requests({**params, **paging}, capabilities)
        except RequestRefused as no:
            if no.status != 400 or capabilities.second_page is not None:
                raise
            found = self.requests(params, capabilities)  # it refuses paging parameters
            capabilities.second_page = 0
            return found

    def _in_format(self, what: str, kind: ObjectKind, params: Params, capabilities: Capabilities) -> list[Any]:
        used = capabilities.format or self._first_format()
        try:
            found = self._ask(what, kind, params, used)
        except RequestRefused as no:
            known = capabilities.format is not None or self._settings.format != AUTO
            if known or no.in_protocol or no.status not in _OTHER_FORMAT | {200}:
                raise
            found, used = self._ask_other(what, kind, params, (used, no)), _other(used)
        if capabilities.format is None and self._settings.format == AUTO:
            capabilities.format = used
        return found

    def _ask_other(self, what: str, kind: ObjectKind, params: Params, failed: tuple[Form, RequestRefused]) -> list[Any]:
        """Ask in the other format than the one that failed; when it fails as well, both faults are told."""
        form, no = failed
        try:
            return self._ask(what, kind, params, _other(form))
        except RetryLater:
            raise
        except SourceDown as too:
            told = {form: reason_in(no), _other(form): reason_in(too)}
            said = reason("open311.both_formats", source=self._name, json=told["json"], xml=told["xml"])
            answered = too if isinstance(too, RequestRefused) and too.in_protocol else no
            raise RequestRefused(said, answered.status, in_protocol=answered.in_protocol) from None

    def _first_format(self) -> Form:
        return "json" if self._settings.format == AUTO else self._settings.format

    def _ask(self, what: str, kind: ObjectKind, params: Params, form: Form) -> list[Any]:
        """Raises RequestRefused when the response is not what was requested, RetryLater when the server says when to
        ask again, SourceDown without a response, RequestsUsedUp."""
        if self._left == 0:
            raise RequestsUsedUp
        self._left -= 1
        url = f"{self._base}/{what}.{form}"
        accept = "application/json" if form == "json" else "text/xml, application/xml"
        try:
            answer = self._web.get(
                url, params={**self._always, **params}, headers={"Accept": accept}, limits=self._limits
            )
        except SourceDown as down:
            raise SourceDown(reason("open311.no_answer", source=self._name, url=url, error=reason_in(down))) from None
        return self._read(answer, kind)

    def _read(self, answer: Response, kind: ObjectKind) -> list[Any]:
        if answer.status == 204:
            return []
        charset = _CHARSET.search(answer.headers.get("content-type", ""))
        where, status = {"source": self._name, "url": unquote(answer.url)[:300]}, answer.status
        if status in _RETRY_LATER and (after_s := answer.retry_after_s(self._now)):
            raise RetryLater(reason("open311.answered", **where, status=str(status)), after_s)
        try:
            found = objects_of(answer.content, kind, charset[1] if charset else None)
        except ServerErrors as told:
            said = reason("open311.answered_error", **where, status=str(status), error=str(told))
            status = 400 if status == 200 and told.in_protocol else status
            raise RequestRefused(said, status, in_protocol=told.in_protocol) from None
        except UnreadableBody as wrong:
            if status == 200:
                said = reason("open311.unreadable", **where, error=reason_in(wrong))
            else:
                said = reason("open311.answered_error", **where, status=str(status), error=reason_in(wrong))
            raise RequestRefused(said, status, in_protocol=False) from None
        if status >= 300:
            raise RequestRefused(reason("open311.answered", **where, status=str(status)), status, in_protocol=False)
        return found


def _other(form: Form) -> Form:
    return "xml" if form == "json" else "json"


def _learn_paging(
    capabilities: Capabilities, number: int | None, items: list[Any], fresh: list[Any], *, resumed: bool
) -> None:
    """Find out the numbering: the first page may be 0 or 1, or there are no pages. The response to page=1 tells."""
    if capabilities.second_page is not None or resumed:
        return
    if number == 1 and (fresh or not items):
        capabilities.second_page = 1
    elif number == 2:
        capabilities.second_page = 2 if fresh or not items else 0


def _is_short(count: int, capabilities: Capabilities, page_size: int) -> bool:
    """Whether a page has fewer requests than others; not for a round number, which may be a new limit of the server."""
    return count < min(capabilities.largest, page_size) and not _is_round(count)


def _is_round(count: int) -> bool:
    return count >= 10 and count % 10 == 0


def _seen_before(key: str, seen: set[str]) -> bool:
    if key in seen:
        return True
    seen.add(key)
    return False


def id_or_key(item: Any) -> str:
    """What tells a request from others."""
    return id_of(item) or key_of(item)


def key_of(item: Any) -> str:
    """The id of an item without one: a hash of its content."""
    try:
        text = json.dumps(item, sort_keys=True, default=repr)
    except RecursionError:
        text = "too deep"
    return f"tanpa-nomor:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _formats(discovery: Any) -> list[str]:
    """The formats of all endpoints except test endpoints."""
    endpoints = discovery.get("endpoints") if isinstance(discovery, dict) else None
    found: list[str] = []
    for each in endpoints if isinstance(endpoints, list) else [endpoints]:
        if isinstance(each, dict) and text_of(each, "type") != "test":
            told = each.get("formats")
            found += [str(one).lower() for one in (told if isinstance(told, list) else [told]) if one]
    return found


def prefetch(items: Iterator[T]) -> Iterator[T]:
    """The same items; the next one is fetched in a thread while the caller works on the present one.

    Errors of `items` are raised here. Nothing else may use `items` at the same time.
    """
    with_thread = ThreadPoolExecutor(1, thread_name_prefix="prefetch")
    try:
        coming = with_thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = with_thread.submit(next, items, None)
            yield item
    finally:
        with_thread.shutdown(wait=False, cancel_futures=True)
