"""An agency's MySQL as a source: what its types come to, and what becomes of a server that goes away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.store.db.engine import Engine, reading
from data.store.intake.rejected import waiting
from data.texts import texts
from ingest.source import SourceDown
from ingest.sources.sql.source import SqlSettings, SqlSource
from tests.data.store.foreign.mysql_server import (
    BIT,
    DATETIME,
    LONGLONG,
    TIME,
    TIMESTAMP,
    VAR_STRING,
    Cell,
    Server,
    Table,
    running,
)
from tests.ingest.doors import Hand, all_cases, all_events, around, pipeline

VARIABLE = "BATT_UJI_MYSQL"
SETTINGS: dict[str, Any] = {
    "kind": "sql",
    "title": {"id": "SQL", "en": "SQL"},
    "enabled": True,
    "every_s": 60,
    "url_env": VARIABLE,
    "dialect": "mysql",
    "query": "SELECT * FROM laporan WHERE diubah >= :cursor ORDER BY diubah",
    "cursor": {"column": "diubah", "type": "datetime", "start": "2026-01-01", "overlap": 0},
    "mapping": {
        "times": {"zone": "Asia/Jakarta"},
        "id": {"column": "nomor", "required": True},
        "received": "dibuat",
        "category": {"column": "jenis", "required": True},
        "title": "judul",
        "text": "jam",
    },
    "updated": "diubah",
    "deleted": "dihapus",
    "batch": 10,
}
COLUMNS = [
    ("nomor", LONGLONG),
    ("dibuat", DATETIME),
    ("diubah", TIMESTAMP),
    ("jenis", VAR_STRING),
    ("judul", VAR_STRING),
    ("jam", TIME),
    ("dihapus", BIT),
]


def row(number: int, created: str = "2026-07-01 09:00:00", hour: Cell = None, gone: Cell = b"\x00") -> list[Cell]:
    changed = b"2026-07-01 09:00:%02d" % (number // 10 % 60)
    return [b"%d" % number, created.encode(), changed, b"sampah", b"TPS penuh", hour, gone]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    made = Server(Table(COLUMNS))
    with running(made) as url:
        monkeypatch.setenv(VARIABLE, url)
        yield made


def a_hand(engine: Engine, home: Path, **more: Any) -> Hand:
    return Hand(SqlSource("dinas", SqlSettings.model_validate(SETTINGS | more), around(engine, home)), pipeline(engine))


def asked(server: Server) -> list[str]:
    """The queries of the agency's tables that reached it."""
    return [each for each in server.said if "FROM laporan" in each]


def test_a_bit_says_whether_a_row_was_deleted(server: Server, sqlite_engine: Engine, tmp_path: Path):
    server.answer = Table(COLUMNS, [row(1), row(2, gone=b"\x01"), row(3, gone=None)])
    a_hand(sqlite_engine, tmp_path).take()
    gone = [case["external_id"] for case in all_cases(sqlite_engine) if case["id"] in withdrawn(sqlite_engine)]
    assert gone == ["2"]


def withdrawn(engine: Engine) -> set[int]:
    return {note["case_id"] for note in all_events(engine, "note") if note["reason"] == "withdrawn"}


def test_dates_of_nothing_are_refused_by_name_and_the_others_come(
    server: Server, sqlite_engine: Engine, tmp_path: Path
):
    server.answer = Table(COLUMNS, [row(1), row(2, "0000-00-00 00:00:00"), row(3, "2026-07-00 10:00:00"), row(4)])
    a_hand(sqlite_engine, tmp_path).take()
    assert [case["external_id"] for case in all_cases(sqlite_engine)] == ["1", "4"]
    with reading(sqlite_engine) as conn:
        told = {each.record.external_id: texts("id").stored_sentence(each.record.reason) for each in waiting(conn)}
    assert set(told) == {"2", "3"}
    assert told["2"].startswith("kolom dibuat: '0000-00-00 00:00:00' bukan waktu")
    assert told["3"].startswith("kolom dibuat: '2026-07-00 10:00:00' bukan waktu")


def test_a_time_of_day_is_one_and_a_longer_one_stays_what_it_is(server: Server, sqlite_engine: Engine, tmp_path: Path):
    server.answer = Table(COLUMNS, [row(1, hour=b"09:05:00"), row(2, hour=b"25:10:00"), row(3, hour=b"-01:00:00")])
    a_hand(sqlite_engine, tmp_path).take()
    assert [case["text"] for case in all_cases(sqlite_engine)] == ["09:05:00", "25:10:00", "-01:00:00"]


def test_moments_are_read_and_asked_in_the_zone_of_the_mapping(server: Server, sqlite_engine: Engine, tmp_path: Path):
    start = {"column": "diubah", "type": "datetime", "start": "2026-01-01T00:00:00+00:00", "overlap": 0}
    server.answer = Table(COLUMNS, [row(1)])
    a_hand(sqlite_engine, tmp_path, cursor=start).take()
    assert "SET SESSION time_zone = '+07:00'" in server.said
    assert "diubah >= '2026-01-01 07:00:00'" in asked(server)[0]
    assert all_cases(sqlite_engine)[0]["told_at"].isoformat() == "2026-07-01T02:00:00+00:00"


def test_a_server_that_goes_away_in_the_middle_costs_nothing_and_doubles_nothing(
    server: Server, engine: Engine, tmp_path: Path
):
    rows = [row(number) for number in range(100, 135)]
    server.answer = Table(COLUMNS, rows, breaks_after=25)
    hand = a_hand(engine, tmp_path)
    with pytest.raises(SourceDown, match=r"^mysql 127\.0\.0\.1:\d+/dinas: .*koneksi terputus; dicoba lagi sendiri$"):
        hand.take()
    assert len(all_cases(engine)) == 20
    server.answer = Table(COLUMNS, rows[10:])
    assert hand.take() == {"same": 10, "new": 15}
    assert "diubah >= '2026-07-01 09:00:11'" in asked(server)[1]
    assert [int(case["external_id"]) for case in all_cases(engine)] == list(range(100, 135))
