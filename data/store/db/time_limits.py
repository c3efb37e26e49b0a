"""How long the caller at hand may wait for the store. A database that went silent must hold up nobody for ever."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

STATEMENT_S = 30.0
"""The longest statement, unless the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """What one caller may wait. Work between two statements does not count."""

    begin_s: float = math.inf
    """Until a transaction has begun: connection and locks together."""
    statement_s: float = STATEMENT_S
    """For the answer to one statement."""
    until: float = math.inf
    """While a transaction begins: when it must have, by time.monotonic()."""

    def left(self, seconds: float) -> float:
        """At most `seconds`, and while a transaction begins no more than is left for that."""
        return max(0.0, min(seconds, self.until - time.monotonic()))


_UNLIMITED = TimeLimit()
_current: ContextVar[TimeLimit] = ContextVar("time_limit", default=_UNLIMITED)


def current() -> TimeLimit:
    """The limit of the caller at hand."""
    return _current.get()


@contextmanager
def time_limit(begin_s: float, statement_s: float) -> Iterator[None]:
    """Each transaction inside it must begin within `begin_s`, each statement be answered within `statement_s`.

    What takes longer raises StoreDown.
    """
    with _set(TimeLimit(begin_s, statement_s)):
        yield


@contextmanager
def long_statements(statement_s: float = 3600.0) -> Iterator[None]:
    """For work that may take its time: a migration, an import of boundaries, a move to another database."""
    with _set(TimeLimit(statement_s=statement_s)):
        yield


@contextmanager
def beginning() -> Iterator[None]:
    """While a transaction begins."""
    limit = current()
    with _set(replace(limit, until=time.monotonic() + limit.begin_s)):
        yield


@contextmanager
def _set(limit: TimeLimit) -> Iterator[None]:
    token = _current.set(limit)
    try:
        yield
    finally:
        _current.reset(token)
