"""The past read from today's rows is the past that the events tell."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from data.domain.cases.model import CaseEvent
from data.domain.sla.case_status import case_status
from data.store.cases.cases import NewCase
from data.store.db.engine import Engine, reading, writing
from data.store.queries.figures.counts import PastCounts, counts_at
from tests.factories import DAY, HOUR, MINUTE, NOW, a_case, a_city, a_history, stored, terms_for

STEPS = ("dispatched", "acknowledged", "answered", "paused", "resolved", "closed")


def a_random_case(chance: random.Random) -> tuple[NewCase, list[CaseEvent]]:
    """Received in the last six days, and some of the steps at some time before NOW."""
    new = a_case(chance.choice(["longsor", "jalan_rusak", "sampah"]))
    age = chance.randrange(1, 6 * 24 * 60)
    skipped = chance.choice([("paused",), ("resolved", "closed"), ("closed", "paused"), STEPS[2:]])
    steps = [name for name in STEPS[: chance.randrange(len(STEPS) + 1)] if name not in skipped]
    moments = sorted(chance.randrange(0, age) for _ in steps)
    later = dict(zip(steps, (at * MINUTE for at in moments), strict=True))
    return new, a_history(NOW - age * MINUTE, a_city().categories[new.category].agency, **later)


def told(histories: list[tuple[NewCase, list[CaseEvent]]], at: datetime) -> tuple[int, int]:
    """How many were open and overdue, by the events up to then: the slow way."""
    known = [(new, [one for one in events if one.at <= at]) for new, events in histories]
    status = [case_status(events, terms_for(new), at) for new, events in known if events]
    late = [one for one in status if one.open and one.next_due_at is not None and one.next_due_at < at]
    return sum(one.open for one in status), len(late)


def test_what_was_open_and_overdue_at_any_moment_is_read_from_the_present_rows(engine: Engine):
    chance = random.Random(20261124)
    histories = [a_random_case(chance) for _ in range(150)]
    with writing(engine) as conn:
        for new, events in histories:
            stored(conn, new, events)
    with reading(engine) as conn:
        for at in (NOW, NOW - HOUR, NOW - timedelta(hours=7), NOW - DAY, NOW - 3 * DAY):
            found = counts_at(conn, at)
            assert (found.open, found.overdue) == told(histories, at)
    assert told(histories, NOW)[1] > 5


def test_before_the_first_case_there_was_nothing(engine: Engine):
    with writing(engine) as conn:
        stored(conn, a_case(), a_history(NOW - HOUR))
    with reading(engine) as conn:
        assert counts_at(conn, NOW - DAY) == PastCounts(0, 0)
