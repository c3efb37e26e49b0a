"""The steps that are raised now, and their acknowledgement.

A step counts as long as its case is open in the hand of the same agency and not paused. That is asked of the case each
time and stored nowhere, so that no step outlives a resolution, a transfer or a fold by a moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, select, update

from data.domain.access.roles import Person
from data.domain.cases.model import ActorKind, CaseEvent, CaseState, EventKind
from data.domain.city.escalation import RAISING, Receiver
from data.domain.city.model import City
from data.domain.escalation.receivers import may_acknowledge
from data.store.cases.cases import TermsOf, append, by_code, terms_for
from data.store.db.schema.cases import case
from data.store.db.schema.escalation import escalation

OF_CASE = and_(
    escalation.c.case_id == case.c.id,
    escalation.c.cycle == case.c.cycle,
    escalation.c.held_at == case.c.held_at,
    escalation.c.agency == case.c.agency,
)
RAISED = and_(OF_CASE, escalation.c.highest, case.c.open, case.c.state != CaseState.WAITING)
"""The condition of the join with `case`. One step of a case at most."""
SHOWN = and_(RAISED, escalation.c.receiver.in_(sorted(RAISING)))
"""The same of what is an escalation, and asks for an acknowledgement."""


@dataclass(frozen=True, slots=True)
class LadderRules:
    """What decides besides the store."""

    city: City
    terms_of: TermsOf


@dataclass(frozen=True, slots=True)
class Raised:
    """A step as it stands."""

    id: int
    case_id: int
    step: int
    receiver: Receiver
    agency: str
    due_at: datetime
    raised_at: datetime
    times: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    expires_at: datetime | None

    @property
    def asks(self) -> bool:
        """Whether nobody has acknowledged it yet."""
        return self.acknowledged_at is None


COLUMNS = tuple(escalation.c[name] for name in Raised.__slots__)


def read(row: RowMapping) -> Raised:
    """From a row that has COLUMNS."""
    values = {column.name: row[column] for column in COLUMNS}
    return Raised(**values | {"receiver": Receiver(values["receiver"])})


def raised_of(conn: Connection, case_id: int) -> Raised | None:
    """What is raised of a case, and is shown as that."""
    found = select(*COLUMNS).join(case, SHOWN).where(case.c.id == case_id)
    row = conn.execute(found).mappings().one_or_none()
    return None if row is None else read(row)


class NothingToAcknowledge(LookupError):
    """It is over, somebody was first, or it is not for this person."""


def acknowledge(conn: Connection, code: str, person: Person, rules: LadderRules, now: datetime) -> Raised:
    """Acknowledge what is raised of a case, in a transaction of `engine.writing`.

    Raises LookupError for an unknown code, NothingToAcknowledge, HorizonError.
    """
    found, now = by_code(conn, code), now.replace(microsecond=0)
    if found is None:
        raise LookupError(code)
    raised = raised_of(conn, found.id)
    if raised is None or not raised.asks or not may_acknowledge(person, raised.receiver, raised.agency):
        raise NothingToAcknowledge(code)
    conn.execute(
        update(escalation)
        .where(escalation.c.id == raised.id)
        .values(
            acknowledged_at=now, acknowledged_by=person.name, expires_at=now + rules.city.escalation.acknowledged_for
        )
    )
    kind = ActorKind.OPERATOR if person.sees_all_agencies else ActorKind.AGENCY
    seen = CaseEvent(
        max(now, found.status.updated_at),
        EventKind.ESCALATION_SEEN,
        kind,
        person.name,
        raised.agency,
        reason=raised.receiver,
    )
    append(conn, found.id, [seen], terms_for(found, rules.terms_of), now)
    return raised
