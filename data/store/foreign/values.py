"""Values of other people's databases that Python's types cannot hold: one of them spoils no other row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import DataError
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format
from sqlalchemy import Connection, CursorResult

from data.store.foreign.guards import MYSQL

Values = tuple[Any, ...]
_MOMENTS = ("date", "timestamp", "timestamptz", "time", "timetz", "interval")
_TEXTS = ("text", "varchar", "bpchar", "name")
_BIT = 16
"""What MySQL's protocol calls a column of bits."""


def lenient(raw: bytes) -> str:
    """A text that is not UTF-8 keeps its bytes as surrogates: its record is refused, the others are read."""
    return raw.decode("utf-8", "surrogateescape")


class _Moment(Loader):
    """As psycopg reads it; what it cannot, infinity or the year 20206, as the text that came."""

    def __init__(self, oid: int, context: Any = None) -> None:
        super().__init__(oid, context)
        plain = psycopg.adapters.get_loader(oid, Format.TEXT)
        assert plain is not None
        self._load = plain(oid, context).load

    def load(self, data: Buffer) -> Any:
        try:
            return self._load(data)
        except DataError:
            return lenient(bytes(data))


class _Text(Loader):
    """Of a server that does not check what its texts are."""

    def load(self, data: Buffer) -> str:
        return lenient(bytes(data))


def forgiving(conn: Connection) -> None:
    """Let psycopg read what it, or the server, would refuse together with all other rows."""
    dbapi = conn.connection.driver_connection
    if not isinstance(dbapi, psycopg.Connection):
        return
    for name in _MOMENTS:
        dbapi.adapters.register_loader(name, _Moment)
    if dbapi.info.parameter_status("server_encoding") == "SQL_ASCII":
        conn.exec_driver_sql("SET client_encoding TO 'SQL_ASCII'")
        for name in _TEXTS:
            dbapi.adapters.register_loader(name, _Text)


def reader(result: CursorResult[Any]) -> Callable[[Sequence[Any]], Values]:
    """How a row of it is read: bits, which MySQL's drivers hand out as bytes, are a number."""
    described = result.cursor.description if result.cursor is not None else ()
    bits = [n for n, each in enumerate(described or ()) if each[1] == _BIT] if result.dialect.name in MYSQL else []
    if not bits:
        return tuple

    def read(row: Sequence[Any]) -> Values:
        values = list(row)
        for n in bits:
            if isinstance(values[n], bytes):
                values[n] = int.from_bytes(values[n], "big")
        return tuple(values)

    return read
