"""Figures of the one table of figures, as tables of a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dashboard.reports.month.context import MonthContext
from dashboard.reports.month.tables import TOTAL, Cell, Column, Duration, Kind, Row, Share, Table
from data.domain.figures import values as figure_values
from data.domain.figures.definitions import BY_CODE, Clock
from data.domain.figures.kpis import FEW, Unit
from data.domain.figures.period import By, Period, Step
from data.domain.figures.values import Value

NONE = "none"
"""The key of what has no agency, no village."""
VOLUME = ("received", "verified", "answered", "resolved", "open", "overdue")


def columns_of(codes: Iterable[str]) -> tuple[Column, ...]:
    """The columns that these figures take."""
    return tuple(column for code in codes for column in _columns(code))


def _columns(code: str) -> Iterator[Column]:
    """A duration has a column for how many, its median and its 90th percentile."""
    definition = BY_CODE[code]
    if definition.unit is Unit.COUNT:
        yield Column(code, Kind.COUNT)
    elif definition.unit is Unit.SHARE:
        yield Column(code, Kind.SHARE)
    elif definition.unit is Unit.SECONDS:
        kind = Kind.WORKING if definition.clock is Clock.WORKING else Kind.ELAPSED
        yield Column(f"{code}_n", Kind.COUNT)
        yield Column(f"{code}_median", kind)
        yield Column(f"{code}_p90", kind)
    else:
        yield Column(f"{code}_n", Kind.COUNT)
        yield Column(f"{code}_mean", Kind.NUMBER)


def cells_of(codes: Iterable[str], values: Mapping[str, Value]) -> tuple[Cell, ...]:
    """The cells of these figures, in the order of `columns_of`."""
    return tuple(cell for code in codes for cell in _cells(code, values[code]))


def _cells(code: str, value: Value) -> Iterator[Cell]:
    match value:
        case figure_values.Count(n):
            yield n
        case figure_values.Share():
            yield Share(value.part, value.n)
        case figure_values.Duration():
            yield value.n
            yield from _times(value, working=BY_CODE[code].clock is Clock.WORKING)
        case figure_values.Score():
            yield value.n
            yield None if value.mean is None or value.few else round(value.mean, 2)
        case figure_values.Expected(cases):
            yield None if cases is None else round(cases)


def _times(value: figure_values.Duration, *, working: bool) -> Iterator[Cell]:
    """Median and p90; of few cases there is none, and one that is not reached is told as longer than observed."""
    for seconds in (value.median_s, value.p90_s):
        if value.few:
            yield None
        elif seconds is not None:
            yield Duration(round(seconds), working)
        else:
            yield None if value.beyond_s is None else Duration(int(value.beyond_s), working, over=True)


def table_by(context: MonthContext, name: str, by: By, codes: Sequence[str], *, published: bool = False) -> Table:
    """A row a name that has anything, and the row `total`."""
    asked = context.ask(*codes, by=by)
    rows = [Row(row.name or NONE, cells_of(codes, row.values)) for row in asked.rows]
    shown = sorted((row for row in rows if any(map(_tells, row.cells))), key=lambda row: (row.key == NONE, row.key))
    total = Row(TOTAL, cells_of(codes, asked.total))
    return Table(name, str(by), columns_of(codes), (*shown, total), published)


def table_over(context: MonthContext, name: str, step: Step, codes: Sequence[str]) -> Table:
    """A row a part of the time, by its first day; none is missing."""
    asked = context.ask(*codes, step=step)
    rows = [Row(row.part.first.isoformat(), cells_of(codes, row.values)) for row in asked.rows if row.part is not None]
    return Table(name, str(step), columns_of(codes), tuple(rows))


def table_of_spans(context: MonthContext, name: str, codes: Sequence[str]) -> Table:
    """The period, the one before, and the same a year ago; of what is before the first case there is no data."""
    columns = columns_of(codes)
    rows = [Row(key, _of_span(context, period, codes, len(columns))) for key, period in spans(context)]
    return Table(name, "span", columns, tuple(rows))


def spans(context: MonthContext) -> tuple[tuple[str, Period], ...]:
    """By the names that their rows have."""
    return ("this", context.period), ("before", context.before), ("year_before", context.year_before)


def _of_span(context: MonthContext, period: Period, codes: Sequence[str], width: int) -> tuple[Cell, ...]:
    if period is not context.period and not context.knows(period):
        return (None,) * width
    return cells_of(codes, context.ask(*codes, period=period).total)


def _tells(cell: Cell) -> bool:
    """Whether it is more than nothing."""
    return bool(cell.of) if isinstance(cell, Share) else bool(cell)


def largest(table: Table, column: str) -> Row | None:
    """The row with the most, of those with a name; None when no row has any, or several have as many."""
    place = table.column(column)
    rows = sorted(
        (row for row in table.rows if row.key not in {TOTAL, NONE} and _count(row.cells[place])),
        key=lambda row: -_count(row.cells[place]),
    )
    most = [row for row in rows if row.cells[place] == rows[0].cells[place]]
    return most[0] if len(most) == 1 else None


def _count(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


def is_enough(cell: Cell) -> bool:
    """Whether a share is of enough cases to be called one."""
    return isinstance(cell, Share) and cell.of >= FEW
