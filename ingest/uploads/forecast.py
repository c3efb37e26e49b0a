"""Foretells what an import would bring: how many cases are open then, and how many of them are overdue already.

The whole file is read, as the import reads it: by the pipeline's drafts and the store's clocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from data.domain.cases.model import EventKind
from data.domain.sla.case_status import case_status
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import HorizonError, epoch
from ingest.pipeline.batch import compute_statuses
from ingest.pipeline.drafting.drafts import ENDED, Draft, Drafter, dispatch_by_system
from ingest.pipeline.gc_pause import gc_paused
from ingest.pipeline.reading import read
from ingest.settings import SettingsModel, SourceContext
from ingest.source import Record
from ingest.tabular.detection.rows import rows
from ingest.tabular.detection.workbook_table import with_dates
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.raw_rows import RowReader, in_batches
from ingest.tabular.readers.model import Sheets

BATCH = 2000
"""Rows that are judged together."""


class Forecast(SettingsModel):
    """Cases of one file, each counted once, as they were at `at`."""

    open: int
    overdue: int
    """Of the open ones, by the citizen's clock that runs."""
    at: datetime


def forecast(sheets: Sheets, mapping: MappingSettings, about: SourceContext, now: datetime) -> Forecast:
    """Read the whole file once; nothing is stored. Raises BrokenTable, OSError.

    A report that the import would fold into an incident counts as open; one that stands twice is judged by its first
    row until a row ends it.
    """
    table = TableMapping(with_dates(mapping), about.city.agencies)
    reader = RowReader(sheets.name, table)
    lines = rows(sheets.path, sheets.form, table.columns, unique=table.unique, merges=sheets.merges)
    drafter, counting = Drafter(about.city, about.calendars, about.boundaries), _Counting(about, now)
    with gc_paused():
        for batch in in_batches(lines, sheets.digest, table, BATCH):
            read_ones = [read(reader, raw, now) for _, raw in batch if raw is not None]
            drafts = drafter.draft_many([each for each in read_ones if isinstance(each, Record)], now)
            counting.add([each for each in drafts if isinstance(each, Draft)])
    return counting.result()


class _Counting:
    """Grows by a number for each id."""

    def __init__(self, about: SourceContext, now: datetime) -> None:
        self._city, self._calendars, self._now = about.city, about.calendars, now
        self._closed: set[int] = set()
        self._due: dict[int, int | None] = {}
        """Of each open case, by the hash of its id, when its clock is due."""

    def add(self, drafts: Sequence[Draft]) -> None:
        """Of rows with one id the first tells when the case was received; a case that ended stays so."""
        running = []
        for draft in drafts:
            if _has_ended(draft):
                self._closed.add(hash(draft.record.external_id))
            elif draft.is_fresh(self._now):
                self._add_fresh(draft)
            else:
                running.append(draft)
        found = compute_statuses(running, "", self._now, self._city, self._calendars)
        for draft, is_open, due in zip(found.drafts, found.status["open"], found.status["next_due_at"], strict=True):
            self._add(draft, bool(is_open), due)

    def _add_fresh(self, draft: Draft) -> None:
        """The system may dispatch it at once."""
        terms = Terms(self._city, self._calendars, draft.category.code, draft.policy, draft.service_class)
        events = [*draft.history(""), *dispatch_by_system(draft, self._now)]
        with suppress(HorizonError):
            status = case_status(events, terms, self._now)
            self._add(draft, status.open, None if status.next_due_at is None else epoch(status.next_due_at))

    def _add(self, draft: Draft, is_open: bool, due: int | None) -> None:
        key = hash(draft.record.external_id)
        if is_open:
            self._due.setdefault(key, due)
        else:
            self._closed.add(key)

    def result(self) -> Forecast:
        """Of all that was added."""
        dues, now = [due for key, due in self._due.items() if key not in self._closed], epoch(self._now)
        return Forecast(open=len(dues), overdue=sum(due is not None and due < now for due in dues), at=self._now)


def _has_ended(draft: Draft) -> bool:
    kinds = {event.kind for event in draft.later}
    return not kinds.isdisjoint(ENDED) and EventKind.REOPENED not in kinds
