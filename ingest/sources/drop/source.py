"""A folder into which agencies put CSV files and workbooks; beside each appears what became of its rows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from data.store.db.engine import StoreDown, reading
from data.store.intake import taken_files
from ingest.settings import SourceContext, SourceSettings
from ingest.source import Delivery, FileMark, Raw, Record, SourceDown
from ingest.tabular.detection.inspect import inspect
from ingest.tabular.detection.workbook_table import look_through_book
from ingest.tabular.known_mappings import KnownTables
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.raw_rows import batches, read_raw, row_of, with_last
from ingest.tabular.readers.archive import OTHER_SUFFIXES, XLSX_SUFFIXES, is_zip, refuse_others
from ingest.tabular.readers.csv_table import BrokenTable, CsvLine, Table, TableFormat, look_through, stamp_of
from ingest.tabular.results.drop_result import RESULTS, BookResult, result_of
from ingest.tabular.results.result_file import ResultFile

_INPUTS = frozenset({".csv"}) | XLSX_SUFFIXES | OTHER_SUFFIXES


class DropSettings(SourceSettings):
    """A drop folder."""

    kind: Literal["drop"]
    folder: str = Field(min_length=1)
    """Absolute, or relative to BATT_HOME; it is made when it does not exist."""
    settle_s: float = Field(default=10, ge=0)
    """A file is complete when it did not change for this long, or between two looks."""
    format: TableFormat = TableFormat()
    mapping: MappingSettings
    counterpart: bool = False
    """True: this is the export of SP4N-LAPOR!, and what it lists is kept to be reconciled with what is here."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look at a file found: a table and how it is read, or why it is none."""

    stamp: tuple[int, int]
    found: tuple[Table, TableMapping] | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a delivery came from: kept in its context, to write the result."""

    table: Table
    lines: tuple[tuple[CsvLine, str], ...]
    """Each row with its external id, '' for a blank one and for an example."""
    begin: int | None
    """Of the first delivery in a run: the number of the last row that the result holds already."""


class DropFolder:
    """The source. The folder and the store say what is done; what is kept here only spares a second look."""

    def __init__(self, name: str, settings: DropSettings, around: SourceContext) -> None:
        self.name, self.every_s = name, settings.every_s
        self._settings, self._engine = settings, around.engine
        self._folder = around.home / Path(settings.folder).expanduser()
        agencies, demo = around.city.agencies, around.demo
        self._tables = KnownTables(
            name,
            settings.mapping,
            lambda mapping, mark: TableMapping(mapping, agencies, demo=demo, mark=mark),
            around.engine,
        )
        self._looks: dict[Path, _Look] = {}
        self._seen: dict[Path, tuple[int, int]] = {}
        self._done: set[tuple[Path, str]] = set()

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """The rows of every complete file that was not taken yet, oldest file first.

        Raises SourceDown when the folder cannot be used, and, after all files that can be taken, when one lies
        there that cannot be read.
        """
        refused = []
        self._forgive()
        for path in self._complete(now):
            look = self._look(path)
            if look is not None and look.found is not None:
                yield from self._take(*look.found, cursor)
            elif look is not None:
                refused.append(f"{path.name}: {look.fault}")
                self._refuse(path, look)
        if refused:
            raise SourceDown(f"{len(refused)} berkas di {self._folder} tidak dapat dibaca; {'; '.join(refused[:3])}")

    def read(self, raw: Raw, now: datetime) -> Record:
        """A row as a Record. Raises Unreadable."""
        return read_raw(raw, self._tables.of_row(raw.payload))

    def stored(self, delivery: Delivery, outcomes: Mapping[str, str], now: datetime) -> None:
        """Write what became of the rows; after the last of a file, put the result in its place."""
        spot: _Spot = delivery.context["spot"]
        result = result_of(spot.table)
        try:
            if spot.begin is not None:
                result.begin(spot.begin)
            result.add(row_of(line, external_id, outcomes) for line, external_id in spot.lines)
            if delivery.file is not None:
                result.finish()
        except OSError as wrong:
            raise self._cannot_write(wrong) from None

    def _forgive(self) -> None:
        """What was refused is looked at again once somebody has corrected a mapping."""
        try:
            if self._tables.has_learnt():
                self._looks = {path: look for path, look in self._looks.items() if look.found is not None}
        except StoreDown as wrong:
            raise _no_store(wrong) from wrong

    def _complete(self, now: datetime) -> list[Path]:
        """Files that nobody is writing any more, oldest first."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            found = [path for path in self._folder.iterdir() if _is_input(path) and path.is_file()]
        except OSError as wrong:
            raise SourceDown(f"folder {self._folder} tidak dapat dibaca: {wrong.strerror}; periksa izinnya") from None
        if not os.access(self._folder, os.W_OK):
            raise SourceDown(f"folder {self._folder} tidak dapat ditulisi; berkas hasil perlu izin menulis di situ")
        stamps = {path: stamp for path in found if (stamp := _stamp(path)) is not None}
        seen, self._seen = self._seen, stamps
        self._looks = {path: look for path, look in self._looks.items() if path in stamps}
        at_rest = now.timestamp() - self._settings.settle_s
        ready = [path for path, stamp in stamps.items() if stamp[1] / 1e9 <= at_rest or seen.get(path) == stamp]
        return sorted(ready, key=lambda path: (stamps[path][1], path.name))

    def _look(self, path: Path) -> _Look | None:
        """What the file is; None when it has vanished."""
        known = self._looks.get(path)
        try:
            if known is None or known.stamp != stamp_of(path):
                self._looks[path] = self._look_through(path)
        except FileNotFoundError:
            return None
        return self._looks[path]

    def _look_through(self, path: Path) -> _Look:
        stamp = stamp_of(path)
        try:
            return _Look(stamp, self._found(path))
        except BrokenTable as wrong:
            return _Look(stamp, None, str(wrong))
        except PermissionError:
            return _Look(stamp, None, "tidak ada izin membaca berkas ini")

    def _found(self, path: Path) -> tuple[Table, TableMapping]:
        """A header that a person has corrected once is read as corrected, every other one by our own mapping.

        Raises BrokenTable, OSError, SourceDown.
        """
        own = self._tables.own
        try:
            table = self._table(path, own)
            corrected = self._corrected(table.header)
        except BrokenTable as wrong:
            header = _header(path)
            corrected = self._corrected(header)
            if not header:  # no table at all: there are no columns to be matched
                raise
            if corrected is None:
                raise BrokenTable(f"{wrong}; atau unggah di /sumber/{self.name} dan cocokkan kolomnya sekali") from None
            return self._table(path, corrected), corrected
        return (table, own) if corrected is None else (self._table(path, corrected), corrected)

    def _corrected(self, header: Sequence[str]) -> TableMapping | None:
        try:
            return self._tables.of_header(header)
        except StoreDown as wrong:
            raise _no_store(wrong) from wrong

    def _table(self, path: Path, mapping: TableMapping) -> Table:
        """By its content, whatever its name says. Raises BrokenTable, OSError."""
        with path.open("rb") as file:
            start = file.read(512)
        if is_zip(start):
            return look_through_book(path, mapping.columns, mapping.needed)
        refuse_others(path, start)
        return look_through(path, self._settings.format, mapping.columns, mapping.needed)

    def _refuse(self, path: Path, look: _Look) -> None:
        """Say so beside the file, once for each content."""
        result = (BookResult if path.suffix.lower() in XLSX_SUFFIXES else ResultFile)(path, "")
        try:
            if not result.is_newer_than(look.stamp[1]):
                result.refuse(look.fault)
        except OSError as wrong:
            raise self._cannot_write(wrong) from None

    def _take(self, table: Table, mapping: TableMapping, cursor: str | None) -> Iterator[Delivery]:
        if (table.path, table.digest) in self._done:
            return
        try:
            start = _start(table, result_of(table), cursor, taken=self._is_taken(table))
        except OSError as wrong:
            raise self._cannot_write(wrong) from None
        if start is None:
            self._done.add((table.path, table.digest))
            return
        try:
            yield from self._deliveries(table, mapping, start)
        except FileNotFoundError:
            return  # taken away again: what was read of it is stored
        except BrokenTable as wrong:
            if _unchanged(table):  # else it was written anew while it was read: looked through again
                fault = f"tidak dapat dibaca sampai akhir; yang di atasnya sudah diambil: {wrong}"
                self._looks[table.path] = _Look(table.stamp, None, fault)
                raise SourceDown(f"{table.path.name}: {fault}") from None

    def _is_taken(self, table: Table) -> bool:
        try:
            with reading(self._engine) as conn:
                return taken_files.is_taken(conn, self.name, table.digest)
        except StoreDown as wrong:
            raise _no_store(wrong) from wrong

    def _deliveries(self, table: Table, mapping: TableMapping, start: int) -> Iterator[Delivery]:
        done, begin = start, start + table.header_row
        for number, (batch, last) in enumerate(with_last(batches(table, mapping, start))):
            done = table.rows if last else batch[-1][0].number - table.header_row
            if last and not _unchanged(table):
                return  # it goes on growing: looked through again
            raws = tuple(raw for _, raw in batch if raw is not None)
            lines = tuple((line, raw.external_id if raw else "") for line, raw in batch)
            spot = _Spot(table, lines, None if number else begin)
            cursor = json.dumps({"digest": table.digest, "rows": done})
            mark = FileMark(table.digest, table.path.name) if last else None
            export = table.digest if self._settings.counterpart else None
            yield Delivery(raws, cursor, context={"spot": spot}, history=True, file=mark, export=export)

    def _cannot_write(self, wrong: OSError) -> SourceDown:
        return SourceDown(
            f"berkas hasil tidak dapat ditulis di {self._folder}: {wrong.strerror}; beri izin menulis atau ruang disk"
        )


def _header(path: Path) -> Sequence[str]:
    """The names of a table's columns, whatever they are; none of a file that is no table."""
    try:
        return inspect(path, path.name).columns
    except BrokenTable:
        return ()


def _no_store(wrong: StoreDown) -> SourceDown:
    return SourceDown(f"penyimpanan tidak menjawab: {wrong.orig}; dicoba lagi sendiri")


def _is_input(path: Path) -> bool:
    name = path.name.lower()
    return not name.startswith((".", "~")) and not name.endswith(RESULTS) and path.suffix.lower() in _INPUTS


def _start(table: Table, result: ResultFile, cursor: str | None, *, taken: bool) -> int | None:
    """How many rows are done, stored and written; None when there is nothing to do.

    Rows that were stored but not written, because the process died in between, are handed over again: the
    pipeline knows them.
    """
    written = result.begun()
    at = json.loads(cursor) if cursor else {}
    ours = at.get("digest") == table.digest
    if taken and written is None:
        if result.is_newer_than(table.stamp[1]):
            return None
        if not ours:  # long ago, or under another name
            result.known()
            return None
    stored = table.rows if taken else int(at["rows"]) if ours else 0
    return min(stored, max(0, (written or 0) - table.header_row))


def _unchanged(table: Table) -> bool:
    return _stamp(table.path) == table.stamp


def _stamp(path: Path) -> tuple[int, int] | None:
    """None when it has vanished."""
    try:
        return stamp_of(path)
    except FileNotFoundError:
        return None
