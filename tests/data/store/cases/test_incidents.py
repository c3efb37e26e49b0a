"""Which open cases may be the head of a new one's incident."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from data.domain.access.roles import Audience
from data.domain.city.model import IncidentRule
from data.domain.incidents.folding import IncidentCase
from data.domain.incidents.likelihood import AS_SHIPPED, IncidentModel, Weights
from data.store.cases.incidents.proposals import leave_group, open_near
from data.store.cases.incidents.weights import accept, in_force
from data.store.db.engine import Engine, writing
from data.store.db.schema.cases import case
from data.store.db.schema.incidents import proposed_incident
from data.store.queries.desk import lists
from data.store.queries.proposed_groups import proposed_groups
from tests.factories import HOUR, MINUTE, NOW, a_case, a_city, a_history, calendars, received, stored

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
    assert [one.id for one in found.values()] == ([case_id] if near else [])


def test_a_case_that_another_speaks_for_is_no_head(engine: Engine):
    with writing(engine) as conn:
        head = stored(conn, a_case("pohon_tumbang"), a_history(NOW))
        stored(conn, a_case("pohon_tumbang", head_id=head), a_history(NOW))
        assert [one.id for one in open_near(conn, NEW, RULE).values()] == [head]


def test_near_nowhere_is_nothing(engine: Engine):
    with writing(engine) as conn:
        stored(conn, a_case("pohon_tumbang"), a_history(NOW))
        assert open_near(conn, IncidentCase("", "pohon_tumbang", NOW, None, None), RULE) == {}


def test_the_desks_inbox_has_one_line_for_a_group_and_counts_each(engine: Engine):
    with writing(engine) as conn:
        ids = [stored(conn, a_case(), [received(NOW - n * MINUTE)]) for n in range(3)]
        sent = stored(conn, a_case(), a_history(NOW - HOUR, dispatched=MINUTE))
        private = stored(conn, a_case(private=True), [received()])
        group = [{"case_id": each, "first_id": ids[1], "category": "jalan_rusak"} for each in (*ids, sent, private)]
        conn.execute(proposed_incident.insert(), group)
        leave_group(conn, ids[0], "jalan_rusak")
        inbox = lists.desk_inbox(conn, a_city(), calendars(), NOW, 60, audience=Audience(None, private=True))
        assert [(row.case.id, row.case.proposed) for row in inbox.rows if row.case.id in ids] == [
            (ids[2], 3),
            (ids[0], 0),
        ]
        assert (inbox.total, inbox.behind, len(inbox.rows)) == (4, 1, 3)
        conn.execute(update(case).where(case.c.id == ids[1]).values(category="sampah"))
        [told] = proposed_groups(conn)
        assert {member.id for member in told.members} == {ids[2], sent}


def test_weights_are_those_that_were_accepted_last(engine: Engine):
    with writing(engine) as conn:
        assert in_force(conn) == AS_SHIPPED
        model = IncidentModel(Weights(1, -2, -3, 4), {"pju": Weights(0.5, -9, 0, 1)})
        assert accept(conn, IncidentModel(Weights(0, 0, 0, 0)), {}, NOW) == 1
        assert accept(conn, model, {"same": 30}, NOW) == 2
        assert in_force(conn) == model
