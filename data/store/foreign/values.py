"""Reads values of foreign databases that Python's types cannot hold, so that one bad value affects only its row."""

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
"""The type number of a BIT column in MySQL's protocol."""


def decode_leniently(raw: bytes) -> str:
    """Decode UTF-8; invalid bytes become surrogates. Then the record is rejected and the others are read."""
    return raw.decode("utf-8", "surrogateescape")


class _Moment(Loader):
    """As psycopg reads it; a value that Python cannot hold (infinity, the year 20206) stays a text."""

    def __init__(self, oid: int, context: Any = None) -> None:
        super().__init__(oid, context)
        plain = psycopg.adapters.get_loader(oid, Format.TEXT)
        assert plain is not None
        self._load = plain(oid, context).load

    def load(self, data: Buffer) -> Any:
        try:
            return self._load(data)
        except DataError:
            return decode_leniently(bytes(data))


class _Text(Loader):
    """Texts of a server that does not check their encoding (SQL_ASCII)."""

    def load(self, data: Buffer) -> str:
        return decode_leniently(bytes(data))


def tolerate_bad_values(conn: Connection) -> None:
    """Register loaders for values for which psycopg, or the server, would otherwise refuse the whole result."""
    dbapi = conn.connection.driver_connection
    if not isinstance(dbapi, psycopg.Connection):
        return
    for name in _MOMENTS:
        dbapi.adapters.register_loader(name, _Moment)
    if dbapi.info.parameter_status("server_encoding") == "SQL_ASCII":
        conn.exec_driver_sql("SET client_encoding TO 'SQL_ASCII'")
        for name in _TEXTS:
            dbapi.adapters.register_loader(name, _Text)


def row_reader(result: CursorResult[Any]) -> Callable[[Sequence[Any]], Values]:
    """A function that reads a row of the result: MySQL's BIT values, which drivers give as bytes, become numbers."""
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
