"""A folder into which agencies put CSV files and workbooks; the result of each file is written beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from data.domain.reasons import Reason, reason
from data.foreground import in_background
from data.store.db.engine import StoreDown, reading
from data.store.intake import taken_files
from ingest.settings import SourceContext, SourceSettings
from ingest.source import AnyRecord, Delivery, FileMark, Outcome, Raw, SourceDown
from ingest.tabular.detection.inspect import inspect
from ingest.tabular.detection.workbook_table import form_of, inspect_workbook
from ingest.tabular.known_mappings import KnownMappings
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.raw_rows import Batch, batches, read_raw, row_of, with_last
from ingest.tabular.readers.archive import OTHER_SUFFIXES, XLSX_SUFFIXES, is_zip, refuse_others
from ingest.tabular.readers.csv_table import BrokenTable, Table, TableFormat, inspect_csv, stamp_of
from ingest.tabular.results.result_file import ResultFile
from ingest.tabular.results.result_workbook import ResultWorkbook

_INPUTS = frozenset({".csv"}) | XLSX_SUFFIXES | OTHER_SUFFIXES
_RESULTS = (ResultFile.suffix, ResultWorkbook.suffix)


class FolderSettings(SourceSettings):
    """What every kind of drop folder has."""

    folder: str = Field(min_length=1)
    """Absolute, or relative to BATT_HOME; it is made when it does not exist."""
    settle_s: float = Field(default=10, ge=0)
    """A file is complete when it did not change for this long, or between two fetches."""
    format: TableFormat = TableFormat()
    mapping: MappingSettings
    counterpart: bool = False
    """True: this is the export of SP4N-LAPOR!, and what it lists is kept to be reconciled with what is here."""


class DropSettings(FolderSettings):
    """A drop folder."""

    kind: Literal["drop"]


class _Readable(NamedTuple):
    table: Table
    mapping: TableMapping


class _Refused(NamedTuple):
    stamp: tuple[int, int]
    why: Reason | str


class DropFolder:
    """The source. The folder and the store say what is done; what is kept here only saves reading a file again."""

    def __init__(self, name: str, settings: FolderSettings, around: SourceContext) -> None:
        self.name, self.every_s = name, settings.every_s
        self._settings, self._engine = settings, around.engine
        self._folder = around.home / Path(settings.folder).expanduser()
        agencies, demo = around.city.agencies, around.demo
        self._mappings = KnownMappings(
            name,
            settings.mapping,
            lambda mapping, mark: TableMapping(mapping, agencies, demo=demo, mark=mark),
            around.engine,
        )
        self._inspected: dict[Path, _Readable | _Refused] = {}
        self._stamps: dict[Path, tuple[int, int]] = {}
        self._finished: dict[Path, str] = {}
        """Digest of what was taken of each file."""

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """The rows of every complete file that was not taken yet, oldest file first.

        A file that cannot be read is refused in a result file beside it, which is no failure of the folder: a last
        delivery without records says how many there are. Raises SourceDown when the folder cannot be used, and, after
        all files that can be taken, when such a result file cannot be written.
        """
        refused, last, untold = [], cursor, None
        self._forget_refused()
        for path in self._complete_files(now):
            found = self._inspect(path)
            if isinstance(found, _Readable):
                for delivery in self._take(*found, cursor):
                    last = delivery.cursor
                    yield delivery
                found = self._inspected.get(path)  # refused, when it cannot be read to its end
            if isinstance(found, _Refused):
                refused.append(reason("drop.file", name=path.name, why=found.why))
                untold = self._write_refusal(path, found) or untold
        if untold is not None:
            raise untold
        if refused:
            yield Delivery((), last, remark=self._remark(refused))

    def _remark(self, refused: list[Reason]) -> Reason:
        return reason("drop.unreadable", n=len(refused), folder=str(self._folder), files=tuple(refused[:3]))

    def read(self, raw: Raw, now: datetime) -> AnyRecord:
        """A row as a Record. Raises Unreadable."""
        return read_raw(raw, self._mappings.of_row(raw.payload))

    def _forget_refused(self) -> None:
        """Once somebody has corrected a mapping, what was refused is inspected again."""
        with _asking_store():
            if self._mappings.has_changed():
                self._inspected = {path: each for path, each in self._inspected.items() if isinstance(each, _Readable)}

    def _complete_files(self, now: datetime) -> list[Path]:
        """Files that nobody is writing any more, oldest first."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            files = [path for path in self._folder.iterdir() if _is_input(path) and path.is_file()]
        except OSError as error:
            folder = {"folder": str(self._folder), "error": error.strerror}
            raise SourceDown(reason("drop.folder_unreadable", **folder)) from None
        if not os.access(self._folder, os.W_OK):
            raise SourceDown(reason("drop.folder_not_writable", folder=str(self._folder)))
        stamps = {path: stamp for path in files if (stamp := _stamp(path)) is not None}
        before, self._stamps = self._stamps, stamps
        self._inspected = {path: each for path, each in self._inspected.items() if path in stamps}
        self._finished = {path: digest for path, digest in self._finished.items() if path in stamps}
        settled = now.timestamp() - self._settings.settle_s
        complete = [path for path, stamp in stamps.items() if stamp[1] / 1e9 <= settled or before.get(path) == stamp]
        return sorted(complete, key=lambda path: (stamps[path][1], path.name))

    def _inspect(self, path: Path) -> _Readable | _Refused | None:
        """What the file is; None when it has vanished."""
        known = self._inspected.get(path)
        try:
            stamp = stamp_of(path)
            if known is None or stamp != (known.table.stamp if isinstance(known, _Readable) else known.stamp):
                known = self._inspected[path] = self._inspect_content(path, stamp)
        except FileNotFoundError:
            return None
        return known

    def _inspect_content(self, path: Path, stamp: tuple[int, int]) -> _Readable | _Refused:
        try:
            return self._readable(path)
        except BrokenTable as broken:
            return _Refused(stamp, broken.reason)
        except PermissionError:
            return _Refused(stamp, reason("drop.not_permitted"))

    def _readable(self, path: Path) -> _Readable:
        """A header that a person has corrected once is read as corrected, every other one by our own mapping.

        Raises BrokenTable, OSError, SourceDown.
        """
        own = self._mappings.own
        try:
            table = self._table(path, own)
            corrected = self._corrected(table.header)
        except BrokenTable as broken:
            header = _header(path)
            corrected = self._corrected(header)
            if not header:  # no table at all: there are no columns to be matched
                raise
            if corrected is None:
                raise BrokenTable(reason("drop.or_upload", why=broken.reason, source=self.name)) from None
            return _Readable(self._table(path, corrected), corrected)
        return _Readable(table, own) if corrected is None else _Readable(self._table(path, corrected), corrected)

    def _corrected(self, header: Sequence[str]) -> TableMapping | None:
        with _asking_store():
            return self._mappings.of_header(header)

    def _table(self, path: Path, mapping: TableMapping) -> Table:
        """By its content, whatever its name says. Raises BrokenTable, OSError."""
        with path.open("rb") as file:
            start = file.read(512)
        if is_zip(start):
            return inspect_workbook(path, mapping.columns, mapping.needed)
        refuse_others(path, start)
        return inspect_csv(path, self._settings.format, mapping.columns, mapping.needed)

    def _write_refusal(self, path: Path, refused: _Refused) -> SourceDown | None:
        """Beside the file, once for each content; what went wrong, when it cannot be written."""
        result = (ResultWorkbook if path.suffix.lower() in XLSX_SUFFIXES else ResultFile)(path, "")
        try:
            with self._writing_results():
                if not result.is_newer_than(refused.stamp[1]):
                    result.refuse(refused.why)
        except SourceDown as down:
            return down
        return None

    def _take(self, table: Table, mapping: TableMapping, cursor: str | None) -> Iterator[Delivery]:
        if self._finished.get(table.path) == table.digest:
            return
        with self._writing_results():
            start = _start(table, _result_of(table), cursor, taken=self._is_taken(table))
        if start is None:
            self._finished[table.path] = table.digest
            return
        try:
            yield from self._deliveries(table, mapping, start)
        except FileNotFoundError:
            return  # taken away again: what was read of it is stored
        except BrokenTable as broken:
            if _unchanged(table):  # else it was written anew while it was read: it is inspected again
                self._inspected[table.path] = _Refused(table.stamp, reason("drop.cut_off", why=broken.reason))

    def _is_taken(self, table: Table) -> bool:
        with _asking_store(), reading(self._engine) as conn:
            return taken_files.is_taken(conn, self.name, table.digest)

    def _deliveries(self, table: Table, mapping: TableMapping, start: int) -> Iterator[Delivery]:
        export, begin = table.digest if self._settings.counterpart else None, start + table.header_row
        for number, (batch, last) in enumerate(with_last(batches(table, mapping, start))):
            done = table.rows if last else batch[-1][0].number - table.header_row
            if last and not _unchanged(table):
                return  # it goes on growing: it is inspected again
            yield Delivery(
                tuple(raw for _, raw in batch if raw is not None),
                json.dumps({"digest": table.digest, "rows": done}),
                history=True,
                file=FileMark(table.digest, table.path.name) if last else None,
                export=export,
                on_stored=partial(self._write_result, table, batch, None if number else begin, last=last),
            )

    def _write_result(
        self, table: Table, batch: Batch, begin: int | None, outcomes: Mapping[str, Outcome], *, last: bool
    ) -> None:
        """Write what became of the rows; after the last of a file, put the result in its place. Raises SourceDown.

        begin: of the first delivery of a fetch, the number of the last row that the result has already.
        """
        result = _result_of(table)
        with self._writing_results():
            if begin is not None:
                result.begin(begin)
            result.add(row_of(line, raw.external_id if raw else "", outcomes) for line, raw in in_background(batch))
            if last:
                result.finish()

    @contextmanager
    def _writing_results(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SourceDown(reason("drop.no_result", folder=str(self._folder), error=error.strerror)) from None


def _result_of(table: Table) -> ResultFile:
    if table.sheet is None:
        return ResultFile(table.path, table.digest, table.delimiter)
    return ResultWorkbook(table.path, table.digest, table.delimiter, form_of(table))


def _header(path: Path) -> Sequence[str]:
    """The names of a table's columns, whatever they are; none of a file that is no table."""
    try:
        return inspect(path, path.name).columns
    except BrokenTable:
        return ()


@contextmanager
def _asking_store() -> Iterator[None]:
    try:
        yield
    except StoreDown as down:
        raise SourceDown(reason("source.store_down", error=str(down.orig))) from down


def _is_input(path: Path) -> bool:
    name = path.name.lower()
    return not name.startswith((".", "~")) and not name.endswith(_RESULTS) and path.suffix.lower() in _INPUTS


def _start(table: Table, result: ResultFile, cursor: str | None, *, taken: bool) -> int | None:
    """How many rows are done, stored and written; None when there is nothing to do.

    Rows that were stored but not written, because the process died in between, are handed over again: the
    pipeline knows them.
    """
    written = result.last_row()
    at = json.loads(cursor) if cursor else {}
    ours = at.get("digest") == table.digest
    if taken and written is None:
        if result.is_newer_than(table.stamp[1]):
            return None
        if not ours:  # long ago, or under another name
            result.mark_taken()
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
