"""Personal data of reporters: what is due to go, what somebody may ask for, what is erased. Rows and figures stay."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, func, or_, select, update

from data.domain.cases.tracking_code import read_code
from data.store.db import word_index
from data.store.db.change_feed import record_change
from data.store.db.schema.accounts import audit
from data.store.db.schema.cases import case, case_event, case_version, rejected, reporter
from data.store.db.schema.citizens import on_behalf, outbox, privacy_request, rating, rating_element, tracking
from data.store.db.schema.intake import photo
from data.store.db.schema.market import offer

NAMES = ("name", "phone", "email", "account_id", "device_id", "lang")
BLURRED_DIGITS = 3
"""Of a degree: about 110 m, so that a house is not told from its neighbours."""
ERASED = "erased"
PHONE = re.compile(r"\+?[\d\s().-]{6,30}", re.ASCII)


class OutsideStore(NamedTuple):
    """What is left of erased cases outside the store: to be deleted after the commit."""

    digests: list[str]
    """Of photos that no case has any more."""
    records: list[tuple[str, str]]
    """(source, external id) of each case: what people corrected or discarded of it."""


def due(conn: Connection, ended_before: datetime, most: int, *, texts: bool) -> list[int]:
    """Cases of reporters that ended before and still know who reported them, with `texts` or what was said."""
    ended = func.coalesce(case.c.ended_at, case.c.resolved_at, case.c.updated_at)
    said = [case.c[name] != "" for name in ("title", "text")] if texts else []
    known = or_(*(reporter.c[name].is_not(None) for name in NAMES), *said)
    found = select(case.c.id).join(reporter, reporter.c.case_id == case.c.id)
    found = found.where(case.c.open.is_(False), ended <= ended_before, known)
    return list(conn.execute(found.order_by(case.c.id).limit(most)).scalars())


def cases_of(conn: Connection, who: str) -> list[int]:
    """The cases that somebody means by a case's code, a tracking code, an e-mail address or a telephone number."""
    who = who.strip()
    return list(conn.execute(_meant(who).order_by(case.c.id)).scalars())


def _meant(who: str) -> Any:
    found = select(case.c.id).outerjoin(reporter, reporter.c.case_id == case.c.id)
    if "@" in who:
        return found.where(func.lower(reporter.c.email) == who.lower())
    if (code := read_code(who)) is not None:
        return found.join(tracking, tracking.c.case_id == case.c.id).where(tracking.c.code == code)
    if PHONE.fullmatch(who):
        return found.where(reporter.c.phone.in_(spellings(who)))
    return found.where(case.c.code == who.upper())


def spellings(phone: str) -> list[str]:
    """0812.., 62812.. and +62812.. are one number."""
    digits = re.sub(r"\D", "", phone)
    local = digits.removeprefix("62").removeprefix("0")
    return [phone, digits, f"0{local}", f"62{local}", f"+62{local}"]


def told_of(conn: Connection, case_id: int) -> dict[str, Any]:
    """What is kept of one case and its reporter, as JSON values; not who worked on it."""
    return {
        "case": _row(conn, case, case_id, ("code", "category", "title", "text", "address", "lat", "lon", "village")),
        "reporter": _row(conn, reporter, case_id, (*NAMES, "anonymous")),
        "history": _rows(conn, case_event, case_id, ("at", "kind", "agency", "text")),
        "messages": _rows(conn, outbox, case_id, ("at", "kind", "channel", "sent_at")),
        "entered_for": _rows(conn, on_behalf, case_id, ("at", "channel", "phone_of", "consent")),
        "ratings": _rows(conn, rating, case_id, ("at", "solved", "score", "text")),
        "elements": _rows(conn, rating_element, case_id, ("at", "element", "score")),
        "requests": _requests(conn, case_id),
        "photos": _rows(conn, photo, case_id, ("at", "state", "digest")),
        "processing": _looked_at(conn, case_id),
    }


def _row(conn: Connection, table: Table, case_id: int, names: Sequence[str]) -> dict[str, Any]:
    key = table.c.id if table is case else table.c.case_id
    row = conn.execute(select(*(table.c[name] for name in names)).where(key == case_id)).mappings().one_or_none()
    return {} if row is None else _plain(dict(row))


def _rows(conn: Connection, table: Table, case_id: int, names: Sequence[str]) -> list[dict[str, Any]]:
    found = select(*(table.c[name] for name in names)).where(table.c.case_id == case_id).order_by(table.c.at)
    return [_plain(dict(row)) for row in conn.execute(found).mappings()]


def _requests(conn: Connection, case_id: int) -> list[dict[str, Any]]:
    """What the reporter asked for about these data, and what was answered."""
    columns = (privacy_request.c[name] for name in ("received_at", "kind", "text", "answered_at", "done", "answer"))
    found = select(*columns).where(privacy_request.c.case_id == case_id).order_by(privacy_request.c.id)
    return [_plain(dict(row)) for row in conn.execute(found).mappings()]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _looked_at(conn: Connection, case_id: int) -> list[dict[str, Any]]:
    """When somebody looked at it or took it along, by the audit; not who."""
    code = select(case.c.code).where(case.c.id == case_id).scalar_subquery()
    lines = select(audit.c.at, audit.c.action).where(audit.c.object.contains(code)).order_by(audit.c.id)
    return [_plain(dict(row)) for row in conn.execute(lines).mappings()]


def erase(conn: Connection, case_ids: Sequence[int], now: datetime, *, texts: bool) -> OutsideStore:
    """Blank names and addresses of reporters; with `texts` all words, the exact position and the report's photos."""
    conn.execute(update(reporter).where(reporter.c.case_id.in_(case_ids)).values(dict.fromkeys(NAMES)))
    conn.execute(delete(outbox).where(outbox.c.case_id.in_(case_ids), outbox.c.sent_at.is_(None)))
    records = _erase_rejected(conn, case_ids)
    digests = _erase_texts(conn, case_ids) if texts else []
    if texts:
        word_index.forget(conn)
    for row in conn.execute(select(case.c.id, case.c.agency, case.c.source).where(case.c.id.in_(case_ids))).all():
        record_change(conn, "revised", now, case_id=row.id, agency=row.agency, source=row.source)
    return OutsideStore(digests, records)


def _erase_rejected(conn: Connection, case_ids: Sequence[int]) -> list[tuple[str, str]]:
    """A later delivery of the same record that could not be read lies there with all it said. Returns the records."""
    records = [
        (row.source, row.external_id)
        for row in conn.execute(select(case.c.source, case.c.external_id).where(case.c.id.in_(case_ids)))
    ]
    for source, external_id in records:
        same = (rejected.c.source == source) & (rejected.c.external_id == external_id)
        conn.execute(update(rejected).where(same).values(payload="{}"))
    return records


def _erase_texts(conn: Connection, case_ids: Sequence[int]) -> list[str]:
    blank = {"title": "", "text": "", "address": None, "media_url": None, "erased": True}
    blurred = {name: func.round(case.c[name] * 10**BLURRED_DIGITS) / 10**BLURRED_DIGITS for name in ("lat", "lon")}
    conn.execute(update(case).where(case.c.id.in_(case_ids)).values(blank | blurred))
    before = {name: func.round(case_version.c[name] * 1000) / 1000 for name in ("lat", "lon")}
    mine = case_version.c.case_id.in_(case_ids)
    conn.execute(update(case_version).where(mine).values({"address": None, **before}))
    said = case_event.c.case_id.in_(case_ids) & case_event.c.text.is_not(None)
    conn.execute(update(case_event).where(said).values(text=""))  # figures of copied answers tell it from silence
    conn.execute(update(rating).where(rating.c.case_id.in_(case_ids)).values(text=""))
    conn.execute(update(privacy_request).where(privacy_request.c.case_id.in_(case_ids)).values(text="", answer=""))
    return _erase_photos(conn, case_ids)


def _erase_photos(conn: Connection, case_ids: Sequence[int]) -> list[str]:
    """Those that came with the report; what an agency proved with one stays."""
    theirs = photo.c.case_id.in_(case_ids) & photo.c.version.is_(None)
    digests = set(conn.execute(select(photo.c.digest).where(theirs, photo.c.digest.is_not(None))).scalars())
    gone = {"state": "refused", "reason": ERASED, "url": None, "digest": None, "next_at": None}
    conn.execute(update(photo).where(theirs).values(gone))
    return unused_photos(conn, digests)


def unused_photos(conn: Connection, digests: Set[str]) -> list[str]:
    """Those that neither a case nor an offer has."""
    used = select(photo.c.digest).where(photo.c.digest.in_(digests))
    offered = select(offer.c.photo).where(offer.c.photo.in_(digests))
    return sorted(digests - set(conn.execute(used).scalars()) - set(conn.execute(offered).scalars()))
