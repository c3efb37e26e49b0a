"""Columns made by hand: a case is what it says, everything else is as in a quiet case of one agency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from data.domain.cases.model import CaseState
from data.domain.history.columns import (
    STATES,
    UNKNOWN_S,
    CaseColumns,
    End,
    FormerColumns,
    Names,
    PauseColumns,
    array_fields,
)

ZONE = ZoneInfo("Asia/Jakarta")
TABLES = ("source", "category", "agency", "village", "district", "service_class", "policy")
_STATE_OF = {
    End.OPEN: CaseState.DISPATCHED,
    End.RESOLVED: CaseState.RESOLVED,
    End.CLOSED: CaseState.CLOSED,
    End.REJECTED: CaseState.REJECTED,
    End.MERGED: CaseState.MERGED,
}


def wib(text: str) -> int:
    """'2026-10-31 23:59' or '2026-10-31' (its midnight), local time, as epoch seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


def columns_of(at: str, cases: Sequence[Mapping[str, Any]], former: Sequence[Mapping[str, Any]] = ()) -> CaseColumns:
    """Each case as a mapping of its columns: moments as texts, names as names, `end` as an End.

    A former cycle says with `row` whose it is. Whatever is not said is 0.
    """
    names: dict[str, dict[str, int]] = {table: {"": 0} for table in TABLES}
    rows = [_row(n, given, names) for n, given in enumerate(cases)]
    kinds = array_fields(CaseColumns)
    arrays = {name: np.array([row.get(name, 0) for row in rows], dtype=kind) for name, kind in kinds.items()}
    lists = {table: tuple(known) for table, known in names.items()}
    no_pauses = PauseColumns(**{name: np.zeros(0, dtype=kind) for name, kind in array_fields(PauseColumns).items()})
    return CaseColumns(0, wib(at), Names(**lists), _former(former), no_pauses, **arrays)


def _row(n: int, given: Mapping[str, Any], names: dict[str, dict[str, int]]) -> dict[str, Any]:
    plain = {"agency": "dlh", "category": "sampah", "source": "api", "answer_worked": UNKNOWN_S} | dict(given)
    row = {name: _value(name, value, names) for name, value in plain.items()}
    row |= {"id": n + 1, "end": row.get("end", End.RESOLVED if "finished" in row else End.OPEN)}
    row.setdefault("started", row.get("received", 0))
    return {"state": STATES.index(_STATE_OF[End(row["end"])])} | row


def _value(name: str, value: Any, names: dict[str, dict[str, int]]) -> Any:
    if name in names:
        return names[name].setdefault(value, len(names[name]))
    return wib(value) if isinstance(value, str) else value


def _former(former: Sequence[Mapping[str, Any]]) -> FormerColumns:
    kinds = array_fields(FormerColumns)
    rows = [{name: _value(name, value, {}) for name, value in each.items()} for each in former]
    return FormerColumns(**{name: np.array([row.get(name, 0) for row in rows], dtype=k) for name, k in kinds.items()})
