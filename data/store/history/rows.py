"""Reads cases from the store and makes columns of them: the cases of a range of ids or some single ones.

`as_stored` takes the status that is stored with a case; `as_known` computes it again from what was known at a number,
by the rules of that moment. Both make the same columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Connection, func, null, select, type_coerce
from sqlalchemy import case as choose

from data.domain.cases.model import ActorKind, CaseEvent, EventKind, Undated
from data.domain.history.columns import (
    NONE,
    STATES,
    UNKNOWN_S,
    CaseColumns,
    FormerColumns,
    PauseColumns,
    array_fields,
    what_is_said,
)
from data.domain.sla.case_status import CaseStatus, case_status
from data.domain.sla.history import History, read_history
from data.domain.sla.terms import Terms, terms
from data.domain.sla.worktime import HorizonError, epoch
from data.store.cases.as_known import cases_as_known
from data.store.cases.cases import in_order
from data.store.db.schema.cases import case, case_event, case_version
from data.store.history.code_tables import CodeTables
from data.store.history.derived import Rules, answer_worked, ends, former_row, pause_rows, paused_seconds

Column = NDArray[Any]
Columns = dict[str, Column]

_MOMENTS = {
    "received": "received_at",
    "dispatched": "dispatched_at",
    "acknowledged": "acknowledged_at",
    "answered": "answered_at",
    "resolved": "resolved_at",
    "ended": "ended_at",
    "verify_due": "verify_due_at",
    "answer_due": "respond_due_at",
    "resolve_due": "resolve_due_at",
    "limit_due": "legal_due_at",
    "next_due": "next_due_at",
    "next_warn": "next_warn_at",
    "paused_since": "paused_at",
    "promised": "promised_at",
}
"""Moments of the resident columns by their names in the store."""
_FACTS = (
    *("id", "source", "category", "agency", "village", "district", "service_class", "policy", "policy_version"),
    *("private", "state", "cycle", "undated"),
)
CASE_COLUMNS = array_fields(CaseColumns)
FORMER_COLUMNS = array_fields(FormerColumns) | {"row": np.dtype(np.uint32)}
"""Resident, `row` is the case's id."""
PAUSE_COLUMNS = array_fields(PauseColumns) | {"row": np.dtype(np.uint32)}
"""Likewise."""
_STATE = {state.value: place for place, state in enumerate(STATES)}
_EVENT = tuple(CaseEvent.__slots__)
_STORED = select(
    *(case.c[name] for name in _FACTS),
    *(type_coerce(case.c[name], BigInteger).label(name) for name in _MOMENTS.values()),
)
_PERSONS = (ActorKind.OPERATOR, ActorKind.AGENCY)
_IS_ANSWER = case_event.c.kind.in_((EventKind.ANSWERED, EventKind.RESOLVED, EventKind.CLOSED)) & (
    case_event.c.actor_kind.in_(_PERSONS)
)
_PLAIN_EVENTS = select(
    case_event.c.case_id,
    case_event.c.n,
    case_event.c.kind,
    case_event.c.actor_kind,
    type_coerce(case_event.c.at, BigInteger),
    case_event.c.seq,
    case_event.c.agency,
    case_event.c.reason,
    case_event.c.score,
    case_event.c.version,
    case_event.c.undoes,
    choose((_IS_ANSWER, case_event.c.text), else_=null()),
)


class Ids(NamedTuple):
    """Some cases: from `first` to `last`, or the single ones."""

    first: int = 0
    last: int = 0
    single: tuple[int, ...] = ()

    def of(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """The condition on a column that holds a case's id."""
        return column.in_(self.single) if self.single else column.between(self.first, self.last)


class How(NamedTuple):
    """What names become, and by what cases are judged."""

    codes: CodeTables
    rules: Rules


class _Told(NamedTuple):
    """What the events of a case tell one by one."""

    history: History
    terms: Terms


@dataclass(frozen=True, slots=True)
class Slice:
    """Columns of some cases, in the order of their ids."""

    cases: Columns
    former: Columns
    pauses: Columns


def as_stored(conn: Connection, ids: Ids, how: How, until: int) -> Slice:
    """The cases as they are stored, with what their events up to the number tell."""
    rows = conn.execute(_STORED.where(ids.of(case.c.id)).order_by(case.c.id)).all()
    mine = [tuple(row) for row in rows]
    events = _events(conn, ids, until)
    events_of = told(conn, _special(mine, events), until)
    histories: dict[int, _Told] = {}
    for row in mine:
        if row[0] in events_of:
            with suppress(KeyError, HorizonError):  # its policy or years are no longer configured
                about = terms_of(how.rules, dict(zip(_FACTS, row, strict=False)))
                histories[row[0]] = _Told(read_history(in_order(events_of[row[0]]), about), about)
    return Slice(*_columns(mine, events, _replaced(conn, ids, until), histories, how))


def as_known(conn: Connection, ids: Ids, how: How, seq: int, at: datetime) -> Slice:
    """The cases as they were known at the number, judged at the moment by the rules of then."""
    known = conn.execute(cases_as_known(conn, seq).where(ids.of(case.c.id)).order_by(case.c.id)).mappings().all()
    events = _events(conn, ids, seq)
    events_of = told(conn, tuple(row["id"] for row in known), seq)
    rows: list[tuple[Any, ...]] = []
    histories: dict[int, _Told] = {}
    for found in known:
        row = dict(found)
        about, history = terms_of(how.rules, row), in_order(events_of[row["id"]])
        rows.append(_as_row(row, case_status(history, about, at)))
        histories[row["id"]] = _Told(read_history(history, about), about)
    return Slice(*_columns(rows, events, _replaced(conn, ids, seq), histories, how))


def terms_of(rules: Rules, row: Mapping[str, Any]) -> Terms:
    """From the values of a case's row. Raises KeyError when its policy is no longer known."""
    policy = row["policy"], row["policy_version"]
    return terms(rules.city, rules.calendars, row["category"], policy, row["service_class"])


def _as_row(row: Mapping[str, Any], status: CaseStatus) -> tuple[Any, ...]:
    facts = {name: row[name] for name in ("id", "source", "village", "district", "service_class")}
    facts |= {name: getattr(status, name) for name in ("category", "agency", "policy", "policy_version", "cycle")}
    facts |= {"state": status.state.value, "undated": status.undated, "private": row["private"] or row["private_now"]}
    moments = {name: row[name] if name == "promised_at" else getattr(status, name) for name in _MOMENTS.values()}
    return (*(facts[name] for name in _FACTS), *(None if at is None else epoch(at) for at in moments.values()))


def _events(conn: Connection, ids: Ids, until: int) -> list[tuple[Any, ...]]:
    asked = _PLAIN_EVENTS.where(ids.of(case_event.c.case_id), case_event.c.seq <= until)
    return [tuple(row) for row in conn.execute(asked.order_by(case_event.c.case_id, case_event.c.n))]


def _replaced(conn: Connection, ids: Ids, until: int) -> dict[int, int]:
    """The number of the last change by then that replaced values of a case's row."""
    mine = ids.of(case_version.c.case_id) & (case_version.c.until_seq <= until)
    asked = select(case_version.c.case_id, func.max(case_version.c.until_seq)).where(mine)
    return {row[0]: row[1] for row in conn.execute(asked.group_by(case_version.c.case_id))}


def _special(rows: Sequence[tuple[Any, ...]], events: Iterable[tuple[Any, ...]]) -> tuple[int, ...]:
    """The cases that were reopened or paused."""
    cycle = _FACTS.index("cycle")
    found = {row[0] for row in rows if row[cycle] > 1}
    return tuple(sorted(found | {event[0] for event in events if event[2] == EventKind.PAUSED}))


def told(conn: Connection, ids: tuple[int, ...], until: int | None) -> dict[int, list[CaseEvent]]:
    """The whole events of these cases in the order of recording; until: those of a number up to this one."""
    found: dict[int, list[CaseEvent]] = defaultdict(list)
    asked = select(case_event).where(case_event.c.case_id.in_(ids))
    if until is not None:
        asked = asked.where(case_event.c.seq <= until)
    for row in conn.execute(asked.order_by(case_event.c.case_id, case_event.c.n)).mappings() if ids else ():
        kinds = {"kind": EventKind(row["kind"]), "actor_kind": ActorKind(row["actor_kind"])}
        found[row["case_id"]].append(CaseEvent(**{name: row[name] for name in _EVENT} | kinds))
    return found


def _columns(
    rows: Sequence[tuple[Any, ...]],
    events: Sequence[tuple[Any, ...]],
    replaced: Mapping[int, int],
    histories: Mapping[int, _Told],
    how: How,
) -> tuple[Columns, Columns, Columns]:
    """rows: _FACTS and _MOMENTS; replaced: see `_replaced`."""
    codes, rules = how
    raw = dict(zip((*_FACTS, *_MOMENTS), zip(*rows, strict=True), strict=True)) if rows else _nothing()
    found: Columns = {name: _moments(raw[name]) for name in _MOMENTS}
    found["id"] = np.array(raw["id"], dtype=np.uint32)
    policies = list(zip(raw["policy"], raw["policy_version"], strict=True))
    for table in ("source", "category", "agency", "village", "service_class"):
        found[table] = codes.codes(table, raw[table])
    found["district"] = codes.codes("district", map(_district, raw["village"], raw["district"]))
    found["policy"] = codes.codes("policy", (f"{code}:{version}" for code, version in policies))
    found["private"] = np.array(raw["private"], dtype=np.bool_)
    found["state"] = np.array([_STATE[state] for state in raw["state"]], dtype=np.uint8)
    found["undated"] = np.array(raw["undated"], dtype=np.uint8)
    found["reopened"] = np.minimum(np.array(raw["cycle"], dtype=np.int64) - 1, 255).astype(np.uint8)
    found["end"] = ends(found["state"], found["resolved"], found["ended"])
    found["finished"] = np.where(found["resolved"] != NONE, found["resolved"], found["ended"])
    found["started"], found["first_answer"] = found["received"].copy(), found["answered"].copy()
    found["first_answer"][(found["undated"] & Undated.ANSWER) != 0] = NONE
    found["answer_worked"] = answer_worked(rules, policies, found)
    for name in ("paused", "paused_until"):
        found[name] = np.zeros(len(rows), dtype=np.uint32)
    found["has_pauses"] = np.zeros(len(rows), dtype=np.bool_)
    _add_events(found, events, replaced)
    former = _add_histories(found, policies, histories, rules)
    found["said"] = _said(found, events)
    cases = {name: found[name].astype(kind, copy=False) for name, kind in CASE_COLUMNS.items()}
    return cases, former, _pause_columns(histories, codes)


def _nothing() -> dict[str, tuple[Any, ...]]:
    return dict.fromkeys((*_FACTS, *_MOMENTS), ())


def _moments(values: Sequence[int | None]) -> Column:
    clipped = [NONE if at is None else min(max(at, 1), UNKNOWN_S) for at in values]
    return np.array(clipped, dtype=np.uint32)


def _district(village: str | None, district: str | None) -> str:
    """The kecamatan: a village's code begins with it."""
    return village.rpartition(".")[0] if village else district or ""


def _add_events(found: Columns, events: Sequence[tuple[Any, ...]], replaced: Mapping[int, int]) -> None:
    """What follows from single events: verified, rating, first and last number."""
    number = {case_id: row for row, case_id in enumerate(found["id"].tolist())}
    verified, rating, first_seq, last_seq = (np.zeros(len(number), dtype=np.int64) for _ in range(4))
    for case_id, seq in replaced.items():
        last_seq[number[case_id]] = seq
    undone = _undone(events)
    for case_id, n, kind, _, at, seq, _, _, score, version, *_ in events:
        row = number[case_id]
        if n == 1:
            first_seq[row] = seq
        if seq > last_seq[row]:
            last_seq[row] = seq
        if kind == EventKind.VERIFIED and not verified[row] and (case_id, version) not in undone:
            verified[row] = at
        elif kind == EventKind.RATED and score:
            rating[row] = score
    found["verified"] = _earliest(verified, found["dispatched"])
    found["rating"], found["first_seq"], found["last_seq"] = rating, first_seq, last_seq


def _undone(events: Iterable[tuple[Any, ...]]) -> set[tuple[int, int]]:
    """Case and version of what was taken back."""
    takes_back = [(row[0], row[10], row[9]) for row in events if row[10] is not None]
    return {(case_id, version) for case_id, first, last in takes_back for version in range(first, last)}


def _earliest(a: Column, b: Column) -> Column:
    return np.where(a == NONE, b, np.where(b == NONE, a, np.minimum(a, b)))


def _add_histories(
    found: Columns, policies: Sequence[tuple[str, int]], histories: Mapping[int, _Told], rules: Rules
) -> Columns:
    """What only the whole history tells, and the former cycles."""
    rows: list[dict[str, int]] = []
    number = {case_id: row for row, case_id in enumerate(found["id"].tolist())}
    for case_id, (history, about) in histories.items():
        row = number[case_id]
        found["paused"][row] = paused_seconds(history)
        found["has_pauses"][row] = any(cycle.pauses for cycle in history.cycles)
        found["started"][row] = history.cycle.started
        if found["paused_since"][row]:
            found["paused_until"][row] = history.cycle.pauses[-1].until or NONE
        former = [former_row(history, about, cycle) for cycle in history.cycles[:-1]]
        if former:
            moments = (int(found["verified"][row]), former[0]["dispatched"])
            found["verified"][row] = min((at for at in moments if at), default=NONE)
            answers = [each for each in former if each["answered"]]
            if answers:
                dated = not answers[0]["undated"] & Undated.ANSWER
                found["first_answer"][row] = answers[0]["answered"] if dated else NONE
        rows += [{"row": case_id, "received": history.received, "place": row} | each for each in former]
    columns: Columns = {
        name: np.array([each.get(name, 0) for each in rows], dtype=np.int64)
        for name in (*FORMER_COLUMNS, "received", "place")
    }
    columns["answer_worked"] = answer_worked(rules, [policies[place] for place in columns["place"].tolist()], columns)
    return {name: columns[name].astype(kind) for name, kind in FORMER_COLUMNS.items()}


def _said(found: Columns, events: Sequence[tuple[Any, ...]]) -> Column:
    """The last text of an answer or an end in the present cycle."""
    number = {case_id: row for row, case_id in enumerate(found["id"].tolist())}
    started, said = found["started"].tolist(), np.zeros(len(number), dtype=np.uint64)
    undone = _undone(events)
    for case_id, _, _, _, at, _, _, _, _, version, _, text in events:
        if text is not None and (case_id, version) not in undone and at >= started[number[case_id]]:
            said[number[case_id]] = what_is_said(text)
    return said


def _pause_columns(histories: Mapping[int, _Told], codes: CodeTables) -> Columns:
    """Every pause of these cases."""
    rows = [row for case_id, (history, _) in histories.items() for row in pause_rows(case_id, history)]
    case_id, agency, reason, since, until = zip(*rows, strict=True) if rows else ((),) * 5
    raw = {
        "row": case_id,
        "agency": codes.codes("agency", agency),
        "reason": codes.codes("reason", reason),
        "since": _moments(since),
        "until": _moments(until),
    }
    return {name: np.asarray(raw[name]).astype(dtype) for name, dtype in PAUSE_COLUMNS.items()}
