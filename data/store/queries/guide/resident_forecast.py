"""The forecast of all villages, resident: it changes twice a day and is asked at every change of a case."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from data.domain.guide.nouns import ForecastStep
from data.store.db.schema.guide import forecast_step
from data.store.guide.forecasts import forecasts

_NEWEST = select(func.max(forecast_step.c.seq), func.count())
HOURS = 96
"""More than any forecast reaches ahead."""


class ResidentForecast:
    """Read again when a newer one came. One for a process; safe to use from many threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._version: tuple[object, ...] | None = None
        self._known: Mapping[str, Sequence[ForecastStep]] = {}

    def read(self, conn: Connection, now: datetime) -> Mapping[str, Sequence[ForecastStep]]:
        """The steps by village, from the one that held when they were read."""
        version = tuple(conn.execute(_NEWEST).one())
        with self._guard:
            if version != self._version:
                self._known, self._version = forecasts(conn, now, HOURS), version
            return self._known
