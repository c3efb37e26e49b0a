"""How long the caller at hand may wait for the store. A database that went silent must hold up nobody for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

STATEMENT_S = 30.0
"""The longest statement, unless the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """What one caller may wait."""

    statement_s: float = STATEMENT_S
    """For the answer to one statement."""
    until: float | None = None
    """For everything together, by time.monotonic()."""

    def left(self, seconds: float) -> float:
        """At most `seconds`, and no more than is left of all."""
        return seconds if self.until is None else max(0.0, min(seconds, self.until - time.monotonic()))


_UNLIMITED = TimeLimit()
_current: ContextVar[TimeLimit] = ContextVar("time_limit", default=_UNLIMITED)


def current() -> TimeLimit:
    """The limit of the caller at hand."""
    return _current.get()


@contextmanager
def time_limit(total_s: float, statement_s: float) -> Iterator[None]:
    """All questions to the store inside it take at most `total_s` together, each statement at most `statement_s`.

    A question that takes longer raises StoreDown.
    """
    token = _current.set(TimeLimit(statement_s, time.monotonic() + total_s))
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def long_statements(statement_s: float = 3600.0) -> Iterator[None]:
    """For work that may take its time: a migration, an import of boundaries, a move to another database."""
    token = _current.set(TimeLimit(statement_s))
    try:
        yield
    finally:
        _current.reset(token)
