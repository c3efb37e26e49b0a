"""History: all cases and events as resident columns, as they are now or as they were known at a number.

    history = History(engine, folder, city, calendars)
    history.refresh()                          # from the files beside the store, and what changed since
    known = history.as_known(None, now)        # the newest; or history.as_known(seq)

One refresh runs at a time; what `as_known` gave is never changed afterwards.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from threading import RLock

import numpy as np
from sqlalchemy import Engine

from data.domain.city.model import City
from data.domain.history.columns import CaseColumns, EventColumns, FormerColumns
from data.domain.sla.calendars import Calendars
from data.domain.sla.worktime import epoch
from data.store.cases import as_known
from data.store.db.change_feed import latest
from data.store.db.engine import reading
from data.store.history import rows
from data.store.history.code_tables import CodeTables
from data.store.history.derived import Rules


class History:
    """See the module."""

    def __init__(self, engine: Engine, folder: Path, city: City, calendars: Calendars) -> None:
        """`folder`: for the files; `city` with its recorded versions."""
        self._engine, self._folder, self._rules = engine, folder, Rules(city, calendars)
        self._codes, self._lock = CodeTables(), RLock()
        self._seq = -1

    def refresh(self) -> int:
        """Take in what changed; the number up to which everything is known."""
        with self._lock, reading(self._engine) as conn:
            seq = latest(conn)
            if seq != self._seq:
                every = rows.Ids(0, 2**32)
                self._slice = rows.as_stored(conn, every, self._codes, self._rules, -1, seq)
                self._seq = seq
            return self._seq

    def as_known(self, seq: int | None = None, at: datetime | None = None) -> CaseColumns:
        """The cases as known at the number (None: the newest), what runs measured until `at` (None: its moment)."""
        with self._lock:
            self.refresh()
            cases, former = self._slice.cases, dict(self._slice.former)
            former["row"] = np.searchsorted(cases["id"], former["row"]).astype(np.uint32)
            moment = epoch(at) if at is not None else 0
            return CaseColumns(self._seq, moment, self._codes.names(), FormerColumns(**former), **cases)

    def events(self) -> EventColumns:
        """The newest."""
        with self._lock:
            self.refresh()
            return EventColumns(**self._slice.events)

    def seq_at(self, moment: datetime) -> int:
        """The number of the last change recorded by the moment. Raises HistoryNotKept."""
        with reading(self._engine) as conn:
            return as_known.number_at(conn, moment)
