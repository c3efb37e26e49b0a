"""Servers that stall, flood, lie or lead astray, behind each source that asks: told, nothing lost, nobody delayed."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import trustme

from data.store.db.engine import Engine, reading
from data.store.intake import sources
from data.texts import texts
from ingest.source import Source, SourceDown
from ingest.sources.open311.settings import Open311Settings
from ingest.sources.open311.source import Open311
from tests.ingest.doors import Hand, all_cases, around, pipeline
from tests.ingest.http.servers import Handler, plain, serving
from tests.ingest.runtime.test_poller import polled
from tests.ingest.sources.feed.feed import until
from tests.ingest.sources.feed.feed_sources import a_feed, item
from tests.ingest.sources.open311.server import a_request

INPUTS = ("feed", "open311")
SHORT_S, LONG_S = 0.5, 60
Response = Callable[[socket.socket, threading.Event], None]


def a_source(input_name: str, url: str, engine: Engine, home: Path, wait_s: float = LONG_S, **more: Any) -> Source:
    """A source of that kind that asks the server and waits for so many seconds."""
    if input_name == "feed":
        limits = {"answer_s": wait_s, "body_mb": 1}
        return a_feed(f"{url}/requests.json", engine, home, limits=limits, **more)
    plain_ones = {"kind": "open311", "title": {"id": "D", "en": "A"}, "enabled": True, "every_s": 60}
    settings = {**plain_ones, "url": url, "inner": True, "format": "json", "updates": False, "answer_s": wait_s}
    return Open311("dinas", Open311Settings.model_validate(settings | more), around(engine, home))


def well(conn: socket.socket, _gone: threading.Event) -> None:
    """One report, as either kind of source understands it."""
    conn.sendall(plain(json.dumps({"service_requests": [a_request(1)], "data": [item(1)]}).encode()))


def drips(conn: socket.socket, gone: threading.Event) -> None:
    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n")
    while not gone.wait(0.05):
        conn.sendall(b" ")


def says_nothing(_conn: socket.socket, gone: threading.Event) -> None:
    gone.wait(30)


def circles(conn: socket.socket, _gone: threading.Event) -> None:
    conn.sendall(plain(b"", "302 Found", Location="?lagi"))


def leads_to(where: str) -> Response:
    return lambda conn, _gone: conn.sendall(plain(b"", "302 Found", Location=where))


@cache
def bomb() -> bytes:
    packed = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join(packed.compress(b" " * (1 << 20)) for _ in range(64)) + packed.flush()


def explodes(conn: socket.socket, _gone: threading.Event) -> None:
    conn.sendall(plain(bomb(), Content_Encoding="gzip"))


def breaks_off(conn: socket.socket, _gone: threading.Event) -> None:
    conn.sendall(plain(b"[" + b" " * 5000)[:900])


BAD: Mapping[str, tuple[Response, str]] = {
    "one byte a while": (drips, "belum utuh setelah 0.5 detik; dicoba lagi"),
    "no answer": (says_nothing, "belum utuh setelah 0.5 detik; dicoba lagi"),
    "redirects in a circle": (circles, "server mengalihkan terus atau berputar"),
    "leads to an inner server": (leads_to("http://127.0.0.1:9/"), "alamat dalam"),
    "leads to a cloud's inner address": (leads_to("http://169.254.169.254/latest/"), "alamat dalam"),
    "leads to a file": (leads_to("file:///etc/passwd"), "hanya alamat http"),
    "a gzip bomb": (explodes, "jawaban lebih besar dari"),
    "closes in the middle": (breaks_off, "sambungan putus"),
}
STALLS = ("one byte a while", "no answer")


@dataclass
class ChangingServer:
    """A server that answers in one way until it is told another."""

    answer: Response
    gone: threading.Event = field(default_factory=threading.Event)

    def handler(self) -> Handler:
        return lambda conn, _request: self.answer(conn, self.gone)


@pytest.mark.parametrize("input_name", INPUTS)
@pytest.mark.parametrize("name", BAD)
def test_a_bad_server_is_told_by_its_name_and_once_it_is_well_nothing_is_missing(
    name: str, input_name: str, sqlite_engine: Engine, tmp_path: Path
):
    answer, said = BAD[name]
    changing = ChangingServer(answer)
    with serving(changing.handler()) as server:
        source = a_source(input_name, server.url, sqlite_engine, tmp_path, SHORT_S if name in STALLS else LONG_S)
        hand = Hand(source, pipeline(sqlite_engine))
        with pytest.raises(SourceDown, match=said) as fault:
            hand.take()
        assert "localhost" in str(fault.value)
        assert (hand.cursor, all_cases(sqlite_engine)) == (None, [])
        changing.gone.set()
        changing.answer = well
        assert in_the_end(hand) == {"new": 1}


def in_the_end(hand: Hand) -> Counter[str]:
    """What comes; on a busy machine even a good answer may take more than half a second."""
    for _ in range(40):
        with suppress(SourceDown):
            return hand.take()
    return hand.take()


@pytest.mark.parametrize("input_name", INPUTS)
def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_asked(
    input_name: str, sqlite_engine: Engine, tmp_path: Path
):
    ours, other = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    for ca, name in ((other, "localhost"), (ours, "lain.go.id")):
        with serving(ChangingServer(well).handler(), _tls(ca, name)) as server:
            source = a_source(input_name, server.url, sqlite_engine, tmp_path, ca_file="ca.pem")
            with pytest.raises(
                SourceDown, match=r"localhost: sertifikat tidak dapat dipercaya .*; perbarui sertifikat"
            ):
                Hand(source, pipeline(sqlite_engine)).take()
            assert server.asked == []
    with serving(ChangingServer(well).handler(), _tls(ours, "localhost")) as server:
        source = a_source(input_name, server.url, sqlite_engine, tmp_path, ca_file="ca.pem")
        assert Hand(source, pipeline(sqlite_engine)).take() == {"new": 1}


def _tls(ca: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name).configure_cert(context)
    return context


@pytest.mark.parametrize("name", ["one byte a while", "no answer", "a gzip bomb"])
def test_while_one_server_stalls_the_other_source_s_reports_come_in(name: str, sqlite_engine: Engine, tmp_path: Path):
    asked = threading.Event()
    answer, said = BAD[name]

    def stalls(conn: socket.socket, gone: threading.Event) -> None:
        asked.set()
        answer(conn, gone)

    bad, taker = ChangingServer(stalls), pipeline(sqlite_engine)
    with serving(bad.handler()) as there, serving(ChangingServer(well).handler()) as good:
        slow = a_source("open311", there.url, sqlite_engine, tmp_path, SHORT_S if name in STALLS else LONG_S)
        quick = a_source("feed", good.url, sqlite_engine, tmp_path)
        with polled(taker, slow, quick):
            assert asked.wait(60)
            until(lambda: len(all_cases(sqlite_engine)) == 1)
            until(lambda: said in texts("id").stored_sentence(_state(sqlite_engine, slow.name).error or ""))
            bad.gone.set()
    assert _state(sqlite_engine, slow.name).failing_since is not None
    assert _state(sqlite_engine, quick.name).error is None
    assert _state(sqlite_engine, quick.name).last_success_at is not None


def _state(engine: Engine, name: str) -> Any:
    with reading(engine) as conn:
        return sources.state_of(conn, name)
