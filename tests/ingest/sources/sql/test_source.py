"""Databases of agencies as a source: real files, a real PostgreSQL, the real pipeline."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlalchemy import create_engine, text

from data.store.db.engine import Engine
from data.texts import texts
from ingest.source import SourceDown
from ingest.sources.sql.source import SqlSettings, SqlSource, plain
from tests.ingest.doors import NOW, Hand, all_cases, all_events, around, pipeline

VARIABLE = "BATT_UJI_SQL"
QUERY = "SELECT * FROM laporan WHERE diubah >= :cursor OR diubah IS NULL ORDER BY diubah"
MAPPING: dict[str, Any] = {
    "times": {"formats": ["%d/%m/%Y %H:%M"], "zone": "Asia/Jakarta"},
    "id": {"column": "Nomor", "required": True},
    "received": "dibuat",
    "category": {"column": "jenis", "required": True},
    "title": "judul",
    "position": {"lat": "lat", "lon": "lon"},
    "optional": ["lat", "lon"],
}
OLD = datetime(2026, 9, 1, 9, 0)


def settings(**more: Any) -> SqlSettings:
    plain_ones = {
        "kind": "sql",
        "title": {"id": "SQL", "en": "SQL"},
        "enabled": True,
        "every_s": 60,
        "url_env": VARIABLE,
        "query": QUERY,
        "cursor": {"column": "diubah", "type": "datetime", "start": "2026-01-01"},
        "mapping": MAPPING,
        "updated": "diubah",
        "batch": 10,
    }
    return SqlSettings.model_validate(plain_ones | more)


def a_hand(engine: Engine, home: Path, **more: Any) -> Hand:
    return Hand(SqlSource("simpel", settings(**more), around(engine, home)), pipeline(engine))


class Theirs:
    """The agency's database."""

    def __init__(self, url: str, moment: str) -> None:
        self.url = url
        self._engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        self.run("DROP TABLE IF EXISTS laporan")
        self.run(
            f"CREATE TABLE laporan (nomor INTEGER, dibuat {moment}, diubah {moment}, jenis TEXT, judul TEXT, "
            "lat NUMERIC(9, 6), lon NUMERIC(9, 6), dihapus INTEGER)"
        )

    def run(self, statement: str, **values: Any) -> None:
        with self._engine.begin() as conn:
            conn.execute(text(statement), values)

    def add(self, number: int, changed: datetime | None = OLD, created: datetime = OLD, kind: str = "sampah") -> None:
        sqlite = self.url.startswith("sqlite")
        times = [None if at is None else str(at) if sqlite else at for at in (created, changed)]
        self.run(
            "INSERT INTO laporan VALUES (:n, :created, :changed, :kind, :title, -7.8712, 112.5268, 0)",
            n=number,
            created=times[0],
            changed=times[1],
            kind=kind,
            title=f"Laporan {number}",
        )

    def close(self) -> None:
        self.run("DROP TABLE IF EXISTS laporan")
        self._engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql", "postgresql with zone"])
def theirs(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Theirs]:
    if request.param == "sqlite":
        url, moment = f"sqlite:///{tmp_path / 'simpel.db'}", "TEXT"
    else:
        url = request.getfixturevalue("postgres_server")
        moment = "TIMESTAMPTZ" if "zone" in request.param else "TIMESTAMP"
    monkeypatch.setenv(VARIABLE, url)
    database = Theirs(url, moment)
    yield database
    database.close()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Theirs]:
    """SQLite alone."""
    url = f"sqlite:///{tmp_path / 'simpel.db'}"
    monkeypatch.setenv(VARIABLE, url)
    database = Theirs(url, "TEXT")
    yield database
    database.close()


def ids(engine: Engine) -> set[int]:
    return {int(each["external_id"]) for each in all_cases(engine)}


def test_rows_become_cases_and_a_second_look_changes_nothing(theirs: Theirs, sqlite_engine: Engine, tmp_path: Path):
    for number in range(25):
        theirs.add(number, OLD + number * timedelta(hours=1))
    hand = a_hand(sqlite_engine, tmp_path)
    assert hand.take() == {"new": 25}
    before = all_cases(sqlite_engine)
    assert hand.take() == {"same": 1}
    assert all_cases(sqlite_engine) == before
    assert (before[0]["lat"], before[0]["category"]) == (-7.8712, "sampah")
    assert before[0]["title"] == "Laporan 0"


def test_what_comes_later_is_found_from_the_cursor_on(theirs: Theirs, sqlite_engine: Engine, tmp_path: Path):
    theirs.add(1)
    hand = a_hand(sqlite_engine, tmp_path)
    hand.take()
    theirs.add(2, OLD + timedelta(hours=1))
    theirs.run("UPDATE laporan SET jenis = 'jalan_rusak', diubah = diubah WHERE nomor = 1")
    assert hand.take() == {"new": 1, "updated": 1}


def test_rows_of_one_moment_are_not_lost_between_batches(theirs: Theirs, sqlite_engine: Engine, tmp_path: Path):
    for number in range(25):
        theirs.add(number)
    hand = a_hand(
        sqlite_engine, tmp_path, cursor={"column": "diubah", "type": "datetime", "start": "2026-01-01", "overlap": 0}
    )
    hand.take_and_die(1)
    assert len(ids(sqlite_engine)) == 10
    hand.take()
    assert ids(sqlite_engine) == set(range(25))


def test_a_row_committed_late_is_found_by_the_overlap(theirs: Theirs, sqlite_engine: Engine, tmp_path: Path):
    theirs.add(1, OLD + timedelta(seconds=30))
    hand = a_hand(sqlite_engine, tmp_path)
    hand.take()
    theirs.add(2, OLD + timedelta(seconds=5))
    assert hand.take() == {"same": 1, "new": 1}


def test_rows_without_a_cursor_value_come_and_move_nothing(theirs: Theirs, sqlite_engine: Engine, tmp_path: Path):
    theirs.add(1)
    theirs.add(2, None)
    hand = a_hand(sqlite_engine, tmp_path)
    assert hand.take() == {"new": 2}
    cursor = hand.cursor
    assert cursor is not None
    assert "2026-09-01" in cursor
    assert hand.take() == {"same": 2}
    assert hand.cursor == cursor


def test_only_rows_without_a_cursor_value_leave_it_where_it_was(file: Theirs, sqlite_engine: Engine, tmp_path: Path):
    file.add(2, None)
    hand = a_hand(sqlite_engine, tmp_path)
    hand.take()
    assert hand.cursor is None


@pytest.mark.parametrize(
    ("cursor", "query"),
    [
        ({"column": "nomor", "type": "int", "start": 0}, "SELECT * FROM laporan WHERE nomor >= :cursor ORDER BY nomor"),
        (
            {"column": "kunci", "type": "text", "start": ""},
            "SELECT laporan.*, judul AS kunci FROM laporan WHERE judul >= :cursor ORDER BY judul",
        ),
    ],
    ids=["int", "text"],
)
def test_cursors_may_be_numbers_or_texts(
    cursor: dict[str, Any], query: str, theirs: Theirs, sqlite_engine: Engine, tmp_path: Path
):
    for number in range(100, 125):
        theirs.add(number)
    hand = a_hand(sqlite_engine, tmp_path, cursor=cursor, query=query)
    hand.take_and_die(1)
    assert hand.take() == {"same": 1, "new": 15}
    theirs.add(125)
    assert hand.take() == {"same": 1, "new": 1}


def test_without_a_cursor_everything_is_asked_every_time(theirs: Theirs, sqlite_engine: Engine, tmp_path: Path):
    theirs.add(1)
    hand = a_hand(sqlite_engine, tmp_path, cursor=None, query="SELECT * FROM laporan")
    assert [hand.take(), hand.take()] == [{"new": 1}, {"same": 1}]
    assert hand.cursor is None


@pytest.mark.parametrize("cursor", ["bukan json", "[]", '{"at": "2027-01-01", "of": "lain"}', '{"at": 1}'])
def test_a_cursor_of_other_settings_is_not_used(cursor: str, file: Theirs, sqlite_engine: Engine, tmp_path: Path):
    file.add(1)
    hand = a_hand(sqlite_engine, tmp_path)
    hand.cursor = cursor
    assert hand.take() == {"new": 1}


def test_a_bad_row_is_refused_and_the_others_come(file: Theirs, engine: Engine, tmp_path: Path):
    for number in range(3):
        file.add(number)
    file.run("UPDATE laporan SET dibuat = 'kapan-kapan' WHERE nomor = 1")
    file.run("UPDATE laporan SET nomor = NULL WHERE nomor = 2")
    hand = a_hand(engine, tmp_path)
    assert hand.take() == {"new": 1, "rejected": 2}
    assert hand.take() == {"same": 1, "rejected": 2}
    assert "'kapan-kapan' bukan waktu" in " ".join(
        texts("id").stored_sentence(outcome.reason) for outcome in hand.outcomes
    )


def test_dates_in_another_format_are_read_as_configured(file: Theirs, sqlite_engine: Engine, tmp_path: Path):
    file.add(1)
    file.run("UPDATE laporan SET dibuat = '01/09/2026 09:15'")
    a_hand(sqlite_engine, tmp_path).take()
    assert all_cases(sqlite_engine)[0]["received_at"].isoformat() == "2026-09-01T02:15:00+00:00"


def test_a_row_marked_as_deleted_is_a_note_and_the_case_stays(file: Theirs, engine: Engine, tmp_path: Path):
    file.add(1)
    hand = a_hand(engine, tmp_path, deleted="dihapus")
    hand.take()
    file.run("UPDATE laporan SET dihapus = 1, diubah = '2026-09-02 10:00:00'")
    assert [hand.take(), hand.take()] == [{"updated": 1}, {"same": 1}]
    assert [note["reason"] for note in all_events(engine, "note")] == ["withdrawn"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT nomor, diubah FROM laporan WHERE diubah >= :cursor ORDER BY diubah", "tidak memberi kolom dibuat"),
        ("SELECT *, 1 AS nomor FROM laporan WHERE diubah >= :cursor ORDER BY diubah", "Nomor dua kali"),
        ("SELECT * FROM tiada WHERE diubah >= :cursor ORDER BY diubah", "no such table: tiada"),
        ("SELECT * FROM laporan WHERE diubah >= :cursor ORDER BY diubah, tiada", "no such column: tiada"),
    ],
)
def test_a_query_that_does_not_fit_is_explained(
    query: str, said: str, file: Theirs, sqlite_engine: Engine, tmp_path: Path
):
    file.add(1)
    with pytest.raises(SourceDown, match=said):
        a_hand(sqlite_engine, tmp_path, query=query).take()


def test_a_cursor_of_another_type_is_explained(file: Theirs, sqlite_engine: Engine, tmp_path: Path):
    file.add(1)
    file.run("UPDATE laporan SET diubah = 'zaman dulu'")
    with pytest.raises(SourceDown, match=r"'zaman dulu' bukan datetime; periksa cursor\.type"):
        a_hand(sqlite_engine, tmp_path).take()


def test_without_an_address_the_variable_is_named(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(SourceDown, match=VARIABLE):
        a_hand(sqlite_engine, tmp_path).take()


def test_a_database_that_is_gone_comes_back_without_a_loss(file: Theirs, sqlite_engine: Engine, tmp_path: Path):
    file.add(1)
    hand = a_hand(sqlite_engine, tmp_path)
    hand.take()
    path = tmp_path / "simpel.db"
    path.rename(tmp_path / "pergi.db")
    with pytest.raises(SourceDown, match="unable to open"):
        hand.take()
    (tmp_path / "pergi.db").rename(path)
    file.add(2, OLD + timedelta(hours=1))
    assert hand.take() == {"same": 1, "new": 1}


def test_a_long_table_is_read_in_flat_memory(file: Theirs, sqlite_engine: Engine, tmp_path: Path):
    with sqlite3.connect(tmp_path / "simpel.db") as db:
        rows = ((n, str(OLD), str(OLD), "sampah", "x" * 2000, None, None, 0) for n in range(20_000))
        db.executemany("INSERT INTO laporan VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    db.close()
    source = SqlSource("simpel", settings(batch=500), around(sqlite_engine, tmp_path))
    tracemalloc.start()
    counted = sum(len(delivery.records) for delivery in source.fetch(None, NOW))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert counted == 20_000
    assert peak < 10_000_000, "the whole table is 40 MB"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (Decimal("12.00"), "12"),
        (Decimal("-7.871200"), "-7.8712"),
        (Decimal("1E+3"), "1000"),
        (Decimal("NaN"), "NaN"),
        (b"teks", "teks"),
        (b"\xff\x00", "ff00"),
        pytest.param(memoryview(b"abc"), "abc", id="memoryview"),
        (timedelta(hours=9, minutes=5), "09:05:00"),
        (timedelta(days=1, minutes=70), "25:10:00"),
        (timedelta(hours=-1), "-01:00:00"),
        (OLD, "2026-09-01T09:00:00"),
        (OLD.date(), "2026-09-01"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ([1, Decimal("2.5")], [1, "2.5"]),
        (None, None),
        (True, True),
    ],
    ids=str,
)
def test_values_of_databases_are_read_sanely(value: Any, read: Any):
    assert plain(value) == read


@pytest.mark.parametrize(
    ("changes", "where", "said"),
    [
        ({"query": "DELETE FROM laporan"}, ("query",), "is DELETE"),
        ({"query": "SELECT 1; SELECT 2"}, ("query",), "2 statements"),
        ({"query": "SELECT * FROM a WHERE b > :cursor ORDER BY diubah"}, ("query",), "uses > :cursor"),
        ({"query": "SELECT * FROM a WHERE b >= :cursor"}, ("query",), "no ORDER BY"),
        ({"query": "SELECT `a` FROM b WHERE c >= :cursor ORDER BY diubah"}, ("query",), "`dialect`"),
        ({"url_env": "postgresql://u:p@h/x"}, ("url_env",), "pattern"),
        ({"cursor": {"column": "a", "type": "int", "start": "x"}}, ("cursor",), "start: 'x' is no int"),
        ({"cursor": {"column": "a", "type": "text", "start": "", "overlap": 5}}, ("cursor",), "overlap"),
    ],
)
def test_faulty_settings_are_named_with_their_path(changes: dict[str, Any], where: tuple[str, ...], said: str):
    with pytest.raises(ValidationError) as fault:
        settings(**changes)
    assert [error["loc"] for error in fault.value.errors()] == [where]
    assert said in fault.value.errors()[0]["msg"]


def test_the_sql_of_a_named_database_is_understood():
    query = "SELECT `a`, `diubah` FROM b WHERE `diubah` >= :cursor ORDER BY `diubah`"
    assert settings(query=query, dialect="mysql").query == query
