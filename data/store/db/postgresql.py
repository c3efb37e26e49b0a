"""PostgreSQL: how to connect, and how long to wait for an answer.

A server, or the network before it, may go silent without closing anything. Three limits end that: `statement_timeout`
on the server; TCP's own time-outs for packets that are not acknowledged and for peers that are gone; and, where the
machine answers and the database does not, a limit on every wait for the socket (see `time_limits`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import URL, Engine, create_engine

from data.store.db.time_limits import STATEMENT_S, current

T = TypeVar("T")
Row = tuple[Any, ...]

CONNECT_S = 3
"""libpq takes no less than 2 s."""
SERVER_GRACE_S = 1.0
"""The server ends a statement by itself; only when it does not is the connection given up."""
_TCP: dict[str, Any] = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 6000}
"""Seconds and milliseconds, as libpq takes them."""


class TimedConnection(psycopg.Connection[Row]):
    """A connection that is given up when an answer does not come within the caller's limit."""

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Every statement, commit and rollback passes here. Raises OperationalError when the limit is over."""
        limit = current()
        most = limit.left(limit.statement_s + SERVER_GRACE_S)
        began = time.monotonic()
        try:
            return super().wait(gen, interval, most if timeout is None else min(timeout, most))
        except psycopg.OperationalError as error:
            if error.sqlstate is None and not self.closed and time.monotonic() - began >= most:
                self.close()
                raise psycopg.OperationalError(f"the database did not answer within {most:.1f} s") from error
            raise


def open_postgresql(url: URL, options: dict[str, Any], busy_timeout_s: float) -> Engine:
    """An engine whose connections keep to the limits above."""
    return create_engine(
        url.set(drivername="postgresql+psycopg"), creator=connector(url, busy_timeout_s), pool_pre_ping=True, **options
    )


def connector(url: URL, busy_timeout_s: float, **more: Any) -> Callable[[], TimedConnection]:
    """What opens a connection to the database at `url`."""
    settings = (
        f"-c lock_timeout={int(busy_timeout_s * 1000)} -c statement_timeout={int(STATEMENT_S * 1000)}"
        " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
    )
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)

    def connect() -> TimedConnection:
        return TimedConnection.connect(address, options=settings, connect_timeout=CONNECT_S, **_TCP, **more)

    return connect
