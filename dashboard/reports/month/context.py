"""What the chapters of a report are made from: the columns of one change's number, the spans, the sources' hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from data.domain.city.model import City
from data.domain.figures.period import By, Filters, Period, Step, Table, figures
from data.domain.history.columns import NONE, CaseColumns, FormerColumns, PauseColumns, array_fields
from data.domain.sources.days import Hour
from data.domain.sources.rhythm import Rhythm
from data.domain.sources.screens import Blind
from data.store.queries.market.month import Sales


@dataclass(frozen=True, slots=True)
class SourceHours:
    """What is known of one source's contacts."""

    name: str
    expected_s: float
    rows: Sequence[Hour]
    """Oldest first."""
    rhythm: Rhythm | None
    enabled: bool


@dataclass(frozen=True, slots=True)
class ScreenTimes:
    """When one screen was connected to no server."""

    name: str
    known_from: int | None = None
    """Since when that is known within the period, epoch seconds; None: nothing is."""
    blind: Sequence[Blind] = ()


@dataclass(frozen=True)
class MonthContext:
    """Everything that a chapter may ask."""

    city: City
    columns: CaseColumns
    period: Period
    before: Period
    """As many months directly before."""
    year_before: Period
    """The same months a year before."""
    filters: Filters
    sources: tuple[SourceHours, ...] = ()
    silent: frozenset[date] = frozenset()
    """The local days on which no source was heard."""
    screens: tuple[ScreenTimes, ...] = ()
    rejected: Mapping[str, int] | None = None
    """Records that wait as unreadable, by source."""
    codes: Mapping[int, str] | None = None
    """The codes of the oldest open cases by their ids."""
    names: Mapping[str, Mapping[str, str]] | None = None
    points: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """How many gave 1, 2, 3, 4 in the period to each of the nine elements of the satisfaction survey."""
    sales: Mapping[str, Sales | None] | None = None
    """The trades of the three spans, by their names (this, before, year_before); None of one that is before the first
    trade. None: it is the report of one agency."""

    def ask(
        self, *figure_codes: str, by: By | None = None, step: Step | None = None, period: Period | None = None
    ) -> Table:
        """Figures of the report's cases."""
        return figures(
            self.columns,
            period or self.period,
            self.filters,
            by=by,
            step=step,
            codes=figure_codes,
            no_answers_from=self.city.no_answers_from,
            silent=self.silent,
        )

    @cached_property
    def wanted(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which rows are the report's."""
        wanted = np.ones(len(self.columns), dtype=np.bool_)
        for table, names in self.filters.by_table().items():
            wanted &= np.isin(getattr(self.columns, table), self.columns.names.codes(table, names))
        return wanted

    @cached_property
    def ends(self) -> int:
        """The last second that counts: of the period, or of the columns when they know less."""
        return min(self.period.end - 1, self.columns.at)

    def knows(self, period: Period) -> bool:
        """Whether anything is known of so early a time: before the first case there is no data, which is not 0."""
        received = self.columns.received
        return bool(len(received)) and period.end > int(received.min())


def public(columns: CaseColumns, since: int) -> CaseColumns:
    """The same without the cases that are private, and without those that were over before `since` (epoch seconds) and
    of which nothing fell due since: no figure of a later period counts them.
    """
    late = (columns.finished == NONE) | (columns.finished >= since) | (columns.answer_due >= since)
    keep = late & ~columns.private
    places = np.cumsum(keep) - 1
    own: dict[str, Any] = {name: getattr(columns, name)[keep] for name in array_fields(CaseColumns)}
    for name, kind in (("former", FormerColumns), ("pauses", PauseColumns)):
        table = getattr(columns, name)
        theirs = keep[table.row] if len(table) else np.zeros(0, dtype=np.bool_)
        left = {column: getattr(table, column)[theirs] for column in array_fields(kind)}
        own[name] = kind(**left | {"row": places[left["row"]].astype(np.uint32)})
    return replace(columns, **own)
