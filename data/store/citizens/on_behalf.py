"""Reports that an officer entered for somebody else: who, how it was told, whose telephone, the citizen's consent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from data.store.db.schema.cases import case
from data.store.db.schema.citizens import on_behalf, tracking

IN_PERSON, PHONE, CHAT, LETTER = "in_person", "phone", "chat", "letter"
CHANNELS = (IN_PERSON, PHONE, CHAT, LETTER)
OWN, FAMILY, OFFICER, NONE = "own", "family", "officer", "none"
PHONES_OF = (OWN, FAMILY, OFFICER)


@dataclass(frozen=True, slots=True)
class OnBehalf:
    """How a report was entered."""

    user_id: int
    entered_by: str
    channel: str
    phone_of: str
    consent: bool
    device: str
    """Of the browser, as a reporter's."""


@dataclass(frozen=True, slots=True)
class EnteredReport:
    """A report, for who entered it."""

    code: str
    tracking: str
    title: str
    category: str
    village: str | None
    state: str
    at: datetime


_REPORTS = (
    select(
        *(case.c[name] for name in ("code", "title", "category", "village", "state")),
        tracking.c.code.label("tracking"),
        on_behalf.c.at,
    )
    .join(case, case.c.id == on_behalf.c.case_id)
    .join(tracking, tracking.c.case_id == on_behalf.c.case_id)
)


def add(conn: Connection, case_id: int, entered: OnBehalf, now: datetime) -> None:
    """In the transaction of the report."""
    values = {name: getattr(entered, name) for name in OnBehalf.__slots__}
    conn.execute(insert(on_behalf).values(case_id=case_id, at=now, **values))


def entered_by(conn: Connection, user_id: int, most: int) -> list[EnteredReport]:
    """What this person entered, newest first."""
    mine = _REPORTS.where(on_behalf.c.user_id == user_id).order_by(on_behalf.c.at.desc(), on_behalf.c.case_id.desc())
    return [EnteredReport(**row) for row in conn.execute(mine.limit(most)).mappings()]


def report_of(conn: Connection, user_id: int, code: str) -> EnteredReport | None:
    """The report with this case's code, if this person entered it."""
    mine = _REPORTS.where(on_behalf.c.user_id == user_id, case.c.code == code)
    row = conn.execute(mine).mappings().one_or_none()
    return None if row is None else EnteredReport(**row)


def code_of(conn: Connection, tracking_code: str) -> str | None:
    """The case's code of a report that was entered for somebody; None: its reporter sent it."""
    found = select(case.c.code).join(on_behalf, on_behalf.c.case_id == case.c.id)
    found = found.join(tracking, tracking.c.case_id == case.c.id).where(tracking.c.code == tracking_code)
    return conn.execute(found).scalar_one_or_none()


def device_of(conn: Connection, case_id: int) -> str | None:
    """The browser in which a report was entered for somebody; None: its reporter sent it."""
    return conn.execute(select(on_behalf.c.device).where(on_behalf.c.case_id == case_id)).scalar_one_or_none()
