"""Targets: what other servers answer or bring, from the body to Records."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from typing import Any, cast

from werkzeug.wrappers import Request

from dashboard.api.push.routes import DeliveryRefused, _items, _wrong_signature
from ingest.http.client import Response, _parsed, _with
from ingest.source import SourceDown, Unreadable
from ingest.sources.feed.body import InvalidJson, items_of, parse_json
from ingest.sources.feed.credentials import _error, _lifetime
from ingest.sources.feed.pages import Pages
from ingest.sources.feed.paths import PathError, follow
from ingest.sources.feed.settings import CursorPages, UrlPages
from ingest.sources.feed.source import FeedSource
from ingest.sources.open311.body import REQUESTS, UPDATES, ServerErrors, UnreadableBody, objects_of, too_deep
from ingest.sources.open311.capabilities import discover_capabilities
from ingest.sources.open311.client import Client, key_of
from ingest.sources.open311.cursor import Cursor, read_cursor
from ingest.sources.open311.fields import id_of
from ingest.sources.open311.reading import update_of
from ingest.sources.open311.source import Open311, _raw
from tests.fuzz import samples
from tests.fuzz.stage import city_around, take, target
from tests.ingest.doors import NOW, configured
from tests.ingest.sources.feed.feed_sources import settings

URL = "http://feed.example/laporan"


class _Always:
    """A server with one answer to everything."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def get(self, url: str, **_: object) -> Response:
        return Response(200, {}, self._body, url)


@cache
def open311() -> Open311:
    return cast(Open311, configured("opd_open311", city_around()))


@cache
def feed() -> FeedSource:
    return FeedSource("umpan", settings(URL, pages={"cursor": {"next": "lanjut", "param": "dari"}}), city_around())


@target(samples.open311_requests, UnreadableBody, ServerErrors)
def open311_requests(data: bytes) -> None:
    """A page of requests, JSON or XML."""
    for item in objects_of(data, REQUESTS):
        take(open311(), _raw(item, {}, {"001": "Sampah"}))


@target(samples.open311_updates, UnreadableBody, ServerErrors)
def open311_updates(data: bytes) -> None:
    """Updates, and the closed request that they belong to."""
    told = []
    for item in objects_of(data, UPDATES):
        try:
            if not isinstance(item, dict) or too_deep(item):
                raise Unreadable("pembaruan ini bukan objek")
            told.append(update_of(item, open311()._when))
            _with(_parsed(URL), {"service_request_id": id_of(item)})  # as a request outside of the window is asked for
        except Unreadable:
            key_of(item)
    for status in ("open", "closed"):
        request = {"service_request_id": "1", "requested_datetime": "2026-11-01T07:00:00Z", "status": status}
        take(open311(), _raw({**request, "status_notes": "x"}, {"1": told}, {}))


@target(samples.open311_about, UnreadableBody, ServerErrors)
def open311_about(data: bytes) -> None:
    """What is asked for once a day: services and discovery; the same answer to every question."""
    source, cursor = open311(), Cursor()
    client = Client(source.name, source._settings, cast(Any, _Always(data)))
    discover_capabilities(client, cursor, source._settings, source._services, (source.name, "2026-11-24", NOW))
    assert read_cursor(cursor.text()) == cursor


@target(samples.open311_charset, UnreadableBody, ServerErrors)
def open311_charset(data: bytes) -> None:
    """A body in the encoding that its Content-Type names: the first line."""
    charset, _, body = data.partition(b"\n")
    objects_of(body, REQUESTS, charset.decode("latin-1"))


@target(samples.feed_answers, InvalidJson)
def feed_answer(data: bytes) -> None:
    """An answer of a JSON feed."""
    value = parse_json(data)
    for item in items_of(value, follow("data"), "data"):
        take(feed(), feed().raw(item))


@target(samples.feed_answers, InvalidJson, PathError, SourceDown)
def feed_next(data: bytes) -> None:
    """What an answer says of the page after it."""
    value, pages = parse_json(data), Pages(feed().settings, cast(Any, None), feed().id_of)
    for way in (CursorPages(next="lanjut", param="dari"), UrlPages(next="lanjut")):
        try:
            place = pages._following(way, follow(way.next), value, URL)
            _with(_parsed(URL), {"dari": place or ""})
        except SourceDown:
            continue


@target(samples.tokens, InvalidJson)
def feed_token(data: bytes) -> None:
    """The answer of a server of tokens."""
    given = parse_json(data)
    _error(given)
    if isinstance(given, dict):
        assert timedelta(0) <= timedelta(seconds=_lifetime(given)) <= timedelta(days=7)


@target(samples.feed_answers, DeliveryRefused)
def push_body(data: bytes) -> None:
    """What an agency's system brings."""
    for item in _items(feed(), data):
        take(feed(), feed().raw(item))


@target(samples.push_headers)
def push_headers(data: bytes) -> None:
    """Moment and signature, the first two lines; the rest is the body."""
    stamp, _, rest = data.partition(b"\n")
    signed, _, body = rest.partition(b"\n")
    environ = {"HTTP_X_BATT_TIMESTAMP": stamp.decode("latin-1"), "HTTP_X_BATT_SIGNATURE": signed.decode("latin-1")}
    _wrong_signature(cast(Any, Request(environ)), body, samples.SECRET, NOW)


@target(samples.cursors)
def open311_cursor(data: bytes) -> None:
    """What an earlier version left as a cursor."""
    cursor = read_cursor(os.fsdecode(data))
    assert read_cursor(cursor.text()) == cursor
