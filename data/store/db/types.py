"""Column types of the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Dialect, Label, type_coerce
from sqlalchemy.types import TypeDecorator


class EpochSeconds(TypeDecorator[datetime]):
    """An aware datetime, kept as whole seconds since 1970 UTC; a naive one is refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Aware datetime to seconds (the fraction is dropped)."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: give it a zone before it is stored")
        return int(value.timestamp() // 1)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Seconds to aware UTC datetime."""
        return from_seconds(value)


def from_seconds(seconds: int | None) -> datetime | None:
    """Whole seconds since 1970 as an aware UTC datetime."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def raw_seconds(column: Column[Any]) -> Label[int]:
    """A moment column as whole epoch seconds, because creating thousands of datetimes takes longer than the query."""
    return type_coerce(column, BigInteger).label(column.name)


def as_stored(column: Column[Any]) -> ColumnElement[Any]:
    """The column, a moment as whole epoch seconds: rows that say the same are equal, and cost little."""
    return raw_seconds(column) if isinstance(column.type, EpochSeconds) else column
