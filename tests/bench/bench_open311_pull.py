"""Requests pulled from a GeoReport server on this machine: fetched, read, placed, under clocks, stored.

Run as `python -m tests.bench.bench_open311_pull NUMBER` it serves that many, in a process of its own, and prints its
port.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from data import clock
from data.store.db.engine import Engine, open_engine
from data.store.db.migrate import migrate
from ingest.http.client import HttpClient
from ingest.settings import SourceContext
from ingest.sources.open311.settings import Open311Settings
from ingest.sources.open311.source import Open311
from tests.bench.measure import Env, Result
from tests.bench.stock import the_pipeline, the_render_context
from tests.e2e.helpers.server import ROOT

NUMBER = 100_000
PAGE = 1000
DAYS = 360
SERVICES = ("Sampah", "Jalan rusak", "PJU", "PKL liar", "Iklan liar", "Kemacetan", "Lampu lalu lintas", "Lainnya")


def measure(env: Env) -> list[Result]:
    """A first pull into an empty store, and a second of what is known; beside it fetching and parsing alone."""
    number = env.size(NUMBER, 5_000)
    engine = open_engine(f"sqlite:///{env.folder / 'pull.db'}")
    migrate(engine)
    with served(number) as url:
        bare = number / bare_pull(url)
        source, pipeline = a_source(url, engine), the_pipeline(engine)
        now = clock.now()
        seconds, counted, _ = pull(source, pipeline, None, now)
        again, known, _ = pull(source, pipeline, None, now + timedelta(minutes=1))
    engine.dispose()
    note = "" if counted == number == known else f"{counted} and {known} of {number} came"
    return [
        Result(
            f"Open311 pull, {number:,} new requests", number / seconds, "1/s", 3_000, bare, at_least=True, note=note
        ),
        Result(f"Open311 pull, {number:,} known requests", number / again, "1/s", None, bare, at_least=True),
    ]


def pull(source: Open311, pipeline: Any, cursor: str | None, now: datetime) -> tuple[float, int, str | None]:
    """Seconds for everything that is there, how many records came, and the cursor after it."""
    start, counted = time.perf_counter(), 0
    for delivery in source.fetch(cursor, now):
        outcomes = pipeline.write_delivery(source, delivery, now)
        counted, cursor = counted + len(outcomes), delivery.cursor
    return time.perf_counter() - start, counted, cursor


def bare_pull(url: str) -> float:
    """Seconds to fetch the same pages and to parse them as JSON."""
    web = HttpClient(base_url=url, inner=True)
    start, page = time.perf_counter(), 1
    while json.loads(web.get(f"{url}/requests.json", params={"page_size": str(PAGE), "page": str(page)}).content):
        page += 1
    return time.perf_counter() - start


def a_source(url: str, engine: Engine) -> Open311:
    """As it would stand in config.yaml."""
    settings = Open311Settings(
        kind="open311",
        title={"id": "Dinas", "en": "Agency"},  # type: ignore[arg-type]
        enabled=True,
        every_s=60,
        url=url,
        inner=True,
        page_size=PAGE,
        history_days=DAYS,
    )
    context = the_render_context(engine)
    around = SourceContext(context.config.city, context.calendars, context.boundaries, engine, ROOT, Path(ROOT))
    return Open311("dinas", settings, around)


@contextmanager
def served(number: int) -> Iterator[str]:
    """A server with so many requests; its address."""
    command = [sys.executable, "-m", "tests.bench.bench_open311_pull", str(number)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.terminate()


class Shelf:
    """All requests, written once, in order of time."""

    def __init__(self, number: int) -> None:
        now, chance = datetime.now(UTC).replace(microsecond=0), random.Random(number)
        self._times, self._texts = list[str](), list[bytes]()
        for n in range(number):
            at = now - timedelta(days=DAYS - 1) * (1 - n / number)
            self._times.append(_zulu(at))
            self._texts.append(json.dumps(_request(n, at, now, chance)).encode())

    def page(self, given: dict[str, str]) -> bytes:
        """A page, as JSON."""
        first = bisect_left(self._times, given.get("start_date", ""))
        last = bisect_right(self._times, given.get("end_date", "9"))
        size = int(given.get("page_size", "100"))
        begin = first + (int(given.get("page", "1")) - 1) * size
        return b"[" + b",".join(self._texts[begin : min(begin + size, last)]) + b"]"


def _request(number: int, at: datetime, now: datetime, chance: random.Random) -> dict[str, Any]:
    is_open = at > now - timedelta(days=5)
    return {
        "service_request_id": f"R{number:08d}",
        "status": "open" if is_open else "closed",
        "status_notes": None if is_open else "Sudah ditangani.",
        "service_name": chance.choice(SERVICES),
        "service_code": "007",
        "description": f"Laporan warga nomor {number}: mohon segera ditangani.",
        "agency_responsible": "Dinas Lingkungan Hidup",
        "service_notice": None,
        "requested_datetime": _zulu(at),
        "updated_datetime": _zulu(at if is_open else at + timedelta(hours=chance.uniform(1, 100))),
        "expected_datetime": None,
        "address": f"Jalan Panglima Sudirman {number % 300}",
        "address_id": None,
        "zipcode": "65311",
        "lat": round(chance.uniform(-7.92, -7.80), 6),
        "long": round(chance.uniform(112.48, 112.58), 6),
        "media_url": None,
    }


def _zulu(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def serve(number: int) -> None:
    """Until ended."""
    shelf = Shelf(number)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            known = split.path == "/requests.json"
            body = shelf.page(dict(parse_qsl(split.query))) if known else b"<html></html>"
            self.send_response(200 if known else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
