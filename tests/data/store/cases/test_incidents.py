"""Which open cases may be the head of a new one's incident."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from data.domain.city.model import IncidentRule
from data.domain.incidents.folding import IncidentCase
from data.store.cases.incidents import open_near
from data.store.db.engine import Engine, writing
from tests.factories import HOUR, MINUTE, NOW, a_case, a_history, stored

RULE = IncidentRule(150.0, 6 * HOUR)
NEW = IncidentCase("", "pohon_tumbang", NOW, -7.8696, 112.5276)


@pytest.mark.parametrize(
    ("ago", "changes", "later", "near"),
    [
        (HOUR, {}, {}, True),
        (HOUR, {"lat": -7.8690}, {"dispatched": MINUTE}, True),
        (HOUR, {"lat": -7.8796}, {}, False),
        (HOUR, {"category": "longsor"}, {}, False),
        (HOUR, {"lat": None, "lon": None}, {}, False),
        (HOUR, {}, {"resolved": MINUTE}, False),
        (7 * HOUR, {}, {}, False),
    ],
)
def test_only_open_cases_of_the_category_that_are_near_in_place_and_time(
    engine: Engine, ago: timedelta, changes: dict[str, Any], later: dict[str, Any], near: bool
):
    with writing(engine) as conn:
        case = a_case(**{"category": "pohon_tumbang"} | changes)
        case_id = stored(conn, case, a_history(NOW - ago, "bpbd", **later))
        found = open_near(conn, NEW, RULE)
    assert [id_ for id_, _ in found.values()] == ([case_id] if near else [])


def test_a_case_that_another_speaks_for_is_no_head(engine: Engine):
    with writing(engine) as conn:
        head = stored(conn, a_case("pohon_tumbang"), a_history(NOW))
        stored(conn, a_case("pohon_tumbang", head_id=head), a_history(NOW))
        assert [id_ for id_, _ in open_near(conn, NEW, RULE).values()] == [head]


def test_near_nowhere_is_nothing(engine: Engine):
    with writing(engine) as conn:
        stored(conn, a_case("pohon_tumbang"), a_history(NOW))
        assert open_near(conn, IncidentCase("", "pohon_tumbang", NOW, None, None), RULE) == {}
