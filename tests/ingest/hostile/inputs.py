"""The inputs that deliver the same rows: drop folder, upload, feed over HTTP, foreign database."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from data.store.db.engine import Engine
from ingest.sources.sql.source import SqlSettings, SqlSource
from tests.ingest.doors import Hand, around, configured, pipeline
from tests.ingest.hostile.values import COLUMNS, MAPPING
from tests.ingest.sources.feed.feed_server import serving
from tests.ingest.sources.feed.feed_sources import a_feed
from tests.ingest.tabular.books import book
from tests.ingest.uploads.desk import Desk

VARIABLE = "BATT_UJI_ASING"
Rows = Sequence[Mapping[str, Any]]
Deliver = Callable[[Rows], None]
"""Brings rows, all at once."""


def as_csv(rows: Rows) -> bytes:
    """A file of them, as an agency saves it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@contextmanager
def csv_folder(engine: Engine, home: Path) -> Iterator[Deliver]:
    """A CSV file in the drop folder."""
    yield _folder(engine, home, lambda path, rows: path.with_suffix(".csv").write_bytes(as_csv(rows)))


@contextmanager
def xlsx_folder(engine: Engine, home: Path) -> Iterator[Deliver]:
    """A workbook in the drop folder; the same rows again are the same file, which tells when it was made."""
    made: dict[str, bytes] = {}

    def write(path: Path, rows: Rows) -> None:
        file = path.with_suffix(".xlsx")
        if (content := made.get(repr(rows))) is not None:
            file.write_bytes(content)
            return
        book(file, [list(COLUMNS), *(list(row.values()) for row in rows)])
        made[repr(rows)] = file.read_bytes()

    yield _folder(engine, home, write)


def _folder(engine: Engine, home: Path, write: Callable[[Path, Rows], object]) -> Deliver:
    (home / "drop").mkdir()
    hand = Hand(configured("opd_csv", around(engine, home), settle_s=0), pipeline(engine))

    def bring(rows: Rows) -> None:
        write(home / "drop" / "a", rows)
        for _ in range(2):  # a file is taken when it lay still between two looks
            hand.take()

    return bring


@contextmanager
def upload(engine: Engine, home: Path) -> Iterator[Deliver]:
    """A file that a person hands in, as it was proposed."""
    desk = Desk(engine, home)

    def bring(rows: Rows) -> None:
        desk.imported(as_csv(rows))

    yield bring


@contextmanager
def json_feed(engine: Engine, home: Path) -> Iterator[Deliver]:
    """A server of JSON."""
    lying: list[Mapping[str, Any]] = []
    with serving(lambda asked: {"data": lying}) as server:
        feed = a_feed(
            server.url,
            engine,
            home,
            mapping=MAPPING,
            columns={name: name for name in COLUMNS},
            updated=None,
            deleted=None,
        )
        hand = Hand(feed, pipeline(engine))

        def bring(rows: Rows) -> None:
            lying[:] = rows
            hand.take()

        yield bring


@contextmanager
def sql(engine: Engine, home: Path) -> Iterator[Deliver]:
    """An agency's database."""
    path = home / "dinas.db"
    settings = SqlSettings.model_validate(
        {
            "kind": "sql",
            "title": {"id": "SQL", "en": "SQL"},
            "enabled": True,
            "every_s": 60,
            "url_env": VARIABLE,
            "query": "SELECT * FROM laporan",
            "mapping": MAPPING,
        }
    )
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"CREATE TABLE laporan ({', '.join(f'{name} TEXT' for name in COLUMNS)})")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, f"sqlite:///{path}")
        hand = Hand(SqlSource("dinas", settings, around(engine, home)), pipeline(engine))

        def bring(rows: Rows) -> None:
            with closing(sqlite3.connect(path)) as db, db:
                db.execute("DELETE FROM laporan")
                marks = ", ".join("?" * len(COLUMNS))
                db.executemany(f"INSERT INTO laporan VALUES ({marks})", [tuple(row.values()) for row in rows])
            hand.take()

        yield bring


INPUTS: Mapping[str, Callable[[Engine, Path], Any]] = {
    "csv": csv_folder,
    "xlsx": xlsx_folder,
    "upload": upload,
    "feed": json_feed,
    "sql": sql,
}


@contextmanager
def opened(name: str, engine: Engine, home: Path) -> Iterator[Deliver]:
    """One of them."""
    with ExitStack() as stack:
        yield stack.enter_context(INPUTS[name](engine, home))
