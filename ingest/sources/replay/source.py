"""A source for recordings: a table that is imported as it is, or replayed at a chosen speed with its times moved to
now."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from data.domain.reasons import reason
from data.texts import reason_in
from ingest.settings import SourceContext, SourceSettings, settings_error
from ingest.source import Delivery, Raw, Record, SourceDown
from ingest.sources.replay.timeline import Shift, Timeline, timeline
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.mapping.projection import into_city
from ingest.tabular.raw_rows import BATCH, batches, raw_of, read_raw
from ingest.tabular.readers.csv_table import (
    ROW_FAULT,
    BrokenTable,
    Table,
    TableFormat,
    inspect_csv,
    lines_of,
    stamp_of,
)

MANY = 50
"""A delivery with more records than this (after a pause, at a high speed) is stored in bulk."""
SHIFT = "_main"
"""The key in a payload with the parameters of the time shift."""


class ReplaySettings(SourceSettings):
    """The settings of a recording."""

    kind: Literal["replay"]
    mode: Literal["history", "live"]
    """history: everything at once, with its own times. live: replayed, as if it began when it was first started."""
    speed: float = Field(default=1, gt=0, le=1_000_000)
    """live: recorded seconds in a second. A replay that has started keeps the speed at its start."""
    demo: bool
    """True: its cases and all screens are marked DEMO."""
    path: str = Field(min_length=1)
    """Absolute, or relative to the repository's root."""
    path_env: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")
    """The environment variable that gives another path."""
    format: TableFormat = TableFormat()
    mapping: MappingSettings
    counterpart: bool = False
    """True: this is the export of SP4N-LAPOR!; the reports that it lists are stored for the reconciliation."""

    @field_validator("mapping")
    @classmethod
    def _is_of_cases(cls, mapping: MappingSettings) -> MappingSettings:
        if mapping.market is not None:
            raise settings_error("replays cases only; a table of the market is taken by a drop folder")
        return mapping


class Replay:
    """The source. `live` keeps the recording in memory; `history` reads it in batches."""

    def __init__(self, name: str, settings: ReplaySettings, context: SourceContext) -> None:
        self.name, self.every_s = name, settings.every_s
        self._settings, self._root = settings, context.root
        position = settings.mapping.position
        place = into_city(context.boundaries) if position and position.projected else None
        self._mapping = TableMapping(settings.mapping, context.city.agencies, demo=settings.demo, place=place)
        self._table: Table | None = None
        self._line: Timeline | None = None

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """Records not delivered yet: all, or in live mode those due by now. Raises SourceDown without a readable
        file."""
        table = self._table_of_file()
        at: dict[str, Any] = json.loads(cursor) if cursor else {}
        if self._settings.mode == "history":
            return self._history(table, at)
        return self._live(self._timeline(table), at, now)

    def read(self, raw: Raw, now: datetime) -> Record:
        """A row as a Record, in live mode with the events until now. Raises Unreadable."""
        record = self._read_case(raw)
        if SHIFT not in raw.payload:
            return record
        started, origin, speed, until = raw.payload[SHIFT]
        return Shift(started, origin, speed).of(record, until)

    def _read_case(self, raw: Raw) -> Record:
        record = read_raw(raw, self._mapping)
        assert isinstance(record, Record)  # the settings take no table of the market
        return record

    def _path(self) -> Path:
        settings = self._settings
        given = os.environ.get(settings.path_env) if settings.path_env else None
        return (self._root / Path(given or settings.path).expanduser()).resolve()

    def _table_of_file(self) -> Table:
        path = self._path()
        try:
            if self._table is None or self._table.path != path or self._table.stamp != stamp_of(path):
                needed = self._mapping.needed
                self._table = inspect_csv(path, self._settings.format, self._mapping.columns, needed)
        except BrokenTable as wrong:
            raise SourceDown(reason("replay.unreadable", path=str(path), error=reason_in(wrong))) from None
        except OSError as wrong:
            variable = self._settings.path_env
            how = reason("replay.set_variable", variable=variable) if variable else reason("replay.set_path")
            details = {"path": str(path), "error": wrong.strerror, "how": how, "source": self.name}
            raise SourceDown(reason("replay.not_opened", **details)) from None
        return self._table

    def _history(self, table: Table, at: Mapping[str, Any]) -> Iterator[Delivery]:
        done = int(at.get("rows", 0)) if at.get("file") == table.digest else 0
        for batch in batches(table, self._mapping, done):
            done += len(batch)
            if batch:
                raws = [raw for _, raw in batch if raw is not None]
                yield self._delivery(raws, {"file": table.digest, "rows": done}, history=True)

    def _live(self, line: Timeline, at: Mapping[str, Any], now: datetime) -> Iterator[Delivery]:
        """Records due by now. The cursor has start and speed, so that the times of a case never change."""
        shift = Shift(at.get("started", now.timestamp()), line.origin, at.get("speed", self._settings.speed))
        begin = int(at.get("next", 0)) if at.get("file") == line.table.digest else 0
        end = line.due(shift.recorded(now))
        for first in range(begin, end, BATCH):
            last = min(first + BATCH, end)
            main = [shift.started, shift.origin, shift.speed, line.times[last - 1]]
            raws = [replace(raw, payload={**raw.payload, SHIFT: main}) for raw in line.between(first, last)]
            cursor = {"file": line.table.digest, "started": shift.started, "speed": shift.speed, "next": last}
            yield self._delivery(raws, cursor, history=len(raws) > MANY)

    def _timeline(self, table: Table) -> Timeline:
        if self._line is None or self._line.table is not table:
            raws = [raw for line in lines_of(table) if (raw := raw_of(table, line, self._mapping)) is not None]
            self._line = timeline(table, [self._slim(raw) for raw in raws], self._read_case)
        return self._line

    def _slim(self, raw: Raw) -> Raw:
        """Only the columns of the mapping, because the recording stays in memory."""
        if ROW_FAULT in raw.payload:
            return raw
        columns = self._mapping.columns
        return replace(raw, payload={column: raw.payload[column] for column in columns if column in raw.payload})

    def _delivery(self, raws: Iterable[Raw], cursor: Mapping[str, object], *, history: bool) -> Delivery:
        export = str(cursor["file"]) if self._settings.counterpart else None
        return Delivery(tuple(raws), json.dumps(cursor), history=history, export=export)
