"""What became of work that runs by itself: a row for each job, overwritten by each run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from data.store.db.engine import insert_into
from data.store.db.schema.cases import job


@dataclass(frozen=True, slots=True)
class JobState:
    """A job's row: moments aware UTC, None for 'never'."""

    name: str
    started_at: datetime | None = None
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    error: str | None = None
    """Of the last failure; None when the last run succeeded."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """What the last success brought."""


def started(conn: Connection, name: str, now: datetime) -> None:
    """A run begins."""
    _write(conn, name, started_at=now)


def succeeded(conn: Connection, name: str, now: datetime, detail: Mapping[str, Any]) -> None:
    """A run ended well; `detail` is kept as JSON."""
    _write(conn, name, succeeded_at=now, error=None, detail=json.dumps(detail, ensure_ascii=False))


def failed(conn: Connection, name: str, now: datetime, error: str) -> None:
    """A run failed; what the last success brought stays."""
    _write(conn, name, failed_at=now, error=error)


def jobs(conn: Connection) -> dict[str, JobState]:
    """The state of every job that ever ran, by name."""
    return {row["name"]: JobState(**row | {"detail": _read(row["detail"])}) for row in _rows(conn)}


def _rows(conn: Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in conn.execute(select(job)).mappings()]


def _read(detail: str | None) -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads(detail) if detail else {}
    return found


def _write(conn: Connection, name: str, **values: object) -> None:
    statement = insert_into(conn, job).values(name=name, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
