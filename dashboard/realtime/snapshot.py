"""One reading transaction for all boards that are drawn together, so that they tell of one state of the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self

from data.store.db.change_feed import latest
from data.store.db.engine import Connection, Engine, reading


class Snapshot:
    """Begins with the first question. One that fails ends it, and the next begins another."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stack = ExitStack()
        self._begun: tuple[Connection, int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._begun = None
        self._stack.__exit__(kind, error, at)

    @contextmanager
    def use(self) -> Iterator[tuple[Connection, int]]:
        """For one board: a connection, and the number of the last change that it sees. Raises StoreDown."""
        with ExitStack() as unless_answered:
            unless_answered.push(self)
            if self._begun is None:
                conn = self._stack.enter_context(reading(self._engine))
                self._begun = conn, latest(conn)
            yield self._begun
            unless_answered.pop_all()
