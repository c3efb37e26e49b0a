"""Keeps what each version of a policy or a calendar says: a row when it is first seen, and one for each edit."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, select, update

from data.domain.city.content import canonical, fingerprint
from data.domain.city.recorded import Content, RecordedVersion, VersionKey, VersionKind
from data.store.db.engine import insert_into
from data.store.db.schema.cases import recorded_version

_KEY = tuple(recorded_version.c[name] for name in VersionKey._fields)


def load(conn: Connection) -> tuple[RecordedVersion, ...]:
    """All of them, the revisions of each version in order."""
    rows = conn.execute(select(recorded_version).order_by(*_KEY, recorded_version.c.revision))
    return tuple(_read(row) for row in rows.mappings())


def add(conn: Connection, key: VersionKey, content: Content, now: datetime, accepted_by: str | None = None) -> None:
    """Record what it says from now on. Does nothing when it says so already: two processes may start at once."""
    newest_first = select(recorded_version).where(_is(key)).order_by(recorded_version.c.revision.desc())
    found = conn.execute(newest_first.limit(1)).mappings().first()
    if found is not None and found["fingerprint"] == fingerprint(content):
        return
    row = {
        **key._asdict(),
        "revision": 1 if found is None else found["revision"] + 1,
        "recorded_at": now,
        "fingerprint": fingerprint(content),
        "content": canonical(content),
        "accepted_by": accepted_by,
    }
    conn.execute(insert_into(conn, recorded_version).values(row).on_conflict_do_nothing())


def count_judged(conn: Connection, judged: int, differing: int) -> None:
    """Note with the accepted edits that have no count yet how many open cases were judged anew, and differed."""
    waiting = recorded_version.c.accepted_by.is_not(None) & recorded_version.c.judged.is_(None)
    conn.execute(update(recorded_version).where(waiting).values(judged=judged, differing=differing))


def _is(key: VersionKey) -> ColumnElement[bool]:
    return and_(*(column == value for column, value in zip(_KEY, key, strict=True)))


def _read(row: RowMapping) -> RecordedVersion:
    return RecordedVersion(
        key=VersionKey(VersionKind(row["kind"]), row["name"], row["version"], row["year"]),
        revision=row["revision"],
        at=row["recorded_at"],
        fingerprint=row["fingerprint"],
        content=json.loads(row["content"]),
        accepted_by=row["accepted_by"],
        judged=row["judged"],
        differing=row["differing"],
    )
