"""The whole as CSV: every public case once, safe in a spreadsheet, however many there are."""

from __future__ import annotations

import csv
import gzip
import io
import re
import socket
import tracemalloc
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from dashboard.api.open311 import csv_export
from dashboard.app import App
from data import clock
from data.store.db.engine import writing
from data.store.db.schema.cases import case
from tests.conftest import Limit
from tests.dashboard.api.open311.open311_client import V2, faults
from tests.factories import DAY, MINUTE, a_case, a_history, stored

pytestmark = pytest.mark.both_engines

HEADER = (
    "service_request_id,requested_datetime,updated_datetime,closed_date,status_description,status_notes,source,"
    "service_name,service_subtype,description,agency_responsible,address,lat,long"
)


def ask(app: App, query: str = "") -> TestResponse:
    return app.flask.test_client().get(f"{V2}/requests.csv?{query}")


def table(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))


def keep(app: App, days: float = 1, **changes: object) -> str:
    now = clock.now().replace(microsecond=0)
    new, at = a_case(**changes), now - timedelta(days=days)
    with writing(app.engine) as conn:
        id_ = stored(conn, new, a_history(now - DAY, dispatched=MINUTE, resolved=5 * MINUTE), now)
        # The tests' calendars do not reach back so far.
        conn.execute(case.update().where(case.c.id == id_).values(received_at=at, updated_at=at + 5 * MINUTE))
    return new.code


def test_a_file_has_a_header_and_a_row_for_each_case_oldest_first(app: App):
    young, old = (
        keep(app),
        keep(app, 2, text='Baris satu\r\nbaris "dua", dan 0812-3456-7890', address="Jl. Panglima, 5 hp 081234567890"),
    )
    answer = ask(app)
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    assert answer.text.split("\r\n")[0] == HEADER
    assert answer.text.endswith("\r\n")
    first, second = table(answer)
    assert [first["service_request_id"], second["service_request_id"]] == [old, young]
    assert first["description"] == 'Baris satu baris "dua", dan […]'
    assert first["address"] == "Jl. Panglima, 5 hp […]"
    (told,) = app.flask.test_client().get(f"/open311/v2/requests/{old}.json").json or []
    assert told["address"] == first["address"]
    assert first["status_description"] == "closed"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first["closed_date"])
    assert (first["lat"], first["long"]) == ("-7.8696", "112.5276")


def test_no_cell_is_a_formula(app: App):
    formulas = ("=1+1", "+1", "@SUM(A1)", "-2+3", "\t=1", " =cmd|'/c calc'!A1")
    for text in formulas:
        keep(app, text=text, title=text, address=text)
    rows = table(ask(app))
    assert len(rows) == len(formulas)
    assert {row[name][0] for row in rows for name in ("description", "address")} == {"'"}


def test_pieces_bring_every_case_once_however_they_fall(app: App, limit: Limit):
    made = [keep(app, 1 + n // 3) for n in range(9)]
    for piece in (1, 2, 3, 4, 9, 100):
        limit(csv_export, "PIECE", piece)
        found = [row["service_request_id"] for row in table(ask(app))]
        assert sorted(found) == sorted(made)


@pytest.mark.parametrize(
    ("query", "ages"),
    [
        ("", [300, 100, 1]),
        ("start_date={-310}&end_date={-90}", [300, 100]),
        ("start_date={-390}&end_date={-380}", []),
        ("end_date={-380}", [400]),
        ("updated_after={-401}", [400, 300, 100, 1]),
        ("status=open", []),
        ("page=2&page_size=1", [300, 100, 1]),
        ("service_code=sampah", []),
        ("bbox=112.5,-7.9,112.6,-7.8", [300, 100, 1]),
    ],
)
def test_a_window_of_a_year_is_what_one_download_brings(app: App, query: str, ages: list[int]):
    def at(days: re.Match[str]) -> str:
        return (clock.now() + timedelta(days=float(days[1]))).strftime("%Y-%m-%dT%H:%M:%SZ")

    made = {days: keep(app, days) for days in (400, 300, 100, 1)}
    found = [row["service_request_id"] for row in table(ask(app, re.sub(r"\{(.*?)\}", at, query)))]
    assert found == [made[age] for age in ages]


def test_a_longer_window_is_refused(app: App):
    answer = ask(app, "start_date=2024-01-01T00:00:00Z&end_date=2026-01-01T00:00:00Z&bbox=1")
    assert answer.status_code == 400
    assert len(faults(answer)) == 2


def test_a_file_is_compressed_as_it_goes(app: App):
    code = keep(app)
    answer = app.flask.test_client().get(f"{V2}/requests.csv", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert code in gzip.decompress(answer.data).decode()


def test_so_many_at_once_and_then_one_has_to_wait(app: App, limit: Limit):
    limit(csv_export, "PIECE", 1)
    for _ in range(3):
        keep(app)
    client = app.flask.test_client()
    running = [
        client.get(f"{V2}/requests.csv", buffered=False, environ_base={"REMOTE_ADDR": f"10.0.0.{n}"})
        for n in range(csv_export.AT_ONCE)
    ]
    refused = client.get(f"{V2}/requests.csv")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
    assert faults(refused)
    running[0].close()
    running[0] = client.get(f"{V2}/requests.csv")
    assert running[0].status_code == 200
    for each in running:
        each.close()
    for _ in range(csv_export.AT_ONCE + 1):
        looked = client.head(f"{V2}/requests.csv")
        assert looked.status_code == 200
        looked.close()


def test_one_address_downloads_one_file_at_a_time_and_others_go_on(app: App, limit: Limit):
    limit(csv_export, "PIECE", 1)
    for _ in range(3):
        keep(app)
    client = app.flask.test_client()
    running = client.get(f"{V2}/requests.csv", buffered=False)
    refused = client.get(f"{V2}/requests.csv")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
    assert faults(refused)
    assert client.get(f"{V2}/requests.csv", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 200
    running.close()
    assert client.get(f"{V2}/requests.csv").status_code == 200


def test_who_does_not_read_is_hung_up_on(app: App, limit: Limit):
    limit(csv_export, "LONGEST_S", 0.05)
    keep(app)
    ours, theirs = socket.socketpair()
    client = app.flask.test_client()
    with ours, theirs:
        theirs.settimeout(30)
        answer = client.get(f"{V2}/requests.csv", buffered=False, environ_base={"gunicorn.socket": ours})
        assert theirs.recv(1) == b""
        answer.close()


def test_memory_does_not_grow_with_the_file(app: App, limit: Limit):
    limit(csv_export, "PIECE", 20)
    for n in range(200):
        keep(app, 1 + n / 10, text="x" * 3000)
    tracemalloc.start()
    answer = app.flask.test_client().get(f"{V2}/requests.csv", buffered=False)
    size = sum(len(part) for part in answer.iter_encoded())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    answer.close()
    assert size > 600_000
    assert peak < size
