"""Columns by hand, for what is computed from them: `some_columns([a_row(answered=HOUR_S)])`.

It is Tuesday 24 November 2026, 14:07 WIB; a row is a report about `sampah` for DLH, received a day ago and open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from data.domain.cases.model import CaseState
from data.domain.figures.selection import Filters, Period
from data.domain.history.columns import (
    STATES,
    CaseColumns,
    End,
    FormerColumns,
    Names,
    PauseColumns,
    array_fields,
    what_is_said,
)
from data.domain.performance.frame import Frame
from data.domain.sla.worktime import epoch
from tests.factories import NOW, SISIR, a_city, calendars

AT = epoch(NOW)
HOUR_S, DAY_S = 3600, 86_400
CODES = ("source", "category", "agency", "village", "district", "service_class", "policy")
AFTER_RECEIPT = ("answered", "first_answer", "resolved", "finished", "answer_due", "resolve_due", "limit_due")
"""Given as seconds after the receipt."""

Row = dict[str, Any]


def a_row(received: int = AT - DAY_S, **changes: Any) -> Row:
    """`received` is a moment; of AFTER_RECEIPT each is given as seconds after it. An answer is the first one, too."""
    row: Row = {"source": "api", "category": "sampah", "agency": "dlh", "village": SISIR, "service_class": "pengaduan"}
    row |= {"policy": "biasa:1", "state": CaseState.DISPATCHED, "received": received, "started": received} | changes
    row.setdefault("first_answer", row.get("answered"))
    if row.get("finished") is not None:
        row = {"state": CaseState.RESOLVED, "end": End.RESOLVED, "resolved": row["finished"]} | row
        row["state"] = changes.get("state", CaseState.RESOLVED)
    return row


def some_columns(rows: Sequence[Row], at: int = AT) -> CaseColumns:
    """The columns of these cases, numbered from 1; `former` of a row: its earlier cycles, with moments."""
    kinds = array_fields(CaseColumns)
    columns = {name: np.zeros(len(rows), dtype=kind) for name, kind in kinds.items()}
    names: dict[str, list[str]] = {table: [""] for table in (*CODES, "reason")}
    for place, row in enumerate(rows):
        columns["id"][place] = place + 1
        for name, value in row.items():
            if name in ("pauses", "former"):
                continue
            columns[name][place] = _number(name, value, row, names)
    cycles = [{"row": place} | cycle for place, row in enumerate(rows) for cycle in row.get("former", ())]
    kinds = array_fields(FormerColumns)
    former = {name: np.array([each.get(name, 0) for each in cycles], dtype=kind) for name, kind in kinds.items()}
    pauses = _pauses(rows, names)
    known = Names(**{table: tuple(each) for table, each in names.items()})
    return CaseColumns(1, at, known, FormerColumns(**former), pauses, **columns)


def _pauses(rows: Sequence[Row], names: dict[str, list[str]]) -> PauseColumns:
    """The `pauses` of each row: (agency, reason, since, until), seconds after its receipt."""
    found = [
        (place, _code("agency", agency, names), _code("reason", reason, names), row["received"] + since, until)
        for place, row in enumerate(rows)
        for agency, reason, since, until in row.get("pauses", ())
    ]
    kinds = array_fields(PauseColumns)
    columns = {name: np.array([row[n] for row in found], dtype=kind) for n, (name, kind) in enumerate(kinds.items())}
    received = np.array([row["received"] for row in rows], dtype=np.uint32)
    columns["until"] = columns["until"] + received[columns["row"]] if found else columns["until"]
    return PauseColumns(**columns)


def _number(name: str, value: Any, row: Mapping[str, Any], names: dict[str, list[str]]) -> int:
    if value is None:
        return 0
    if name in CODES:
        return _code(name, value, names)
    if name == "said" and isinstance(value, str):
        return what_is_said(value)
    if name == "state":
        return STATES.index(value)
    return int(row["received"] + value) if name in AFTER_RECEIPT else int(value)


def _code(table: str, name: str, names: dict[str, list[str]]) -> int:
    if name not in names[table]:
        names[table].append(name)
    return names[table].index(name)


def a_frame(rows: Sequence[Row], days: int = 30, **changes: Any) -> Frame:
    """The cases of the last days until today, of all agencies."""
    last = NOW.date()
    period = Period(AT - (AT + 7 * HOUR_S) % DAY_S - (days - 1) * DAY_S, AT - (AT + 7 * HOUR_S) % DAY_S + DAY_S)
    assert period.last == last
    plain: dict[str, Any] = {
        "city": a_city(),
        "calendars": calendars(),
        "period": period,
        "before": None,
        "filters": Filters(),
        "scope": None,
    }
    return Frame(columns=some_columns(rows), **(plain | changes))
