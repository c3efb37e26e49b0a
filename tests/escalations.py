"""A city with a ladder, and its cases on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from data.domain.city.escalation import Escalation, LadderStep, QuietHours, Receiver
from data.domain.city.model import City
from data.domain.sla.terms import terms
from data.store.cases.cases import TermsOf
from data.store.db.engine import Connection
from data.store.escalation.raising import due, look
from data.store.escalation.steps import LadderRules
from tests.factories import HOUR, MINUTE, NOW, a_case, a_city, a_history, calendars, stored

LADDER = (
    LadderStep(0.5, Receiver.AGENCY),
    LadderStep(0.75, Receiver.HEAD),
    LadderStep(0.9, Receiver.SUPERVISOR),
    LadderStep(1.0, Receiver.MAYOR),
)
STEPS = (6 * HOUR, 9 * HOUR, timedelta(hours=10, minutes=48), 12 * HOUR)
"""Of a landslide: its agency has twelve hours, around the clock."""
NIGHT = QuietHours(time(20), time(6))


def a_ladder_city(**changes: Any) -> City:
    """Everything goes up the ladder, at any hour unless said otherwise."""
    plain = Escalation({"biasa": LADDER}, "biasa", acknowledged_for=timedelta(hours=1))
    return replace(a_city(), escalation=replace(plain, **changes))


def rules(city: City | None = None) -> LadderRules:
    """For `look`."""
    city = city or a_ladder_city()
    return LadderRules(city, partial(terms, city, calendars()))


def terms_of() -> TermsOf:
    return rules().terms_of


def a_landslide(conn: Connection, at: datetime = NOW, **changes: Any) -> int:
    """A case that BPBD got at this moment."""
    return stored(conn, a_case("longsor", **changes), a_history(at - MINUTE, "bpbd", dispatched=MINUTE), at)


def climb(conn: Connection, now: datetime, by: LadderRules | None = None) -> int:
    """One round of the ladder."""
    return look(conn, due(conn, now, 1000), by or rules(), now)
