"""Files that people uploaded: how far each has come, from inspection to import. Files lie elsewhere.

The caller owns the transaction. A state changes only by `change`, which names the states that it may leave: of two
callers that do the same at once, one gets False.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from data.store.db.schema.intake import upload

LOOKING, ASKING, QUEUED, IMPORTING, DONE, FAILED = "looking", "asking", "queued", "importing", "done", "failed"
_WAITING = (LOOKING, QUEUED, IMPORTING)
_TAKEN = (QUEUED, IMPORTING, DONE)
_RESTING = (ASKING, DONE, FAILED)
_NEWEST_FIRST = (upload.c.at.desc(), upload.c.id.desc())
_OLDEST_FIRST = (upload.c.at, upload.c.id)


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file. Moments are aware UTC."""

    id: str
    source: str
    name: str
    """As its owner called it."""
    digest: str
    """SHA-256 of its content, hex."""
    state: str
    """looking: is being inspected; asking: waits for a person; queued, importing, done; failed: see `error`."""
    form: str | None
    """JSON of an ingest.uploads.Findings; None until it was inspected, and of one that could not be read."""
    rows: int | None
    """Under the header; None until it was inspected."""
    done: int
    """How many of these rows are stored."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Number of rows by outcome: baru, diperbarui, sama, usang, digabung, ditolak, dilewati, kosong."""
    error: str | None = None
    """Bahasa Indonesia: what is wrong and what to do."""
    at: datetime = field(kw_only=True)
    changed_at: datetime = field(kw_only=True)


def create(conn: Connection, upload_id: str, source: str, name: str, digest: str, *, now: datetime) -> None:
    """A file has come; it is to be inspected."""
    conn.execute(
        insert(upload).values(
            id=upload_id, source=source, name=name, digest=digest, state=LOOKING, at=now, changed_at=now
        )
    )


def get(conn: Connection, upload_id: str) -> Upload | None:
    """The upload with this id; None when there is none."""
    row = conn.execute(select(upload).where(upload.c.id == upload_id)).mappings().one_or_none()
    return None if row is None else _upload(row)


def latest(conn: Connection, source: str | None, most: int) -> list[Upload]:
    """The newest `most` uploads, newest first; source None: of all sources."""
    asked = select(upload).order_by(*_NEWEST_FIRST).limit(most)
    asked = asked if source is None else asked.where(upload.c.source == source)
    return [_upload(row) for row in conn.execute(asked).mappings()]


def same_content(conn: Connection, source: str, digest: str, but: str) -> Upload | None:
    """The newest upload with the same content that is being or was imported; `but`: the id to leave out."""
    same = (upload.c.source == source) & (upload.c.digest == digest) & (upload.c.id != but)
    asked = select(upload).where(same, upload.c.state.in_(_TAKEN)).order_by(*_NEWEST_FIRST).limit(1)
    row = conn.execute(asked).mappings().one_or_none()
    return None if row is None else _upload(row)


def change(conn: Connection, upload_id: str, now: datetime, *, only_in: Collection[str], **values: Any) -> bool:
    """Change it if its state is one of `only_in`; False when it is another, or there is no such upload.

    values: state, form, rows, done, counts, error.
    """
    if "counts" in values:
        values["counts"] = json.dumps(dict(values["counts"]))
    mine = (upload.c.id == upload_id) & upload.c.state.in_(tuple(only_in))
    changed = conn.execute(update(upload).where(mine).values(changed_at=now, **values))
    return bool(changed.rowcount)


def next_waiting(conn: Connection) -> list[Upload]:
    """Uploads that the job has to work on (looking, queued, importing), oldest first."""
    asked = select(upload).where(upload.c.state.in_(_WAITING)).order_by(*_OLDEST_FIRST)
    return [_upload(row) for row in conn.execute(asked).mappings()]


def inspected(conn: Connection) -> list[Upload]:
    """Those that wait for a person, or have failed, with what was found in them; the oldest first."""
    found = upload.c.form.is_not(None) & upload.c.state.in_((ASKING, FAILED))
    return [_upload(row) for row in conn.execute(select(upload).where(found).order_by(*_OLDEST_FIRST)).mappings()]


def forget(conn: Connection, upload_id: str) -> None:
    """Delete the row, if there is one."""
    conn.execute(delete(upload).where(upload.c.id == upload_id))


def forget_resting(conn: Connection, before: datetime) -> list[str]:
    """Delete uploads that the job does not work on and that did not change since `before`; returns their ids."""
    old = upload.c.state.in_(_RESTING) & (upload.c.changed_at < before)
    return sorted(conn.execute(delete(upload).where(old).returning(upload.c.id)).scalars())


def known(conn: Connection, ids: Collection[str]) -> set[str]:
    """Those of the ids that have a row."""
    return set(conn.execute(select(upload.c.id).where(upload.c.id.in_(tuple(ids)))).scalars())


def _upload(row: RowMapping) -> Upload:
    return Upload(**{**row, "counts": json.loads(row["counts"] or "{}")})
