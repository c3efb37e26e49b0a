"""From a table's lines to raw records and back: what drop folder, uploads and replay share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.domain.reasons import decode_reason
from data.foreground import in_background
from ingest.source import Outcome, Raw, TableRecord, Unreadable
from ingest.tabular.detection.workbook_table import sheet_lines
from ingest.tabular.known_mappings import MAPPED
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.readers.csv_table import ROW_FAULT, CsvLine, Table, lines_of
from ingest.tabular.results.result_file import Row, row_result

BATCH = 100
"""Records in a delivery, at most: storing them takes some 10 ms, for which a report that comes meanwhile waits."""

Batch = list[tuple[CsvLine, Raw | None]]


def raw_of(table: Table, line: CsvLine, mapping: TableMapping) -> Raw | None:
    """A line as a raw record, None for a blank one. Without an id it is called after the file's content and its row."""
    return raw_from(table.digest, line, mapping)


def raw_from(digest: str, line: CsvLine, mapping: TableMapping) -> Raw | None:
    """`raw_of`, by the SHA-256 of the file's content."""
    if line.payload is None:
        return None
    payload = line.payload
    if mapping.mark is not None:
        payload = {**payload, MAPPED: mapping.mark}
    elif MAPPED in payload:  # a column of that name: how a row is read is not for its file to say
        payload = {name: cell for name, cell in payload.items() if name != MAPPED}
    return Raw(_id_of(mapping, payload) or f"{digest[:16]}#{line.number}", payload)


def read_raw(raw: Raw, mapping: TableMapping) -> TableRecord:
    """The Record. Raises Unreadable."""
    if ROW_FAULT in raw.payload:
        raise Unreadable(decode_reason(str(raw.payload[ROW_FAULT])))
    return mapping.read(raw.payload)


@dataclass(slots=True)
class RowReader:
    """What the pipeline needs of a source whose rows one mapping reads."""

    name: str
    mapping: TableMapping

    def read(self, raw: Raw, now: datetime) -> TableRecord:
        """A row as a Record. Raises Unreadable."""
        return read_raw(raw, self.mapping)


def batches(table: Table, mapping: TableMapping, skip: int) -> Iterator[Batch]:
    """The table's lines after the first `skip` rows under its header: see `in_batches`."""
    lines = lines_of(table, skip) if table.sheet is None else sheet_lines(table, mapping, skip)
    return in_batches(lines, table.digest, mapping)


def in_batches(lines: Iterable[CsvLine], digest: str, mapping: TableMapping, size: int = BATCH) -> Iterator[Batch]:
    """Lines with their raw records, at most `size` at once, no id twice in one batch.

    So each row of a batch has an outcome of its own. The last batch may be empty.
    """
    batch: Batch = []
    ids: set[str] = set()
    for line in in_background(lines):
        raw = raw_from(digest, line, mapping)
        if len(batch) >= size or (raw is not None and raw.external_id in ids):
            yield batch
            batch, ids = [], set()
        batch.append((line, raw))
        if raw is not None:
            ids.add(raw.external_id)
    yield batch


def with_last(every: Iterable[Batch]) -> Iterator[tuple[Batch, bool]]:
    """Each batch, and whether it is the last one; there is at least one."""
    coming = iter(every)
    batch = next(coming)
    for following in coming:
        yield batch, False
        batch = following
    yield batch, True


def row_of(line: CsvLine, external_id: str, outcomes: Mapping[str, Outcome]) -> Row:
    """What became of a line, '' being the id of one without a record; outcomes as of `Delivery.on_stored`."""
    return row_result(line.number, external_id, outcomes.get(external_id), example=line.example)


def _id_of(mapping: TableMapping, payload: Mapping[str, Any]) -> str | None:
    """None of a row whose width is wrong, too: nobody knows which cell is which."""
    if ROW_FAULT in payload and isinstance(payload.get("isi"), list):
        return None
    try:
        return mapping.external_id(payload)
    except Unreadable:
        return None
