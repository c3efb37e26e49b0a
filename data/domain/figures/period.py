"""Figures of a period, as known at the columns' number: `figures(columns, period)` for wall, chart, table and report.

    table = figures(columns, Period.months("2026-10"), by=By.AGENCY, step=Step.WEEK, codes=("on_time", "received"))
    table.total["on_time"]  # Share(part, n) of the whole period
    for row in table.rows:
        row.name, row.part, row.values["on_time"]

The whole is computed from the cases, not from the rows: shares and medians cannot be added, stocks must not be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from data.domain.figures.definitions import BY_CODE, DEFINITIONS, Definition, Kind, Subject
from data.domain.figures.selection import NO_FILTERS, Bucket, By, Filters, Period, Step
from data.domain.figures.values import Count, Value
from data.domain.figures.view import View, view
from data.domain.history.columns import CaseColumns

__all__ = ["By", "Filters", "Period", "Row", "Step", "Table", "figures"]

ALL_CODES = tuple(each.code for each in DEFINITIONS if each.subject is Subject.CASES)


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one name in one part of the time."""

    name: str
    """The code of the agency, category, ...; '' when the answer is not divided, and for what has none."""
    part: Bucket | None
    """None when the time is not divided."""
    values: Mapping[str, Value]
    """By the figure's code."""


@dataclass(frozen=True, slots=True)
class Table:
    """An answer. Two questions with the same columns have the same answer for ever."""

    seq: int
    at: int
    period: Period
    filters: Filters
    total: Mapping[str, Value]
    rows: tuple[Row, ...]
    """By name in alphabetical order, then by time. The names are those of all known cases, whatever the period."""


def figures(
    columns: CaseColumns,
    period: Period,
    filters: Filters = NO_FILTERS,
    *,
    by: By | None = None,
    step: Step | None = None,
    codes: Sequence[str] = ALL_CODES,
    no_answers_from: tuple[str, ...] = (),
    silent: Collection[date] = (),
) -> Table:
    """The figures `codes` of a period.

    no_answers_from: the sources of City.no_answers_from. silent: local days on which no source of these cases was
    heard: a flow of such a day is 'no data' unless something is known of it. Raises KeyError for an unknown figure.
    """
    asked = [BY_CODE[code] for code in codes]
    whole = view(columns, period, filters, None, None, no_answers_from=no_answers_from)
    total = _Total(whole, asked)
    if by is None and step is None:
        return Table(columns.seq, columns.at, period, filters, total, ())
    divided = view(columns, period, filters, by, step, no_answers_from=no_answers_from, like=whole)
    names = _names(columns, by)
    parts: Sequence[Bucket | None] = period.buckets(step) if step else (None,)
    values = {each.code: each.values(divided) for each in asked}
    rows = []
    for name, name_code in names:
        for number, part in enumerate(parts):
            cell = name_code * len(parts) + number
            of_cell = {each.code: _heard(each, values[each.code][cell], part, columns.at, silent) for each in asked}
            rows.append(Row(name, part, of_cell))
    return Table(columns.seq, columns.at, period, filters, total, tuple(rows))


class _Total(Mapping[str, Value]):
    """Each figure of the whole period, computed when somebody asks for it."""

    def __init__(self, whole: View, asked: Sequence[Definition]) -> None:
        self._whole, self._asked, self._known = whole, {each.code: each for each in asked}, dict[str, Value]()

    def __getitem__(self, code: str) -> Value:
        if code not in self._known:
            self._known[code] = self._asked[code].values(self._whole)[0]
        return self._known[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._asked)

    def __len__(self) -> int:
        return len(self._asked)


def _names(columns: CaseColumns, by: By | None) -> list[tuple[str, int]]:
    """The names that some known case has, each with its code, in alphabetical order."""
    if by is None:
        return [("", 0)]
    names: Sequence[str] = getattr(columns.names, by)
    used = np.bincount(getattr(columns, by), minlength=len(names))
    return sorted((name, code) for code, name in enumerate(names) if used[code])


def _heard(definition: Definition, value: Value, part: Bucket | None, at: int, silent: Collection[date]) -> Value:
    """The value, or 'no data' for a count of 0 of days that have not come or on which no source was heard."""
    if definition.kind is not Kind.FLOW or part is None or not isinstance(value, Count) or value.n:
        return value
    return Count(None) if part.start > at or all(day in silent for day in part.days) else value
