"""Other people's databases: read, never written, whatever the query says.

The connection itself refuses to write: SQLite by opening the file read-only, PostgreSQL, MySQL and Oracle by a
read-only transaction, with a limit on how long a statement may take. Of other kinds of database only the query's
own check and the rollback at the end speak. Nothing of an address but its host is ever told.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from sqlalchemy import URL, Connection, CursorResult, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

_OURS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
"""The driver that is here, where an address names none."""
_PACKAGES = {
    "psycopg2": "psycopg2-binary",
    "MySQLdb": "mysqlclient",
    "oracledb": "oracledb",
    "cx_Oracle": "oracledb (oracle+oracledb://)",
    "pyodbc": "pyodbc",
    "pymssql": "pymssql",
    "mssql": "mssql-python",
    "fdb": "fdb",
}
"""By the module that is missing, where the package is called otherwise."""
_DIALECTS = {"firebird": "sqlalchemy-firebird", "db2": "ibm-db-sa", "access": "sqlalchemy-access", "hana": "hdbcli"}
_STEPS = 10_000
"""SQLite looks at the clock after so many of its own steps."""
Values = tuple[Any, ...]


class ForeignDown(RuntimeError):
    """The database cannot be asked now; the text says why and what to do (Bahasa Indonesia), and no password."""


class NoDriver(ForeignDown):
    """What speaks to that kind of database is not installed; `package` would bring it."""

    def __init__(self, said: str, package: str) -> None:
        super().__init__(said)
        self.package = package


@dataclass(slots=True)
class _Deadline:
    """By when SQLite must have the next rows."""

    for_s: float
    at: float = field(default=float("inf"))

    def start(self) -> None:
        self.at = time.monotonic() + self.for_s

    def passed(self) -> int:
        """1, which interrupts SQLite, when it is too late."""
        return int(time.monotonic() > self.at)


class Foreign:
    """A database of somebody else's. Connects when it is asked, and hangs up afterwards."""

    def __init__(self, url: str, *, timeout_s: float = 60) -> None:
        """`url`: an address of SQLAlchemy's. Raises ForeignDown for one that cannot be used."""
        self._deadline = _Deadline(timeout_s)
        self._timeout_s = timeout_s
        try:
            self._url = make_url(url)
        except (ArgumentError, ValueError):
            raise ForeignDown("alamat database tidak dapat dibaca; contoh: postgresql://user:sandi@host/nama") from None
        self.dialect = self._url.get_backend_name()
        """sqlite, postgresql, mysql, mariadb, mssql, oracle, ..."""
        self._engine = self._made()

    def batches(
        self, query: str, values: Mapping[str, object], size: int
    ) -> Iterator[tuple[Sequence[str], Sequence[Values]]]:
        """Column names with at most `size` rows at once, as the database sends them; once with none when it has none.

        Raises ForeignDown. Memory holds one batch, wherever the driver can stream.
        """
        with self._told(), closing(self._engine.connect()) as conn:
            self._guard(conn)
            self._deadline.start()
            streamed = conn.execution_options(stream_results=True, max_row_buffer=size, yield_per=size)
            result = streamed.execute(text(query), dict(values))
            if not result.returns_rows:
                raise ForeignDown("kueri tidak menghasilkan baris; yang benar satu SELECT")
            columns, any_came = tuple(result.keys()), False
            for rows in self._parts(result, size):
                any_came = True
                yield columns, rows
            if not any_came:
                yield columns, ()

    def _parts(self, result: CursorResult[Any], size: int) -> Iterator[Sequence[Values]]:
        for rows in result.partitions(size):
            yield [tuple(row) for row in rows]
            self._deadline.start()

    def _guard(self, conn: Connection) -> None:
        """Make the transaction one that cannot write."""
        for statement in guards(self.dialect, self._timeout_s, is_mariadb=bool(getattr(conn.dialect, "is_mariadb", 0))):
            conn.exec_driver_sql(statement)

    def _made(self) -> Engine:
        options: dict[str, Any] = {"poolclass": NullPool, "hide_parameters": True}
        if self.dialect == "sqlite":
            return create_engine("sqlite://", creator=self._opener(), **options)
        plain = self._url.drivername == self.dialect and self.dialect in _OURS
        url = self._url.set(drivername=_OURS[self.dialect]) if plain else self._url
        try:
            return create_engine(url, connect_args=_waits(url), **options)
        except NoSuchModuleError:
            said, package = f"jenis database {url.drivername[:40]!r} tidak dikenal", _DIALECTS.get(self.dialect)
            if package:
                raise NoDriver(f"{said}; pasang paket {package}", package) from None
            raise ForeignDown(f"{said}; periksa awal alamatnya, misalnya postgresql:// atau mysql://") from None
        except ImportError as missing:
            name = (missing.name or url.get_driver_name()).partition(".")[0]
            package = _PACKAGES.get(name, name)
            raise NoDriver(f"driver {name} belum terpasang; pasang paket {package} di server", package) from None
        except (SQLAlchemyError, TypeError, ValueError) as wrong:
            raise ForeignDown(f"alamat database tidak dapat dipakai ({type(wrong).__name__})") from None

    def _opener(self) -> Any:
        path, deadline, wait_s = self._url.database or "", self._deadline, min(self._timeout_s, 5.0)
        if path in ("", ":memory:") or path.startswith("file:"):
            raise ForeignDown("sqlite perlu nama berkas: sqlite:////folder/nama.db")
        address = f"file:{quote(str(Path(path).absolute()))}?mode=ro"

        def connect() -> sqlite3.Connection:
            dbapi = sqlite3.connect(address, uri=True, timeout=wait_s, check_same_thread=False)
            dbapi.execute("PRAGMA query_only = ON")
            dbapi.text_factory = _lenient
            dbapi.set_progress_handler(deadline.passed, _STEPS)
            return dbapi

        return connect

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as wrong:
            raise ForeignDown(f"{self.dialect} {_where(self._url)}: {self._without_secrets(wrong.orig)}") from None
        except (SQLAlchemyError, OSError, UnicodeError, ValueError, OverflowError) as wrong:
            raise ForeignDown(f"{self.dialect} {_where(self._url)}: {self._without_secrets(wrong)}") from None

    def _without_secrets(self, wrong: BaseException | None) -> str:
        """The first line of what the driver says."""
        said = next((line.strip() for line in str(wrong).splitlines() if line.strip()), type(wrong).__name__)
        secret = self._url.password
        for hidden in {secret, quote(secret), unquote(secret)} if secret else set():
            said = said.replace(hidden, "***")
        return f"{said[:300]}; periksa databasenya, alamat dan izin bacanya"


def guards(dialect: str, timeout_s: float, *, is_mariadb: bool = False) -> tuple[str, ...]:
    """What is said first in a transaction, so that nothing in it can write or take for ever."""
    ms = max(1, int(timeout_s * 1000))
    if dialect == "postgresql":
        return (
            "SET TRANSACTION READ ONLY",
            f"SET LOCAL statement_timeout = {ms}",
            f"SET LOCAL lock_timeout = {min(ms, 5000)}",
        )
    if dialect in ("mysql", "mariadb"):
        maria = is_mariadb or dialect == "mariadb"
        limit = f"max_statement_time = {ms / 1000:g}" if maria else f"max_execution_time = {ms}"
        return f"SET SESSION {limit}", "START TRANSACTION READ ONLY"
    return ("SET TRANSACTION READ ONLY",) if dialect == "oracle" else ()


def _waits(url: URL) -> dict[str, Any]:
    """How long to wait for the server to answer at all, by driver."""
    driver = url.get_driver_name()
    if driver in ("psycopg", "psycopg2"):
        return {"connect_timeout": 10}
    return {"connect_timeout": 10, "read_timeout": 300} if driver == "pymysql" else {}


def _where(url: URL) -> str:
    """Host or file, without user and password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"{url.host or 'setempat'}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def _lenient(raw: bytes) -> str:
    """A text that is not UTF-8 keeps its bytes as surrogates: its record is refused, the others are read."""
    return raw.decode("utf-8", "surrogateescape")
