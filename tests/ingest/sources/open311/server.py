"""A city's GeoReport server on this machine: well-behaved, unless it is told how to deviate."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from data.store.db.engine import Engine
from ingest.sources.open311.settings import Open311Settings
from ingest.sources.open311.source import Open311
from tests.ingest.doors import NOW, around
from tests.ingest.sources.feed.feed import SISIR_AT

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Said(NamedTuple):
    """An answer."""

    body: bytes
    status: int = 200
    kind: str = "application/json; charset=utf-8"
    retry_after: str = ""


def zulu(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def a_request(number: int, at: datetime = NOW - 2 * DAY, **changes: Any) -> dict[str, Any]:
    """An open one about waste in Sisir."""
    plain = {
        "service_request_id": f"R-{number}",
        "status": "open",
        "status_notes": None,
        "service_name": "Sampah",
        "service_code": "007",
        "description": f"Sampah menumpuk nomor {number}. Mohon diangkut.",
        "agency_responsible": "Dinas Lingkungan Hidup",
        "requested_datetime": zulu(at),
        "updated_datetime": zulu(at),
        "address": "Jalan Panglima Sudirman",
        "lat": SISIR_AT[0],
        "long": SISIR_AT[1],
        "media_url": f"https://foto.example/{number}.jpg",
    }
    return plain | changes


def closed(number: int, at: datetime = NOW - 2 * DAY, after: timedelta = 5 * HOUR, **changes: Any) -> dict[str, Any]:
    return a_request(
        number, at, status="closed", status_notes="Sudah diangkut.", updated_datetime=zulu(at + after), **changes
    )


@dataclass
class CityServer:
    """What it holds, what it knows, and what it was asked."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] | None = None
    """None: no such extension."""
    services: list[dict[str, Any]] = field(default_factory=lambda: [a_service("007", "Sampah")])
    cap: int = 100
    """Requests on a page, at most."""
    first_page: int | None = 1
    """None: it knows no pages."""
    knows_changes: bool = True
    minds: tuple[str, ...] = ()
    """Arguments that it answers with 400."""
    say: dict[str, Callable[[str, list[dict[str, Any]]], Said]] = field(default_factory=dict)
    """By resource (or resource and format), how its answers are written; others are written well."""
    before: Callable[[str], Said | None] = lambda path: None
    """Asked first; what it says is the answer."""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def answer(self, target: str) -> Said:
        split = urlsplit(target)
        resource, _, form = split.path.strip("/").partition(".")
        given = dict(parse_qsl(split.query))
        self.asked.append((split.path.strip("/"), given))
        if (first := self.before(split.path.strip("/"))) is not None:
            return first
        if any(name in given for name in self.minds):
            return errors(400, "unknown argument")
        found = self._found(resource, given)
        if found is None:
            return Said(b"<!DOCTYPE html><html><title>404 Not Found</title></html>", 404, "text/html")
        say = self.say.get(f"{resource}.{form}") or self.say.get(resource) or (as_xml if form == "xml" else as_json)
        return say(resource, found)

    def _found(self, resource: str, given: dict[str, str]) -> list[dict[str, Any]] | None:
        if resource == "services":
            return self.services
        if resource == "requests":
            return self._requests(given)
        if resource == "servicerequestupdates" and self.updates is not None:
            return [u for u in self.updates if _within(u["updated_datetime"], given, "start_date", "end_date")]
        return None

    def _requests(self, given: dict[str, str]) -> list[dict[str, Any]]:
        found = self.requests
        if ids := given.get("service_request_id"):
            return [one for one in found if str(one["service_request_id"]) in ids.split(",")]
        found = [one for one in found if _within(one.get("requested_datetime"), given, "start_date", "end_date")]
        if self.knows_changes:
            found = [one for one in found if _within(one.get("updated_datetime"), given, *_CHANGED)]
        size = min(self.cap, int(given.get("page_size", self.cap)))
        page = 0 if self.first_page is None else int(given.get("page", self.first_page)) - self.first_page
        return found[page * size : page * size + size]

    def questions(self, resource: str = "requests") -> list[dict[str, str]]:
        """What it was asked for."""
        return [given for path, given in self.asked if path.partition(".")[0] == resource]


_CHANGED = ("updated_after", "updated_before")


def _within(told: Any, given: dict[str, str], after: str, before: str) -> bool:
    try:
        at = datetime.fromisoformat(str(told).replace(" ", "T").replace("Z", "+00:00"))
    except ValueError:
        return True
    if at.tzinfo is None:
        return True
    low, high = (datetime.fromisoformat(given[name]) if name in given else None for name in (after, before))
    return (low is None or low <= at) and (high is None or at <= high)


def a_service(code: str, name: str) -> dict[str, Any]:
    return {"service_code": code, "service_name": name, "metadata": False, "type": "realtime"}


def errors(status: int, description: str) -> Said:
    return Said(json.dumps([{"code": status, "description": description}]).encode(), status)


def as_json(resource: str, found: list[dict[str, Any]]) -> Said:
    return Said(json.dumps(found).encode())


_TAGS = {
    "requests": ("service_requests", "request"),
    "services": ("services", "service"),
    "servicerequestupdates": ("service_requests_updates", "request_update"),
}


def as_xml(resource: str, found: list[dict[str, Any]]) -> Said:
    return Said(xml_of(resource, found).encode(), kind="text/xml; charset=utf-8")


def xml_of(resource: str, found: Sequence[dict[str, Any]]) -> str:
    plural, singular = _TAGS[resource]
    rows = "".join(f"<{singular}>{''.join(map(_element, one.items()))}</{singular}>" for one in found)
    return f'<?xml version="1.0" encoding="utf-8"?><{plural}>{rows}</{plural}>'


def _element(field_: tuple[str, Any]) -> str:
    name, value = field_
    return f"<{name}/>" if value is None else f"<{name}>{escape(str(value))}</{name}>"


@contextmanager
def serving(city: CityServer) -> Iterator[CityServer]:
    """Serve it on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            said = city.answer(self.path)
            self.send_response(said.status)
            self.send_header("Content-Type", said.kind)
            self.send_header("Content-Length", str(len(said.body)))
            if said.retry_after:
                self.send_header("Retry-After", said.retry_after)
            self.end_headers()
            self.wfile.write(said.body)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    city.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield city
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def a_source(city: CityServer, engine: Engine, **changes: Any) -> Open311:
    """A source that asks it."""
    plain = {
        "kind": "open311",
        "title": {"id": "Dinas", "en": "Agency"},
        "enabled": True,
        "every_s": 60,
        "url": city.url,
        "inner": True,
        "answer_s": 10,
    }
    return Open311("dinas", Open311Settings.model_validate(plain | changes), around(engine, Path("/nonexistent")))
