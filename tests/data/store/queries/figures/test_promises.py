"""The promises of a source, counted in SQL as the domain judges each."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from data.domain.sla.case_status import case_status
from data.domain.sla.promise import promise_state
from data.store.db.engine import Engine, reading, writing
from data.store.queries.figures.promises import promise_counts
from tests.factories import DAY, HOUR, NOW, a_case, a_history, stored, terms_for

ENDS = ({}, {"closed": HOUR}, {"resolved": HOUR}, {"resolved": HOUR, "closed": DAY}, {"rejected": HOUR})
AGAIN = {"closed": HOUR, "reopened": 2 * HOUR}


def test_they_are_counted_as_each_case_is_judged(engine: Engine):
    chance, expected = random.Random(8), Counter[object]()
    for _ in range(150):
        events = a_history(NOW - 2 * DAY, **chance.choice([*ENDS, AGAIN]))
        events = [replace(one, reason=chance.choice([None, "undated"])) for one in events]
        promised = chance.choice([None, NOW, *(NOW - 2 * DAY + timedelta(minutes=n) for n in (59, 60, 61, 9_000))])
        new = a_case(promised_at=promised, source=chance.choice(["api", "other"]))
        with writing(engine) as conn:
            stored(conn, new, events)
        if new.source == "api":
            expected[promise_state(promised, case_status(events, terms_for(new), NOW), NOW)] += 1
    del expected[None]
    with reading(engine) as conn:
        assert promise_counts(conn, "api", NOW) == expected
    assert len(expected) == 5
