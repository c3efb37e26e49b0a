"""What a person must see beside a case before deciding: its reporter, what he sent before, what is near, photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from data.domain.access.roles import Audience
from data.domain.cases.model import CaseEvent, CaseState, EventKind, without_undone
from data.domain.city.model import City, IncidentRule
from data.domain.incidents.folding import IncidentCase, propose
from data.domain.incidents.likeness import plain_words
from data.store.cases.cases import Reporter, StoredCase
from data.store.cases.incidents.proposals import SENDERS, open_near
from data.store.cases.incidents.weights import in_force
from data.store.cases.photos import STORED
from data.store.db.schema.cases import case, case_event, reporter
from data.store.db.schema.intake import photo
from data.store.queries.desk.lists import among_newest

MOST, NEAR_MOST = 6, 100
USUAL_NEAR = IncidentRule(150.0, timedelta(days=14))
"""What counts as near in a category without a rule of its own."""


@dataclass(frozen=True, slots=True)
class OtherCase:
    """Another case, in a line. `distance_m`, `alike`: only of one that may tell of the same event."""

    code: str
    title: str
    category: str
    state: CaseState
    received_at: datetime
    version: int
    distance_m: float | None = None
    alike: int | None = None
    is_likely: bool = False
    """It is proposed as a report of the same event."""
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class CasePhoto:
    """A stored photo. `version`: of the event that it proves; None: it came with the report."""

    digest: str
    version: int | None
    width: int | None
    height: int | None


def reporter_of(conn: Connection, case_id: int) -> Reporter | None:
    """Personal data: for who handles the case. Of one who wants to be anonymous nothing is told to anybody."""
    names = [reporter.c[name] for name in Reporter.__slots__]
    row = conn.execute(select(*names).where(reporter.c.case_id == case_id)).one_or_none()
    found = None if row is None else Reporter(*row)
    return Reporter(anonymous=True) if found is not None and found.anonymous else found


def earlier_of(conn: Connection, found: StoredCase, by: Reporter | None, audience: Audience) -> list[OtherCase]:
    """What the same person sent, newest first, with its titles; of private ones only for whom they are."""
    same = [reporter.c[name] == value for name in SENDERS if (value := getattr(by, name, None))]
    if not same:
        return []
    others = (reporter.c.case_id != found.id) & reporter.c.anonymous.is_(False)
    theirs = select(reporter.c.case_id).where(or_(*same), others)
    return _others(conn, case.c.id.in_(theirs), audience)


def near(conn: Connection, found: StoredCase, city: City, audience: Audience) -> list[OtherCase]:
    """Open cases that may tell of the same event, the likeliest first; folded ones are behind their heads."""
    category = city.categories.get(found.status.category)
    rule = (category.incident if category else None) or USUAL_NEAR
    facts, words = found.facts, plain_words(f"{found.facts.title} {found.facts.text}")
    it = IncidentCase(facts.code, found.status.category, found.status.received_at, facts.lat, facts.lon, words)
    around = open_near(conn, it, rule)
    proposed = propose(it, [other.case for other in around.values()], rule, in_force(conn))[:NEAR_MOST]
    ids = [around[one.code].id for one in proposed]
    lines = {row.id: row for row in conn.execute(select(*_LINE).where(case.c.id.in_(ids)))}
    return [
        replace(_other(lines[id_], audience), distance_m=one.distance_m, alike=one.alike, is_likely=one.is_likely)
        for id_, one in zip(ids, proposed, strict=True)
    ]


def folded_into(conn: Connection, case_id: int, audience: Audience) -> list[OtherCase]:
    """The cases that this one speaks for."""
    return _others(conn, case.c.head_id == case_id, audience)


def photos_of(conn: Connection, case_id: int) -> list[CasePhoto]:
    """In the order in which they came."""
    columns = (photo.c.digest, photo.c.version, photo.c.width, photo.c.height)
    mine = select(*columns).where(photo.c.case_id == case_id, photo.c.state == STORED).order_by(photo.c.id)
    return [CasePhoto(*row) for row in conn.execute(mine)]


def doubts(conn: Connection, found: StoredCase, events: Sequence[CaseEvent], photos: Sequence[CasePhoto]) -> list[str]:
    """What makes a resolution worth a second look: 'fast', 'same_text', 'photo_seen'; empty: nothing does."""
    ends = [one for one in without_undone(events) if one.kind is EventKind.RESOLVED and one.version is not None]
    if not ends or found.status.resolved_at is None:
        return []
    end, took = ends[-1], found.status.acknowledged_at
    told = []
    if took is not None and end.at - took < FAST:
        told.append("fast")
    if end.text and _is_said_elsewhere(conn, end.text, end.agency, found.id):
        told.append("same_text")
    proofs = [one.digest for one in photos if one.version is not None]
    elsewhere = select(photo.c.id).where(photo.c.digest.in_(proofs), photo.c.case_id != found.id).limit(1)
    if proofs and conn.execute(elsewhere).first():
        told.append("photo_seen")
    return told


FAST = timedelta(minutes=1)
"""Sooner after its acceptance nothing is repaired."""


def _is_said_elsewhere(conn: Connection, text: str, agency: str | None, case_id: int) -> bool:
    """Whether one of the agency's last cases was resolved with the very same text."""
    its = among_newest(conn, case.c.agency == agency)
    last = select(case.c.id).where(its, case.c.id != case_id).order_by(case.c.updated_at.desc()).limit(50)
    same = select(case_event.c.case_id).where(
        case_event.c.case_id.in_(last), case_event.c.kind == EventKind.RESOLVED, case_event.c.text == text
    )
    return conn.execute(same.limit(1)).first() is not None


_LINE = [
    case.c[name]
    for name in ("id", "code", "title", "category", "state", "received_at", "version", "lat", "lon", "private")
]


def _others(conn: Connection, where: ColumnElement[bool], audience: Audience) -> list[OtherCase]:
    query = select(*_LINE).where(where).order_by(case.c.received_at.desc(), case.c.id.desc()).limit(MOST)
    return [_other(row, audience) for row in conn.execute(query)]


def _other(row: Row[*tuple[Any, ...]], audience: Audience) -> OtherCase:
    masked = row.private and not audience.private
    place = (None, None) if masked else (row.lat, row.lon)
    title = "" if masked else row.title
    state = CaseState(row.state)
    return OtherCase(row.code, title, row.category, state, row.received_at, row.version, None, None, *place)
