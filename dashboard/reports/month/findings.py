"""Sentences made from figures: level, difference, largest. One finding each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dashboard.reports.month.building import is_enough, largest
from dashboard.reports.month.facts import Finding, Name, Points, Value
from dashboard.reports.month.tables import Cell, Duration, Share, Table


def of_count(table: Table, column: str) -> Iterator[Finding]:
    """The level of a count in the period, then how it differs from the time before and from a year ago."""
    now = table.cell("this", column)
    if not isinstance(now, int):
        return
    yield Finding(f"{column}.{'some' if now else 'none'}", {"n": now})
    for key in ("before", "year_before"):
        then = table.cell(key, column)
        if isinstance(then, int) and (now or then):
            yield Finding(f"change.{key}.{_direction(now, then)}", {"n": now, "then": then, "by": abs(now - then)})


def of_share(table: Table, column: str) -> Iterator[Finding]:
    """The level of a share, and the difference in percentage points; of few cases the count alone."""
    now, then = table.cell("this", column), table.cell("before", column)
    if not isinstance(now, Share) or not now.of:
        yield Finding(f"{column}.none")
        return
    yield Finding(f"{column}.{'some' if is_enough(now) else 'few'}", {"share": now})
    if is_enough(now) and isinstance(then, Share) and is_enough(then):
        points = 100 * (now.part / now.of - then.part / then.of)  # subtracted before it is rounded
        direction = "same" if round(abs(points), 1) == 0 else ("up" if points > 0 else "down")
        yield Finding(f"points.{direction}", {"points": Points(points), "now": now, "then": then})


def of_duration(table: Table, code: str) -> Iterator[Finding]:
    """Median and 90th percentile."""
    n, median, p90 = (table.cell("this", f"{code}_{end}") for end in ("n", "median", "p90"))
    if not n:
        yield Finding(f"{code}.none")
    elif isinstance(median, Duration) and isinstance(p90, Duration):
        yield Finding(f"{code}.some", {"n": n, "median": median, "p90": p90})
    else:
        yield Finding(f"{code}.few", {"n": n})


def of_largest(table: Table, column: str, key: str) -> Iterator[Finding]:
    """Which row has the most, and how much of the whole that is."""
    row = largest(table, column)
    if row is not None:
        place = table.column(column)
        yield Finding(key, {"name": Name(table.of, row.key), "n": _value(row.cells[place])})


def _direction(now: int, then: int) -> str:
    if now == then:
        return "same"
    return "up" if now > then else "down"


def _value(cell: Cell) -> Value:
    return cell


def finding(key: str, **values: Any) -> Finding:
    """A sentence with its values."""
    given: Mapping[str, Value] = values
    return Finding(key, given)
