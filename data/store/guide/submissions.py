"""What small businesses send in: a registration, or a correction of a place. An officer decides.

Whoever sends it gets a code that cannot be guessed, and sees by it what became of it. Contact data are for the officer
alone; `erase_contacts` removes them when they are not needed any more.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from data.domain.cases.tracking_code import BITS, code_of, read_code
from data.store.db.schema.guide import place_submission
from data.store.guide.writing import GuideWrite

_OF = place_submission.c


class SubmissionKind(StrEnum):
    """What it asks for."""

    REGISTRATION = "registration"
    CORRECTION = "correction"


class SubmissionState(StrEnum):
    """What became of it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class AlreadyDecided(LookupError):
    """Nobody has to decide about this any more."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A row."""

    id: int
    code: str
    kind: SubmissionKind
    place_id: int | None
    """What it corrects; of an accepted registration what it became."""
    at: datetime
    fields: Mapping[str, Any]
    """Columns of a place as they were told."""
    contact: Mapping[str, Any] | None
    """Personal: name, phone, email, lang. None: erased."""
    state: SubmissionState
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    """Why it was refused, for whoever sent it."""


def submit(
    write: GuideWrite, kind: SubmissionKind, fields: Mapping[str, Any], contact: Mapping[str, Any], place_id: int | None
) -> str:
    """Keep it for the officer; its code, 13 characters. `fields` can be written as JSON (times as text)."""
    code = code_of(secrets.randbits(BITS))
    values = {
        "code": code,
        "kind": kind,
        "place_id": place_id,
        "at": write.now,
        "seq": write.seq,
        "fields": json.dumps(dict(fields), ensure_ascii=False),
        "contact": json.dumps(dict(contact), ensure_ascii=False),
        "state": SubmissionState.OPEN,
    }
    write.conn.execute(insert(place_submission).values(values))
    return code


def by_code(conn: Connection, typed: str) -> Submission | None:
    """By the code as somebody typed it."""
    code = read_code(typed)
    if code is None:
        return None
    row = conn.execute(select(place_submission).where(_OF.code == code)).mappings().one_or_none()
    return None if row is None else _submission(row)


def by_id(conn: Connection, submission_id: int) -> Submission | None:
    row = conn.execute(select(place_submission).where(_OF.id == submission_id)).mappings().one_or_none()
    return None if row is None else _submission(row)


def waiting(conn: Connection, most: int = 100) -> list[Submission]:
    """What the officer is to decide, the oldest first."""
    asked = select(place_submission).where(_OF.state == SubmissionState.OPEN.value).order_by(_OF.id).limit(most)
    return [_submission(row) for row in conn.execute(asked).mappings()]


def decide(
    write: GuideWrite,
    submission_id: int,
    state: SubmissionState,
    by: str,
    *,
    place_id: int | None = None,
    why: str = "",
) -> None:
    """Accepted (the caller has written the place in the same transaction) or refused. Raises AlreadyDecided."""
    values: dict[str, Any] = {
        "state": state,
        "decided_at": write.now,
        "decided_by": by,
        "reason": why or None,
        "seq": write.seq,
    }
    if place_id is not None:
        values["place_id"] = place_id
    mine = (_OF.id == submission_id) & (_OF.state == SubmissionState.OPEN.value)
    if write.conn.execute(update(place_submission).where(mine).values(values)).rowcount == 0:
        raise AlreadyDecided(submission_id)


def holds_contacts(conn: Connection, decided_before: datetime) -> bool:
    """Whether `erase_contacts` would erase any."""
    old = (_OF.decided_at < decided_before) & _OF.contact.is_not(None)
    return conn.execute(select(_OF.id).where(old).limit(1)).first() is not None


def erase_contacts(conn: Connection, decided_before: datetime) -> int:
    """Contact data of what was decided before the moment go; how many."""
    old = (_OF.decided_at < decided_before) & _OF.contact.is_not(None)
    return conn.execute(update(place_submission).where(old).values(contact=None)).rowcount


def _submission(row: RowMapping) -> Submission:
    names = ("id", "code", "place_id", "at", "decided_at", "decided_by", "reason")
    return Submission(
        **{name: row[name] for name in names},
        kind=SubmissionKind(row["kind"]),
        state=SubmissionState(row["state"]),
        fields=json.loads(row["fields"]),
        contact=json.loads(row["contact"]) if row["contact"] else None,
    )
