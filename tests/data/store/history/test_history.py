"""The resident columns are what the store holds, and what was known at a number stays what it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings

from data.domain.cases.model import ActorKind, CaseEvent, CaseState, EventKind, Undated
from data.domain.history.columns import OUTSIDE_S, STATES, UNKNOWN_S, CaseColumns, End, what_is_said
from data.domain.sla.case_status import CaseStatus, case_status
from data.domain.sla.history import read_history
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import epoch, moment
from data.store.cases.as_known import case_as_known
from data.store.cases.cases import in_order
from data.store.db.engine import Connection, Engine, reading
from data.store.history.history import History
from tests.factories import (
    a_city,
    calendars,
    terms_of,
)
from tests.ingest.pipeline.worlds import Step, World, plans

TABLES = ("source", "category", "agency", "village", "district", "service_class", "policy")
MADE_BY_STATUS = {
    "received": "received_at",
    "dispatched": "dispatched_at",
    "acknowledged": "acknowledged_at",
    "answered": "answered_at",
    "resolved": "resolved_at",
    "verify_due": "verify_due_at",
    "answer_due": "respond_due_at",
    "resolve_due": "resolve_due_at",
    "limit_due": "legal_due_at",
    "next_due": "next_due_at",
    "next_warn": "next_warn_at",
    "paused_since": "paused_at",
}
SAYING = (EventKind.ANSWERED, EventKind.RESOLVED, EventKind.CLOSED)
PERSONS = (ActorKind.OPERATOR, ActorKind.AGENCY)
Rows = dict[int, dict[str, Any]]
NO_SHRINK = (Phase.explicit, Phase.reuse, Phase.generate)
"""A smaller plan is not worth the minutes that it takes to find: the columns that differ say enough."""


def a_history_of(engine: Engine, folder: Path) -> History:
    return History(engine, folder, a_city(), calendars())


def as_rows(columns: CaseColumns, *, for_ever: bool = False) -> Rows:
    """The columns case by case, names in place of codes; the former cycles of each.

    for_ever: without what may change: a private case is private in every past, and a head that is merged into another
    one takes its followers along, which is no news of theirs.
    """
    found: Rows = {}
    names = [each.name for each in fields(CaseColumns) if isinstance(getattr(columns, each.name), np.ndarray)]
    for row, case_id in enumerate(columns.id.tolist()):
        values = {name: getattr(columns, name)[row].item() for name in names}
        values |= {table: getattr(columns.names, table)[values[table]] for table in TABLES}
        found[case_id] = values | {"former": [], "pauses": []}
        if for_ever:
            del found[case_id]["private"], found[case_id]["last_seq"]
    ids = columns.id.tolist()
    for n, row in enumerate(columns.former.row.tolist()):
        former = {each.name: getattr(columns.former, each.name)[n].item() for each in fields(columns.former)}
        found[ids[row]]["former"].append({name: value for name, value in former.items() if name != "row"})
    held, why = columns.names.agency, columns.names.reason
    pauses = (getattr(columns.pauses, each.name).tolist() for each in fields(columns.pauses))
    for row, agency, reason, since, until in zip(*pauses, strict=True):
        found[ids[row]]["pauses"].append((held[agency], why[reason], since, until))
    return found


def differences(one: Rows, other: Rows) -> list[str]:
    """Which column of which case is not the same."""
    both = one.keys() & other.keys()
    told = [f"{case_id} is in one of them only" for case_id in one.keys() ^ other.keys()]
    return told + [
        f"{name} of {case_id}: {value} and {other[case_id][name]}"
        for case_id in sorted(both)
        for name, value in one[case_id].items()
        if value != other[case_id][name]
    ]


@settings(max_examples=5, phases=NO_SHRINK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans)
def test_what_was_known_at_a_number_is_told_the_same_for_ever(engine: Engine, tmp_path: Path, plan: list[Step]):
    folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
    live = a_history_of(engine, folder)
    told: dict[int, Rows] = {}
    world = World(engine)

    def look() -> None:
        columns = live.as_known()
        told[columns.seq] = as_rows(columns, for_ever=True)

    world.looks.append(look)
    world.live(plan)
    live.save()
    for history in (live, a_history_of(engine, folder), a_history_of(engine, folder / "none")):
        for seq, rows in told.items():
            assert differences(as_rows(history.as_known(seq), for_ever=True), rows) == []


@settings(max_examples=5, phases=NO_SHRINK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans)
def test_the_columns_are_what_events_and_rules_say(engine: Engine, tmp_path: Path, plan: list[Step]):
    history, world = a_history_of(engine, tmp_path / f"{len(list(tmp_path.iterdir()))}"), World(engine)
    world.looks.append(history.refresh)  # row by row, as the feed tells
    world.live(plan)
    for columns in (history.as_known(at=world.now), history.as_known(sorted(world.seen)[len(world.seen) // 2])):
        rows = as_rows(columns)
        with reading(engine) as conn:
            for case_id in columns.id.tolist():
                assert_told(conn, rows[case_id], columns)
        assert sorted(rows) == sorted(
            row["id"] for row in world.seen[max(seq for seq in world.seen if seq <= columns.seq)][0]
        )


def assert_told(conn: Connection, row: Mapping[str, Any], columns: CaseColumns) -> None:
    """One case against its rows in the store, event by event."""
    known = case_as_known(conn, row["id"], columns.seq)
    assert known is not None
    values, recorded = known.values, known.events
    events = in_order([each.event for each in recorded])
    terms = terms_of()(values["category"], (values["policy"], values["policy_version"]), values["service_class"])
    status = case_status(events, terms, moment(columns.at))
    for name, stored_as in MADE_BY_STATUS.items():
        assert row[name] == seconds(getattr(status, stored_as)), name
    assert (row["category"], row["agency"], row["undated"]) == (status.category, status.agency, status.undated)
    assert row["village"] == (values["village"] or "")
    assert row["promised"] == seconds(values["promised_at"])
    assert row["private"] == (values["private"] or known.private_now)
    assert STATES[row["state"]] == status.state
    assert row["reopened"] == status.cycle - 1
    assert (row["first_seq"], row["last_seq"] >= recorded[-1].seq) == (recorded[0].seq, True)
    assert row["finished"] == seconds(status.resolved_at or status.ended_at)
    assert End(row["end"]) == the_end(status)
    told = [event for event in events if event.kind is EventKind.VERIFIED]
    scores = [event.score for event in [each.event for each in recorded] if event.kind is EventKind.RATED]
    assert row["rating"] == ([score for score in scores if score] or [0])[-1]
    assert_cycles(row, events, terms, columns.at)
    assert len(told) == 0 or row["verified"] <= epoch(told[0].at) or row["verified"] > 0


def assert_cycles(row: Mapping[str, Any], events: tuple[CaseEvent, ...], terms: Terms, at: int) -> None:
    """All cycles, the present one last, and what follows from them."""
    history = read_history(events, terms)
    told = [*row["former"], row]
    assert [each["started"] for each in told] == [cycle.started for cycle in history.cycles]
    answers = [cycle for cycle in history.cycles if cycle.answered]
    first = answers[0] if answers else None
    known = first is not None and not first.undated & Undated.ANSWER
    assert row["first_answer"] == (first.answered if known and first is not None else 0)
    for each, cycle in zip(told, history.cycles, strict=True):
        assert (each["answered"], each["dispatched"]) == (cycle.answered or 0, cycle.dispatched or 0)
        assert each["finished"] == (cycle.finished or 0)
        if cycle.answered and cycle.dispatched and not cycle.undated & (Undated.DISPATCH | Undated.ANSWER):
            start, stop = cycle.dispatched, max(cycle.dispatched, cycle.answered)
            # As on the wall: in the calendar of the standard that the case has, whatever it had when it was answered.
            code = history.policy.at(cycle.answered).calendar
            calendar = terms.calendars.judging(history.received, cycle.answered)(code)
            assert each["answer_worked"] in (calendar.worked(start, stop), OUTSIDE_S)
            assert each["answer_worked"] != OUTSIDE_S or calendar.worked(start, stop + 1) == 0
        else:
            assert each["answer_worked"] == UNKNOWN_S
    said = [
        what_is_said(event.text)
        for event in events
        if event.kind in SAYING
        and event.actor_kind in PERSONS
        and event.text
        and epoch(event.at) >= told[-1]["started"]
    ]
    assert row["said"] in (said or [0])
    assert [each[1:3] for each in row["pauses"]] == [
        (pause.reason, pause.since)
        for cycle in history.cycles
        for pause in cycle.pauses
        if pause.until is None or min(pause.until, cycle.finished or pause.until) > pause.since
    ]
    assert row["has_pauses"] == any(cycle.pauses for cycle in history.cycles)


def seconds(at: datetime | None) -> int:
    return 0 if at is None else epoch(at)


def the_end(status: CaseStatus) -> End:
    refused = {CaseState.REJECTED: End.REJECTED, CaseState.MERGED: End.MERGED}
    if status.state in refused:
        return refused[status.state]
    if status.resolved_at is not None:
        return End.RESOLVED
    return End.OPEN if status.ended_at is None else End.CLOSED
