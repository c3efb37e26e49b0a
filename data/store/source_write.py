"""What a write of a source needs: the connection, where it comes from, and one number in the change feed.

The change is recorded with the first row that is written, so a delivery that brings nothing new rings no bell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar

from sqlalchemy import Connection, RowMapping, Table, select

from data.store.cases.codes import take_many_codes
from data.store.db.change_feed import record_change

T = TypeVar("T")
_AT_ONCE = 500
"""Ids in one question."""


class SourceWrite:
    """One transaction's writes of one source."""

    kind: ClassVar[str]
    """Of its change."""

    def __init__(self, conn: Connection, source: str, now: datetime, count: int = 1) -> None:
        self.conn, self.source, self.now = conn, source, now.replace(microsecond=0)
        self._count = count
        self._seq: int | None = None

    @property
    def seq(self) -> int:
        """The number of the change; recorded now if it was not yet."""
        if self._seq is None:
            self._seq = record_change(self.conn, self.kind, self.now, source=self.source, count=self._count)
        return self._seq

    def stamped(self, at: datetime) -> dict[str, Any]:
        """The columns of both times and the number."""
        return {"at": at, "recorded_at": self.now, "seq": self.seq}

    def codes(self, prefix: str, how_many: int) -> list[str]:
        """The next codes, such as LP-2612-0001."""
        month = date(self.now.year, self.now.month, 1)
        return take_many_codes(self.conn, {(prefix, month): how_many})[prefix, month] if how_many else []


def rows_of(write: SourceWrite, table: Table, ids: Iterable[str]) -> dict[str, RowMapping]:
    """The rows of this source with these external ids; of several with one id the last."""
    found: dict[str, RowMapping] = {}
    for part in parts_of(list(dict.fromkeys(ids))):
        asked = select(table).where(table.c.source == write.source, table.c.external_id.in_(part)).order_by(table.c.id)
        found |= {row["external_id"]: row for row in write.conn.execute(asked).mappings()}
    return found


def parts_of(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """So many at once as one question takes."""
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def differs(row: RowMapping, values: Mapping[str, Any]) -> bool:
    """Whether any of these columns holds something else."""
    return any(row[name] != value for name, value in values.items())


def is_older(told_at: datetime | None, row: RowMapping) -> bool:
    """Whether the source said this before what is stored."""
    return told_at is not None and row["told_at"] is not None and told_at < row["told_at"]
