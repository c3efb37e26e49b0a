"""Answers a request about personal data: what was asked for is done, and the request is closed, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dashboard.portal.erasing import erase_files
from data.domain.cases.privacy_requests import RequestKind
from data.store.cases.snapshots import update_columns
from data.store.citizens import privacy, requests
from data.store.citizens.privacy import OutsideStore
from data.store.citizens.requests import PrivacyRequest
from data.store.db.engine import Connection, Engine, writing

NOTHING = OutsideStore([], [])


@dataclass(frozen=True, slots=True)
class RequestAnswer:
    """What becomes of a request."""

    by: str
    text: str
    done: bool
    contact: dict[str, str | None] = field(default_factory=dict)
    """Of a correction: name, phone and email as they should be."""


def answer_request(engine: Engine, home: Path, asked: PrivacyRequest, given: RequestAnswer, now: datetime) -> bool:
    """False when somebody has answered it before; nothing is done then. Raises StoreDown, OSError."""
    with writing(engine) as conn:
        if asked.answered_at is not None or not _still_waits(conn, asked):
            return False
        left = _carry_out(conn, asked, given, now) if given.done else NOTHING
        requests.answer(conn, asked.id, given.by, given.text, now, done=given.done)
    erase_files(home, left)
    return True


def _still_waits(conn: Connection, asked: PrivacyRequest) -> bool:
    now = requests.by_id(conn, asked.id)
    return now is not None and now.answered_at is None


def _carry_out(conn: Connection, asked: PrivacyRequest, given: RequestAnswer, now: datetime) -> OutsideStore:
    """Access is given outside: the file of `privacy export`."""
    if asked.kind is RequestKind.CORRECTION and given.contact:
        requests.correct_contact(conn, asked.case_id, given.contact)
    elif asked.kind is RequestKind.RESTRICTION:
        update_columns(conn, asked.case_id, {"private": True}, now)
    elif asked.kind in (RequestKind.ERASURE, RequestKind.WITHDRAWAL):
        return privacy.erase(conn, [asked.case_id], now, texts=asked.kind is RequestKind.ERASURE)
    return NOTHING
