"""Rows of a database that are no text, or dated in another millennium: refused, and behind them it goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from data.store.db.engine import Engine, reading
from data.store.intake.rejected import waiting
from data.texts import texts
from ingest.source import SourceDown
from ingest.sources.sql.source import SqlSettings, SqlSource
from tests.ingest.doors import Hand, all_cases, around, pipeline

VARIABLE = "BATT_UJI_ASING"
SETTINGS: dict[str, Any] = {
    "kind": "sql",
    "title": {"id": "SQL", "en": "SQL"},
    "enabled": True,
    "every_s": 60,
    "url_env": VARIABLE,
    "query": "SELECT * FROM laporan WHERE diubah >= :cursor ORDER BY diubah",
    "cursor": {"column": "diubah", "type": "datetime", "start": "2026-01-01"},
    "mapping": {
        "times": {"formats": ["iso"], "zone": "Asia/Jakarta"},
        "id": {"column": "nomor", "required": True},
        "received": "dibuat",
        "category": {"column": "jenis", "required": True},
        "title": "judul",
    },
    "updated": "diubah",
    "batch": 2,
}
OLD = "2026-09-01 09:00:00"


class Theirs:
    """The agency's database."""

    def __init__(self, path: Path, engine: Engine, home: Path) -> None:
        self._path = path
        self._run("CREATE TABLE laporan (nomor TEXT, dibuat TEXT, diubah TEXT, jenis TEXT, judul)")
        source = SqlSource("dinas", SqlSettings.model_validate(SETTINGS), around(engine, home))
        self.hand = Hand(source, pipeline(engine))

    def add(self, number: str, changed: str = OLD, title: object = "TPS penuh") -> None:
        self._run("INSERT INTO laporan VALUES (?, ?, ?, 'sampah', CAST(? AS TEXT))", number, OLD, changed, title)

    def _run(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self._path)) as db, db:
            db.execute(statement, values)


@pytest.fixture
def theirs(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Theirs:
    monkeypatch.setenv(VARIABLE, f"sqlite:///{tmp_path / 'dinas.db'}")
    return Theirs(tmp_path / "dinas.db", engine, tmp_path)


def refused(engine: Engine) -> dict[str, str]:
    with reading(engine) as conn:
        return {row.record.external_id: texts("id").stored_sentence(row.record.reason) for row in waiting(conn)}


def ids(engine: Engine) -> list[str]:
    return [case["external_id"] for case in all_cases(engine)]


def test_a_row_that_is_no_text_is_refused_and_the_others_come(engine: Engine, theirs: Theirs):
    theirs.add("1", title=b"Jalan rusak \xff\xfe")
    theirs.add("2", title="Ja\x00lan")
    theirs.add("3", title="Café")
    theirs.hand.take()
    assert ids(engine) == ["3"]
    told = refused(engine)
    assert set(told) == {"1", "2"}
    assert "title: berisi huruf yang rusak; simpan ulang sebagai teks UTF-8" in told["1"]
    assert "kolom judul: berisi karakter NUL" in told["2"]


@pytest.mark.parametrize("poison", ["3020-01-01 00:00:00", "9999-12-31 23:59:59", "zaman dulu"])
def test_behind_a_row_that_is_dated_wrongly_later_ones_are_found(engine: Engine, theirs: Theirs, poison: str):
    theirs.add("1")
    theirs.add("2", poison)
    theirs.hand.take()
    assert (ids(engine), set(refused(engine))) == (["1"], {"2"})
    theirs.add("3", "2026-11-01 09:00:00")
    theirs.add("4", "2026-11-02 09:00:00")
    theirs.hand.take()
    assert (ids(engine), set(refused(engine))) == (["1", "3", "4"], {"2"})


def test_a_cursor_that_an_earlier_release_kept_in_the_future_is_let_go(engine: Engine, theirs: Theirs):
    theirs.add("1")
    theirs.hand.take()
    assert theirs.hand.cursor is not None
    theirs.hand.cursor = theirs.hand.cursor.replace("2026-09-01", "3020-09-01")
    theirs.add("2", "2026-11-01 09:00:00")
    theirs.hand.take()
    assert ids(engine) == ["1", "2"]


def test_where_no_row_has_a_cursor_of_the_right_type_that_is_told_and_the_rows_are_kept(engine: Engine, theirs: Theirs):
    theirs.add("1", "zaman dulu")
    with pytest.raises(SourceDown, match=r"kolom diubah: 'zaman dulu' bukan datetime; periksa cursor\.type"):
        theirs.hand.take()
    assert (ids(engine), set(refused(engine))) == ([], {"1"})


@pytest.mark.parametrize("poison", ["infinity", "20206-07-01 09:00:00", "0044-03-15 00:00:00 BC"])
def test_a_moment_of_postgresql_that_python_does_not_have_is_refused_and_the_others_come(
    sqlite_engine: Engine, postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, poison: str
):
    monkeypatch.setenv(VARIABLE, postgres_server)
    rows = f"(VALUES ('1', '{OLD}'), ('2', '{poison}'), ('3', '{OLD}')) AS laporan (nomor, dibuat)"
    query = (
        "SELECT nomor, CAST(dibuat AS timestamp) AS dibuat, CAST(dibuat AS timestamp) AS diubah, 'sampah' AS jenis, "
        f"'TPS penuh' AS judul FROM {rows} ORDER BY diubah"
    )
    changed = SETTINGS | {"query": query, "cursor": None}
    source = SqlSource("dinas", SqlSettings.model_validate(changed), around(sqlite_engine, tmp_path))
    Hand(source, pipeline(sqlite_engine)).take()
    assert ids(sqlite_engine) == ["1", "3"]
    told = refused(sqlite_engine)
    assert set(told) == {"2"}
    assert f"{poison!r} bukan waktu" in told["2"]
