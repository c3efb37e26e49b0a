"""Keeps in which minutes screens were connected to this process, for the month's report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from data.domain.sources.screens import ScreenHour, minute_of
from data.store.db.engine import Engine, writing
from data.store.reports import screens


class ScreenMinutes:
    """One a process. What the store could not take is kept until it can."""

    def __init__(self, engine: Engine, connected: Callable[[], Iterable[str]]) -> None:
        """connected: the codes of the screens that are connected now."""
        self._engine, self._connected = engine, connected
        self._unsaved: dict[tuple[str, datetime], int] = {}
        self._newest: dict[str, ScreenHour] = {}

    def note(self, now: datetime) -> None:
        """The minute of `now`, once. Raises StoreDown."""
        for screen in set(self._connected()):
            each = minute_of(screen, now)
            if self._newest.get(screen) != each:
                self._newest[screen] = each
                key = screen, each.hour
                self._unsaved[key] = self._unsaved.get(key, 0) | each.minutes
        if self._unsaved:
            with writing(self._engine) as conn:
                screens.add(conn, [ScreenHour(*key, bits) for key, bits in sorted(self._unsaved.items())])
            self._unsaved = {}
