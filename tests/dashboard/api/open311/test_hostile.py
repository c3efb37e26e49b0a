"""What people and machines post who mean no good, or know no better: each with its outcome."""

from __future__ import annotations

import io
import json
import socket
import threading
import tracemalloc
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from dashboard.api.open311.form import without_html
from dashboard.app import App
from tests.dashboard.api.open311.open311_client import V2, faults, post, rows

URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture
def url(sqlite_url: str) -> str:
    """None of this depends on the kind of database."""
    return sqlite_url


def send(app: App, key: str, body: bytes, content_type: str = URLENCODED) -> TestResponse:
    return app.flask.test_client().post(f"{V2}/requests.json?api_key={key}", data=body, content_type=content_type)


GOOD = b"service_code=sampah&lat=-7.87&long=112.52"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (b"&description=Jalan+rusak+%E9", "the body is not UTF-8"),
        (b"&description=\xff\xfeJ\x00a\x00", "the body is not UTF-8"),
        (b"&description=%00", "'description' holds characters that are no text"),
        (b"&description=%EF%BF%BD", "'description' holds characters that are no text"),
        (b"&na%00me=x", "'na\\x00me' holds characters that are no text"),
        (b"&service_code=jalan_rusak", "'service_code' is given twice, with different values"),
        (b"&lat=-7.88", "'lat' is given twice, with different values"),
        (b"&attribute[village]=Temas&attribute[village]=Sisir", "'attribute[village]' is given twice"),
        (b"&a=1" * 1000, "the body has more than 200 fields"),
    ],
)
def test_what_is_no_clear_report_is_refused_with_the_reason(app: App, key: str, more: bytes, said: str):
    answer = send(app, key, GOOD + more)
    assert answer.status_code == 400
    (fault,) = faults(answer)
    assert fault.startswith(said)
    assert rows(app) == []


def test_a_question_whose_bytes_are_no_text_is_refused_everywhere(app: App):
    client = app.flask.test_client()
    for path in (f"{V2}/requests.json", f"{V2}/discovery.xml", "/", "/health", "/sumber"):
        assert client.get(path, environ_overrides={"QUERY_STRING": "x=\xff"}).status_code == 400
    (fault,) = faults(client.get(f"{V2}/requests.json", environ_overrides={"QUERY_STRING": "status=\xe9"}))
    assert fault.startswith("the query is not UTF-8")


def test_a_field_that_says_the_same_twice_is_one(app: App, key: str):
    assert send(app, key, GOOD + b"&lat=-7.87&service_code=+sampah+").status_code == 200


def test_nobody_sets_when_his_report_came_in_or_who_he_is(app: App, key: str):
    more = b"&received_at=1900-01-01T00:00:00Z&requested_datetime=3020-01-01T00:00:00Z&private=false&id=1"
    assert send(app, key, GOOD + more).status_code == 200
    (row,) = rows(app)
    assert row["received_at"].year > 2000
    assert row["external_id"] != "1"


def test_a_million_tiny_fields_are_refused_before_they_are_read(app: App, key: str):
    tracemalloc.start()
    answer = send(app, key, b"a=&" * 330_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status_code == 400
    assert peak < 20_000_000
    assert send(app, key, b"a=&" * 1_000_000).status_code == 413


def test_a_multipart_body_of_many_or_large_fields_is_refused(app: App, key: str):
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    for body in (part * 500 + b"--x--\r\n", part.replace(b"\r\n\r\n1", b"\r\n\r\n" + b"1" * 1_100_000) + b"--x--\r\n"):
        answer = send(app, key, body, "multipart/form-data; boundary=x")
        assert answer.status_code == 413
        assert faults(answer)


def test_a_part_without_a_name_or_with_a_wrong_encoding_is_no_server_error(app: App, key: str):
    nameless = b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"
    wrong = b'--x\r\nContent-Disposition: form-data; name="description"\r\n\r\n\xe9\r\n--x--\r\n'
    for body in (nameless, wrong, b"--x", b"\x00" * 1000):
        assert send(app, key, body, "multipart/form-data; boundary=x").status_code == 400


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("<p>Jalan <b>rusak</b></p><p>parah</p>", "Jalan rusak\nparah"),
        ("Satu<br>dua<br/>tiga", "Satu\ndua\ntiga"),
        ("<script>alert(1)</script>Sampah<style>x{}</style><!-- tersembunyi -->", "Sampah"),
        ("<scr<b>ipt>alert(1)</scr</b>ipt>", ""),
        ("<img src=x onerror=alert(1)>Lampu", "Lampu"),
        ("3 < 5 dan 7 > 6, <3 batu", "3 < 5 dan 7 > 6, <3 batu"),
        ("panjang <10 m & lebar >2 m", "panjang <10 m & lebar >2 m"),
        ("<" * 50 + "b" + ">" * 50, "<" * 49 + ">" * 49),
    ],
)
def test_html_in_a_description_is_dropped_and_what_only_looks_like_it_is_kept(text: str, kept: str):
    assert without_html(text) == kept


def test_tags_within_tags_without_end_leave_no_bracket():
    deep = "<" + "<b>" * 900 + "i" + ">" * 10
    assert not {"<b>", "<i>"} & {without_html(deep)[n : n + 3] for n in range(len(deep))}


def test_a_description_is_stored_and_titled_without_its_html(app: App, key: str):
    assert post(app, key, description="<h1>Sampah</h1><p>Menumpuk</p>").status_code == 200
    (row,) = rows(app)
    assert (row["title"], row["text"]) == ("Sampah", "Sampah\nMenumpuk")


@pytest.fixture
def port(app: App) -> Iterator[int]:
    """Where the application listens, on a real socket."""
    server = make_server("127.0.0.1", 0, app.flask, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()


@pytest.mark.parametrize("kind", [URLENCODED, "multipart/form-data; boundary=x"])
def test_a_body_in_chunks_without_end_is_cut_off_and_never_taken_for_a_report(app: App, key: str, kind: str):
    field = b'--x\r\nContent-Disposition: form-data; name="description"\r\n\r\n' if "boundary" in kind else GOOD
    endless = Endless(field + b"&description=" + b"a" * 1000)
    environ = {"wsgi.input": endless, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    builder = EnvironBuilder(f"{V2}/requests.json?api_key={key}", method="POST", content_type=kind)
    parts, status, headers = run_wsgi_app(app.flask, builder.get_environ() | environ)
    assert status.startswith("413 ")
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(b"".join(parts))[0]["code"] == 413
    assert endless.given < 30_000_000
    assert rows(app) == []


class Endless(io.RawIOBase):
    """A body that begins well."""

    def __init__(self, beginning: bytes) -> None:
        self._beginning, self.given = beginning, 0

    def read(self, size: int = -1) -> bytes:
        part = (self._beginning or b"a" * 65536)[:size]
        self._beginning = self._beginning[size:]
        self.given += len(part)
        return part

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)


@pytest.mark.parametrize("kind", [URLENCODED, "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("form", ["json", "xml"])
def test_fifty_megabytes_are_refused_unread(port: int, kind: str, form: str):
    head = f"POST {V2}/requests.{form} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: 50000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
        sock.sendall(head.encode())
        answer = b""
        while got := sock.recv(65536):  # it answers although not one byte of the body was sent
            answer += got
    top, _, body = answer.partition(b"\r\n\r\n")
    assert b" 413 " in top.splitlines()[0]
    assert (json.loads(body)[0]["code"] == 413) if form == "json" else (b"<code>413</code>" in body)
