"""Bodies of reports as clients send them: packed, in chunks, with words for nothing, with files under other names."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pytest
from gunicorn.http.body import Body, ChunkedReader
from gunicorn.http.unreader import IterUnreader
from werkzeug.test import EnvironBuilder, run_wsgi_app

from dashboard.api.open311.intake import title_of
from dashboard.app import App
from data.store.cases import photos
from data.store.db.engine import reading
from tests.dashboard.api.open311.open311_client import V2, faults, post, rows
from tests.ingest.photos.test_sanitizing import encoded, field

URLENCODED = "application/x-www-form-urlencoded"
GOOD = "service_code=sampah&lat=-7.87&long=112.52&description=Roh"


@pytest.fixture
def url(sqlite_url: str) -> str:
    """None of this depends on the kind of database."""
    return sqlite_url


def in_chunks(app: App, key: str, kind: str, body: bytes) -> tuple[str, str]:
    """Status and text of what is answered to a body that comes in chunks, read as the server reads it."""
    taken = Body(ChunkedReader(object(), IterUnreader(iter([body]))))
    environ = {"wsgi.input": taken, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    builder = EnvironBuilder(f"{V2}/requests.xml?api_key={key}", method="POST", content_type=kind)
    parts, status, _ = run_wsgi_app(app.flask, builder.get_environ() | environ)
    return status, b"".join(parts).decode()


def test_a_body_in_chunks_is_a_report_like_any_other(app: App, key: str):
    body = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (9, GOOD[:9].encode(), len(GOOD) - 9, GOOD[9:].encode())
    assert in_chunks(app, key, URLENCODED, body)[0] == "200 OK"
    assert rows(app)[0]["text"] == "Roh"


@pytest.mark.parametrize("kind", [URLENCODED, "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("body", [b"ZZ\r\nabc", b"3\r\nabcdef", b"-5\r\nabc\r\n", b"5\r\nab"])
def test_chunks_that_are_none_or_break_off_are_the_senders_fault(app: App, key: str, kind: str, body: bytes):
    status, told = in_chunks(app, key, kind, body)
    assert status.startswith("400 ")
    assert "<errors><error><code>400</code>" in told
    assert rows(app) == []


@pytest.mark.parametrize("packing", ["gzip", "br", "x-unknown"])
def test_a_packed_body_is_refused_with_the_reason(app: App, key: str, packing: str):
    body = gzip.compress(f"api_key={key}&{GOOD}".encode())
    headers = {"Content-Encoding": packing}
    answer = app.flask.test_client().post(f"{V2}/requests.json", data=body, content_type=URLENCODED, headers=headers)
    assert answer.status_code == 400
    assert faults(answer) == [f"content encoding is {packing!r}; right would be a body that is not packed"]


def test_a_field_that_says_null_says_nothing(app: App, key: str):
    nothing = dict.fromkeys(("address_string", "address_id", "email", "first_name", "phone", "media_url"), "null")
    answer = post(app, key, account_id="null", description="null", **nothing, **{"attribute[village]": "null"})
    assert (answer.status_code, (answer.json or [])[0]["account_id"]) == (200, None)
    (row,) = rows(app)
    assert (row["address"], row["media_url"], row["text"]) == (None, None, "")
    assert "service_code is missing" in faults(post(app, key, service_code="null"))[0]


@pytest.mark.parametrize("name", ["media", "media[]", "foto", "media_url"])
def test_a_photo_is_kept_whatever_its_part_is_called(app: App, key: str, name: str):
    form: dict[str, Any] = {"api_key": key, "service_code": "sampah", "lat": "-7.87", "long": "112.52"}
    answer = app.flask.test_client().post(
        f"{V2}/requests.json", data=form | {name: (io.BytesIO(encoded(field())), "a.jpg")}
    )
    assert answer.status_code == 200
    with reading(app.engine) as conn:
        assert len(photos.of_cases(conn, [rows(app)[0]["id"]])) == 1


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Lubang di Jl. Diponegoro No. 5 dekat Gg. III. Sudah lama.", "Lubang di Jl. Diponegoro No. 5 dekat Gg. III."),
        ("Lampu mati di RT. 3 RW. 5, Kel. Sisir! Tolong.", "Lampu mati di RT. 3 RW. 5, Kel. Sisir!"),
        ("sampah di jln. Trunojoyo\nBau sekali", "sampah di jln. Trunojoyo"),
        ("Banjir. Mohon dibantu", "Banjir."),
    ],
)
def test_a_shortened_word_ends_no_sentence(text: str, title: str):
    assert title_of(text) == title
