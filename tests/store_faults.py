"""Faults of a store that are made to order, at SQLAlchemy's own events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from data.store.db.engine import Engine, StoreDown


@contextmanager
def failing(
    engine: Engine,
    fault: BaseException | None = None,
    only: Callable[[str, Sequence[Any]], bool] = lambda statement, values: True,
) -> Iterator[None]:
    """Every statement, or those that `only` picks by their text and values, raises the fault (StoreDown)."""

    def check(conn: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        values = tuple(parameters.values()) if isinstance(parameters, dict) else tuple(parameters)
        if only(statement, values):
            raise fault or StoreDown(statement, None, OSError("the store is gone"))

    event.listen(engine, "before_cursor_execute", check)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", check)
