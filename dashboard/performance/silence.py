"""The days on which no source was heard, for the series of /kinerja."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from datetime import date, datetime
from threading import Lock
from zoneinfo import ZoneInfo

from dashboard.realtime.render_context import RenderContext
from data import clock
from data.store.db.engine import Engine, reading
from data.store.intake.hours import hour_of
from data.store.intake.silence import silent_days

KEPT = 16


class Silence:
    """Asks once an hour for the same days and sources: an hour that has not ended is neither late nor silent."""

    def __init__(self, engine: Engine, context: RenderContext) -> None:
        self._engine, self._context, self._lock = engine, context, Lock()
        self._known: OrderedDict[tuple[frozenset[str], date, datetime], frozenset[date]] = OrderedDict()

    def days(self, sources: Collection[str], first: date, now: datetime) -> frozenset[date]:
        """From `first` until now, of these sources; none: of all that are enabled. Raises StoreDown."""
        key = (frozenset(sources), date(first.year, 1, 1), hour_of(now))
        with self._lock:
            if key not in self._known:
                self._known[key] = self._ask(*key[:2], now)
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
            return self._known[key]

    def _ask(self, sources: frozenset[str], first: date, now: datetime) -> frozenset[date]:
        config, rhythms = self._context.config, self._context.query.rhythms
        infos = [it for it in config.source_infos if it.name in sources or (not sources and it.enabled)]
        with reading(self._engine) as conn:
            learnt = {it.name: rhythms.known(conn, it.name, clock.now()).rhythm for it in infos}
            expected = {it.name: it.expected_s for it in infos}
            return silent_days(conn, expected, first, now, ZoneInfo(config.city.timezone), rhythms=learnt)
