"""GET requests.csv: all matching requests in one file (RFC 4180 with a header), in bounded memory.

The store is queried in pieces, oldest first; no transaction stays open between two pieces. When the store fails in
the middle, the connection is cut, so that the client knows that its file is not complete.
"""

from __future__ import annotations

import csv
import io
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial

from flask import Request, Response

from dashboard.api.faults import Fault, RequestError
from dashboard.api.open311.representation import (
    address,
    agency_name,
    description,
    moment,
    service_name,
    status,
    status_notes,
)
from dashboard.api.rate_limits import address_of
from dashboard.realtime.connection_limit import close_connection
from data.domain.city.model import City
from data.store.db.engine import Engine, reading
from data.store.queries.open311_requests import CaseFilter, Place, PublicCase, public_cases_after
from ingest.tabular.results.result_file import safe

HEADER = [
    "service_request_id",
    "requested_datetime",
    "updated_datetime",
    "closed_date",
    "status_description",
    "status_notes",
    "source",
    "service_name",
    "service_subtype",
    "description",
    "agency_responsible",
    "address",
    "lat",
    "long",
]
AT_ONCE = 3
"""Downloads at a time, of a process; each holds a thread while its client reads. An address has one of them."""
LONGEST_S = 300.0
"""So long a client may take; then the connection is cut."""
PIECE = 1000
TYPE = "text/csv; charset=utf-8; header=present"
RETRY_AFTER_S = 30


class CsvDownloads:
    """Makes the files; a few at a time."""

    def __init__(self, engine: Engine, city: City, sources: Mapping[str, str]) -> None:
        """`sources`: titles by name."""
        self._engine, self._city, self._sources = engine, city, sources
        self._readers = Readers()

    def answer(self, wanted: CaseFilter, asked: Request, *, compressed: bool) -> Response:
        """The file; who is too slow is hung up on. Raises RequestError when too many downloads run; StoreDown."""
        with ExitStack() as stack:
            stack.callback(self._readers.add(address_of(asked)))
            texts = self._texts(wanted, self._piece(wanted, None))
            end = threading.Timer(LONGEST_S, close_connection, (asked.environ,))
            end.daemon = True
            end.start()
            stack.callback(end.cancel)
            release = stack.pop_all().close
        body = _gzipped(texts) if compressed else (text.encode() for text in texts)
        answer = Response(_releasing(body, release), content_type=TYPE)
        answer.call_on_close(release)
        answer.headers["Content-Disposition"] = 'attachment; filename="requests.csv"'
        answer.headers["Vary"] = "Accept-Encoding"
        if compressed:
            answer.headers["Content-Encoding"] = "gzip"
        return answer

    def _piece(self, case_filter: CaseFilter, after: Place | None) -> list[PublicCase]:
        with reading(self._engine) as conn:
            return public_cases_after(conn, case_filter, after, PIECE)

    def _texts(self, case_filter: CaseFilter, piece: list[PublicCase]) -> Iterator[str]:
        yield _lines([HEADER])
        while piece:
            yield _lines([self._cells(case) for case in piece])
            piece = self._piece(case_filter, piece[-1].place) if len(piece) == PIECE else []

    def _cells(self, case: PublicCase) -> list[str]:
        return [
            case.code,
            moment(case.received_at) or "",
            moment(case.changed_at) or "",
            moment(case.closed_at) or "",
            status(case),
            status_notes(case),
            safe(self._sources.get(case.source, case.source)),
            safe(service_name(case, self._city)),
            "",
            safe(description(case)),
            safe(agency_name(case.agency, self._city)),
            safe(address(case) or ""),
            "" if case.lat is None else str(case.lat),
            "" if case.lon is None else str(case.lon),
        ]


class Readers:
    """Who downloads now. Thread-safe."""

    def __init__(self) -> None:
        self._lock, self._now = threading.Lock(), set[str]()

    def add(self, reader: str) -> Callable[[], None]:
        """Returns what ends it. Raises RequestError: 429 to whom downloads already, 503 when all places are taken."""
        with self._lock:
            if reader in self._now:
                message = f"one address may download one file at a time; come again in {RETRY_AFTER_S} s"
                raise RequestError(Fault(429, message), retry_after_s=RETRY_AFTER_S)
            if len(self._now) >= AT_ONCE:
                message = f"{AT_ONCE} downloads are running, which is all there may be; come again in {RETRY_AFTER_S} s"
                raise RequestError(Fault(503, message), retry_after_s=RETRY_AFTER_S)
            self._now.add(reader)
        return partial(self._end, reader)

    def _end(self, reader: str) -> None:
        with self._lock:
            self._now.discard(reader)


def _lines(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _releasing(parts: Iterator[bytes], release: Callable[[], None]) -> Iterator[bytes]:
    """The parts; calls `release` at their end, even when nobody closes the answer."""
    yield from parts
    release()


def _gzipped(texts: Iterable[str]) -> Iterator[bytes]:
    """As a gzip stream."""
    packer = zlib.compressobj(5, wbits=31)
    for text in texts:
        yield packer.compress(text.encode())
    yield packer.flush()
