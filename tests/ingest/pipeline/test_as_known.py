"""Whatever is written, what was known at a number stays what it was: compared with the store as it lay then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from data.domain.cases.model import CaseEvent
from data.domain.sla.case_status import case_status
from data.store.cases import cases
from data.store.cases.as_known import case_as_known, cases_as_known, events_as_known
from data.store.db.engine import Connection, Engine, reading
from data.store.db.schema.cases import case_event
from tests.factories import NOW, terms_of
from tests.ingest.pipeline.worlds import EVENT_NAMES, NAMES, Snapshot, Step, World, plans

pytestmark = pytest.mark.both_engines


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans)
def test_what_was_known_at_a_number_is_what_the_store_held_then(engine: Engine, plan: list[Step]):
    world = World(engine)
    world.live(plan)
    with reading(engine) as conn:
        for seq, (rows, events) in world.seen.items():
            assert_known(conn, seq, rows, events)
        assert_numbers_between(conn, sorted(world.seen), world.seen)


def assert_known(conn: Connection, seq: int, rows: list[Mapping[str, Any]], events: list[Mapping[str, Any]]) -> None:
    """The set of cases, their values, how many speak through them, and every event; one case also by itself."""
    found = {row["id"]: row for row in conn.execute(cases_as_known(conn, seq)).mappings()}
    assert found.keys() == {row["id"] for row in rows}
    heads = [row["head_id"] for row in found.values()]
    for row in rows:
        assert [in_row(found[row["id"]][name]) for name in NAMES] == [row[name] for name in NAMES]
        assert heads.count(row["id"]) == row["folded"]
    listed = conn.execute(events_as_known(conn, seq).order_by(case_event.c.case_id, case_event.c.n)).mappings()
    assert [as_it_lay(each) for each in listed] == [tuple(each.values()) for each in events]
    if rows:
        assert_one(conn, seq, rows[seq % len(rows)], events)


def in_row(value: Any) -> Any:
    return int(value.timestamp()) if isinstance(value, datetime) else value


def as_it_lay(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(in_row(row[name]) for name in EVENT_NAMES)


def assert_one(conn: Connection, seq: int, row: Mapping[str, Any], events: list[Mapping[str, Any]]) -> None:
    one = case_as_known(conn, row["id"], seq)
    assert one is not None
    values = {name: in_row(value) for name, value in one.values.items()}
    assert {"code": one.code} | values == {name: row[name] for name in NAMES}
    theirs = [(each["at"], each["kind"], each["text"]) for each in events if each["case_id"] == row["id"]]
    assert [(int(e.at.timestamp()), e.kind, e.text) for e, _, _ in one.events] == theirs
    assert_status(one.values, [told.event for told in one.events], row)


def assert_status(values: Mapping[str, Any], events: list[CaseEvent], row: Mapping[str, Any]) -> None:
    """Who held the case follows from what was known."""
    terms = terms_of()(values["category"], (values["policy"], values["policy_version"]), values["service_class"])
    status = case_status(cases.in_order(events), terms, NOW)
    assert (status.agency, status.category, status.policy_version) == (
        row["agency"],
        row["category"],
        row["policy_version"],
    )
    assert [int(at.timestamp()) for at in (status.received_at, status.updated_at)] == [
        row["received_at"],
        row["updated_at"],
    ]


def assert_numbers_between(conn: Connection, commits: list[int], seen: Mapping[int, Snapshot]) -> None:
    """Inside a transaction what is known only grows."""
    for before, after in pairwise(commits):
        least, most = ({(each["case_id"], each["n"]) for each in seen[seq][1]} for seq in (before, after))
        for seq in range(before + 1, after):
            now = {(each["case_id"], each["n"]) for each in conn.execute(events_as_known(conn, seq)).mappings()}
            assert least <= now <= most
            least = now
