"""The first rows of a table as they would become cases, with everything that is wrong by cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from pydantic import ValidationError

from data.domain.city.model import City
from data.domain.reasons import Reason, decode_reason
from data.domain.sla.calendars import Calendars
from data.domain.sla.case_status import responsible_agency, state_at
from data.domain.sla.history import read_history
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import epoch
from data.reference.boundaries.areas import Boundaries
from ingest.guide.drafts import GuideDraft, GuideDrafter
from ingest.guide_record import GuideRecord
from ingest.market.drafts import MarketDraft, MarketDrafter, WithoutData
from ingest.market_record import MarketRecord
from ingest.pipeline.drafting.drafts import Draft, dispatch_by_system
from ingest.pipeline.reading import validation_reason
from ingest.source import OTHER, Record, Unreadable
from ingest.tabular.detection.first_rows import FIRST, first_lines
from ingest.tabular.detection.workbook_table import with_dates
from ingest.tabular.mapping.cell_errors import columns_of
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.readers.csv_table import ROW_FAULT, CsvLine
from ingest.tabular.readers.model import Sheets

WHOLE_ROW = ""
"""The column of faults of the row as a whole."""


class Drafting(Protocol):
    """What makes drafts: ingest.pipeline.drafting.drafts.Drafter."""

    boundaries: Boundaries

    def draft(self, record: Record, now: datetime) -> Draft:
        """See there."""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row. Of one with faults fields are None where they are not known."""

    number: int
    """As a spreadsheet counts."""
    cells: Mapping[str, str]
    external_id: str | None
    category: str | None
    """By code."""
    village: str | None
    """By Kemendagri code; None also when nothing tells it."""
    agency: str | None
    """By code: who will hold it, or to whom it is routed."""
    received_at: datetime | None
    state: str | None
    """A CaseState."""
    faults: Mapping[str, Reason | str]
    """By column; WHOLE_ROW is the row itself."""
    market: MarketDraft | None = None
    """Of a table of the market: what it was understood as; None also of a price of zero."""
    guide: GuideDraft | None = None
    """Of a table of the guide: what it was understood as."""
    unnamed: bool = False
    """True: the file names no category that is known, and the row's words decide."""


def preview(
    sheets: Sheets,
    mapping: MappingSettings,
    drafter: Drafting,
    city: City,
    now: datetime,
    *,
    limit: int = FIRST,
) -> tuple[PreviewRow, ...]:
    """The first rows that are not empty, at most `limit` of those that were kept; nothing is read, nothing stored."""
    table = TableMapping(with_dates(mapping), city.agencies)
    lines = islice(first_lines(sheets, table.columns, unique=table.unique), limit)
    return tuple(Previewer(mapping, table, drafter, city).row(line, now) for line in lines)


class Previewer:
    """Previews the rows of one table."""

    def __init__(self, mapping: MappingSettings, table: TableMapping, drafter: Drafting, city: City) -> None:
        self._mapping, self._table, self._drafter, self._city = mapping, table, drafter, city
        self._market = MarketDrafter(city.market, city.timezone)
        self._guide = GuideDrafter(city.guide, city.timezone, drafter.boundaries)

    def row(self, line: CsvLine, now: datetime) -> PreviewRow:
        """One row that is not empty."""
        assert line.payload is not None
        payload = dict(line.payload)
        fault = payload.pop(ROW_FAULT, None)
        if fault is not None and not line.faults:  # its width is wrong
            cells = {str(n): str(cell) for n, cell in enumerate(payload.get("isi", ()), 1)}
            whole = {WHOLE_ROW: decode_reason(str(fault))}
            return PreviewRow(line.number, cells, None, None, None, None, None, None, whole)
        faults: dict[str, Reason | str] = dict(line.faults)
        for column, why in self._faults(payload):
            faults.setdefault(column, why)
        unsound = set(faults)
        if self._mapping.position is not None and unsound & set(self._mapping.position.columns):
            unsound |= set(self._mapping.position.columns)
        sound = {column: "" if column in unsound else cell for column, cell in payload.items()}
        draft = self._draft(sound, faults, now)
        if isinstance(draft, MarketDraft) and not faults:
            record = draft.record
            return PreviewRow(
                line.number, payload, record.external_id, None, None, None, record.at, None, faults, market=draft
            )
        if isinstance(draft, GuideDraft) and not faults:
            told = draft.record
            return PreviewRow(
                line.number, payload, told.external_id, None, None, None, told.at, None, faults, guide=draft
            )
        if not isinstance(draft, Draft) or faults:
            external_id, received_at = self._known(payload)
            return PreviewRow(line.number, payload, external_id, None, None, None, received_at, None, faults)
        return self._row_of(line.number, payload, draft, now)

    def _faults(self, payload: Mapping[str, Any]) -> Iterator[tuple[str, Reason | str]]:
        for fault in self._table.faults(payload):
            yield from self._by_column(fault.reason, payload)

    def _by_column(self, why: Reason | str, payload: Mapping[str, Any]) -> Iterator[tuple[str, Reason | str]]:
        columns = columns_of(why, tuple(payload), self._mapping)
        yield from ((column, why) for column in columns or (WHOLE_ROW,))

    def _draft(
        self, payload: Mapping[str, Any], faults: dict[str, Reason | str], now: datetime
    ) -> Draft | MarketDraft | GuideDraft | None:
        """None when only now something turns out to be wrong, which is added to `faults`, and of a price of zero."""
        try:
            record = self._table.read(payload)
            if isinstance(record, GuideRecord):
                return self._guide.draft(record, now)
            if isinstance(record, MarketRecord):
                return self._market.draft(record, now)
            return self._drafter.draft(record, now)
        except WithoutData:
            return None
        except ValidationError as wrong:
            why: Reason | str = validation_reason(wrong)
        except Unreadable as wrong:
            why = wrong.reason
        for column, each in self._by_column(why, payload):
            if payload.get(column) or not faults:
                faults.setdefault(column, each)
        return None

    def _known(self, payload: Mapping[str, Any]) -> tuple[str | None, datetime | None]:
        """Number and time of receipt, where at least these can be read."""
        external_id, received_at = None, None
        try:
            external_id = self._table.external_id(payload)
            received_at = self._table.received_at(payload)
        except Unreadable:
            return external_id, None
        return external_id, received_at

    def _row_of(self, number: int, cells: Mapping[str, str], draft: Draft, now: datetime) -> PreviewRow:
        """As the store will hold it, unless it is merged into an incident, which only the store knows."""
        record, code = draft.record, draft.category.code
        terms = Terms(self._city, Calendars({}), code, draft.policy, draft.service_class)
        history = read_history([*draft.history(""), *dispatch_by_system(draft, now)], terms)
        state = str(state_at(history, max(epoch(now), history.updated)))
        return PreviewRow(
            number,
            cells,
            record.external_id,
            code,
            draft.location.village,
            responsible_agency(history),
            record.received_at,
            state,
            {},
            unnamed=draft.choice.stated == OTHER,
        )
