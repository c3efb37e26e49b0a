"""From a table's lines to raw records and back: what drop folder and replay share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ingest.mapping import TableMapping
from ingest.source import Raw, Record, Unreadable
from ingest.table import ROW_FAULT, Line, Table, lines_of

BATCH = 1000
"""Records in a delivery, at most."""


def raw_of(table: Table, line: Line, mapping: TableMapping) -> Raw | None:
    """A line as a raw record, None for a blank one. Without an id it is called after the file's content and its row."""
    if line.payload is None:
        return None
    external_id = None if ROW_FAULT in line.payload else _id_of(mapping, line.payload)
    return Raw(external_id or f"{table.digest[:16]}#{line.number}", line.payload)


def read_raw(raw: Raw, mapping: TableMapping) -> Record:
    """The Record. Raises Unreadable."""
    if ROW_FAULT in raw.payload:
        raise Unreadable(raw.payload[ROW_FAULT])
    return mapping.read(raw.payload)


def batches(table: Table, mapping: TableMapping, skip: int) -> Iterator[list[tuple[Line, Raw | None]]]:
    """The table's lines after the first `skip`, at most BATCH at once, no id twice in one batch.

    So each row of a batch has an outcome of its own. The last batch may be empty.
    """
    batch: list[tuple[Line, Raw | None]] = []
    ids: set[str] = set()
    for line in lines_of(table, skip):
        raw = raw_of(table, line, mapping)
        if len(batch) >= BATCH or (raw is not None and raw.external_id in ids):
            yield batch
            batch, ids = [], set()
        batch.append((line, raw))
        if raw is not None:
            ids.add(raw.external_id)
    yield batch


def _id_of(mapping: TableMapping, payload: Mapping[str, Any]) -> str | None:
    try:
        return mapping.external_id(payload)
    except Unreadable:
        return None
