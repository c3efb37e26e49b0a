"""Asking a GeoReport server: in the format it speaks, page by page, with what it does not know left out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import unquote

from data.domain.reasons import Reason, reason
from data.texts import reason_in
from ingest.http.client import Answer, Limits, Web
from ingest.source import SourceDown
from ingest.sources.open311.body import (
    DISCOVERY,
    REQUESTS,
    SERVICES,
    UPDATES,
    Kind,
    ServerErrors,
    UnreadableBody,
    objects_of,
)
from ingest.sources.open311.cursor import Capabilities
from ingest.sources.open311.fields import id_of, text_of
from ingest.sources.open311.settings import AUTO, Open311Settings

PAGES_MOST = 20_000
"""In one window."""
_OTHER_FORMAT = frozenset({404, 405, 406, 415})
_CHARSET = re.compile(r"charset=[\"']?([\w.-]+)", re.IGNORECASE)
Params = Mapping[str, str]


class RequestRefused(SourceDown):
    """The server answers and does not do what it was asked for."""

    def __init__(self, why: Reason, status: int, *, in_protocol: bool) -> None:
        super().__init__(why)
        self.status, self.in_protocol = status, in_protocol


class Page(NamedTuple):
    """Requests that were not on an earlier page."""

    items: list[Any]
    number: int | None
    """As it was asked for."""
    full: bool = False
    """The last one that there is, and there may be more than the server hands out."""


class Client:
    """One server; `capabilities` is filled as it shows what it can."""

    def __init__(self, name: str, settings: Open311Settings, web: Web) -> None:
        self._name, self._settings, self._web = name, settings, web
        self._base = settings.url.rstrip("/")
        self._always = {"jurisdiction_id": settings.jurisdiction_id} if settings.jurisdiction_id else {}
        self._limits = Limits(total_s=settings.answer_s)

    def requests(self, params: Params, capabilities: Capabilities) -> list[Any]:
        """Requests, at most what the server hands out at once. Raises SourceDown."""
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
        """The services, in whatever format it has them. Raises SourceDown."""
        first = capabilities.format or self._first_format()
        with suppress(RequestRefused):
            return self._ask("services", SERVICES, {}, first)
        return self._ask("services", SERVICES, {}, "xml" if first == "json" else "json")

    def discover(self) -> str | None:
        """The format that its discovery announces, JSON before XML; None when it has none that says so."""
        for form in ("json", "xml"):
            with suppress(RequestRefused):
                (found,) = self._ask("discovery", DISCOVERY, {}, form)[:1] or [{}]
                if formats := _formats(found):
                    return "json" if any("json" in each for each in formats) else "xml"
        return None

    def pages(self, params: Params, capabilities: Capabilities, start: int | None) -> Iterator[Page]:
        """Page after page from `start` on (None: the first), until one is empty, short or nothing new."""
        number, seen = start, set[str]()
        for _ in range(PAGES_MOST):
            items = self._page(params, capabilities, number)
            fresh = [item for item, key in zip(items, map(_key, items), strict=True) if not _was(key, seen)]
            _learn_paging(capabilities, number, items, fresh, resumed=start is not None)
            enough = (
                not fresh
                or capabilities.second_page == 0
                or _is_short(len(items), capabilities, self._settings.page_size)
            )
            capabilities.largest = max(capabilities.largest, len(items))
            again = number == 1 and capabilities.second_page is None and items and not fresh
            if fresh or (enough and not again):
                yield Page(fresh, number, full=capabilities.second_page == 0 and _is_round(len(items)))
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
            found = self.requests(params, capabilities)  # it minds being asked for pages
            capabilities.second_page = 0
            return found

    def _in_format(self, what: str, kind: Kind, params: Params, capabilities: Capabilities) -> list[Any]:
        first = capabilities.format or self._first_format()
        try:
            found = self._ask(what, kind, params, first)
        except RequestRefused as no:
            known = capabilities.format is not None or self._settings.format != AUTO
            if known or no.in_protocol or no.status not in _OTHER_FORMAT | {200}:
                raise
            first = "xml" if first == "json" else "json"
            with suppress(RequestRefused):
                found = self._ask(what, kind, params, first)
                capabilities.format = first
                return found
            raise
        if capabilities.format is None and self._settings.format == AUTO:
            capabilities.format = first
        return found

    def _first_format(self) -> Any:
        return "json" if self._settings.format == AUTO else self._settings.format

    def _ask(self, what: str, kind: Kind, params: Params, form: str) -> list[Any]:
        """Raises RequestRefused when the server answers, and what it answers is not what was asked for."""
        url = f"{self._base}/{what}.{form}"
        accept = "application/json" if form == "json" else "text/xml, application/xml"
        try:
            answer = self._web.get(
                url, params={**self._always, **params}, headers={"Accept": accept}, limits=self._limits
            )
        except SourceDown as down:
            raise SourceDown(reason("open311.no_answer", source=self._name, url=url, error=reason_in(down))) from None
        return self._read(answer, kind)

    def _read(self, answer: Answer, kind: Kind) -> list[Any]:
        if answer.status == 204:
            return []
        charset = _CHARSET.search(answer.headers.get("content-type", ""))
        where, status = {"source": self._name, "url": unquote(answer.url)[:300]}, answer.status
        try:
            found = objects_of(answer.content, kind, charset[1] if charset else None)
        except ServerErrors as told:
            said = reason("open311.answered_error", **where, status=str(status), error=str(told))
            raise RequestRefused(said, 400 if status == 200 else status, in_protocol=True) from None
        except UnreadableBody as wrong:
            if status == 200:
                said = reason("open311.unreadable", **where, error=reason_in(wrong))
            else:
                said = reason("open311.answered_error", **where, status=str(status), error=reason_in(wrong))
            raise RequestRefused(said, status, in_protocol=False) from None
        if status >= 300:
            raise RequestRefused(reason("open311.answered", **where, status=str(status)), status, in_protocol=False)
        return found


def _learn_paging(
    capabilities: Capabilities, number: int | None, items: list[Any], fresh: list[Any], *, resumed: bool
) -> None:
    """Servers call the first page 0 or 1, or know none: the page asked for as 1, after the first, tells."""
    if capabilities.second_page is not None or resumed:
        return
    if number == 1 and (fresh or not items):
        capabilities.second_page = 1
    elif number == 2:
        capabilities.second_page = 2 if fresh or not items else 0


def _is_short(count: int, capabilities: Capabilities, page_size: int) -> bool:
    """A page that holds less than pages can hold; a round number may be a limit that was lowered since."""
    return count < min(capabilities.largest, page_size) and not _is_round(count)


def _is_round(count: int) -> bool:
    return count >= 10 and count % 10 == 0


def _was(key: str, seen: set[str]) -> bool:
    if key in seen:
        return True
    seen.add(key)
    return False


def _key(item: Any) -> str:
    return id_of(item) or key_of(item)


def key_of(item: Any) -> str:
    """What something without an id is called: the same thing the same."""
    try:
        text = json.dumps(item, sort_keys=True, default=repr)
    except RecursionError:
        text = "too deep"
    return f"tanpa-nomor:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _formats(discovery: Any) -> list[str]:
    """Of the endpoints that are no test ones."""
    endpoints = discovery.get("endpoints") if isinstance(discovery, dict) else None
    found: list[str] = []
    for each in endpoints if isinstance(endpoints, list) else [endpoints]:
        if isinstance(each, dict) and text_of(each, "type") != "test":
            told = each.get("formats")
            found += [str(one).lower() for one in (told if isinstance(told, list) else [told]) if one]
    return found
