"""Polling one source: at its own pace, under a lease, its health written down, whatever happens to it or to us.

Every source has a thread of its own, so that a slow or dead one delays nobody. Several processes may poll the same
sources: the lease says whose turn it is, and is renewed in the transaction that stores a delivery, so that whoever
was taken over stores nothing more. A source that is down is asked again after a while that doubles up to a minute.
A store that is down is waited for with the delivery in hand.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial

import structlog
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_when_event_set,
    wait_exponential_jitter,
)

from data import clock
from data.domain.reasons import stored
from data.store.db.engine import StoreDown, writing
from data.store.intake import hours, sources
from data.store.intake.sources import SourceState
from data.texts import ReasonError
from ingest.pipeline.checkpoint import Lease, LeaseLost, lease_name
from ingest.pipeline.pipeline import Pipeline
from ingest.pipeline.store_retry import StoreRetry
from ingest.runtime.leases import claimed, prolonged
from ingest.source import Became, Delivery, Outcome, Source, SourceDown, by_id

log = structlog.get_logger(__name__)

LEASE_MARGIN_S = 30.0
"""A lease lasts for the source's pace and so much more: a fetch may take that long."""
LEASE_CHECK_S = 5.0
"""How often to look whether the process that polls a source is still there."""
LONGEST_BACKOFF_S = 60.0
PAUSE_FACTOR = 3
"""After a delivery of which nothing can be read: so many times as long as it took. Garbage without end is hurried for
nobody, and who brings something good has the processor and the writers' turn meanwhile."""
LONGEST_PAUSE_S = 5.0


def poll(
    source: Source,
    pipeline: Pipeline,
    owner: str,
    stop: threading.Event,
    *,
    now: Callable[[], datetime] = clock.now,
) -> None:
    """Ask the source again and again until `stop` is set; then let go of its lease.

    owner: `HOST:PID`, perhaps with more after another colon. On one host the leases of a dead process are taken
    over at once, elsewhere when they expire.
    """
    poller = Poller(source, pipeline, owner, stop, now=now)
    asking = Retrying(
        retry=retry_if_exception_type(SourceDown),
        wait=wait_exponential_jitter(multiplier=1, max=LONGEST_BACKOFF_S, jitter=1),
        sleep=sleep_using_event(stop),
        stop=stop_when_event_set(stop),
        before_sleep=poller.failed,
        reraise=True,
    )
    try:
        while not stop.is_set():
            stop.wait(asking(poller.poll_once))
        poller.release()
    except (SourceDown, StoreDown) as error:  # only when stopped while it was down
        log.info("stopped_while_down", source=source.name, error=str(error))


class Poller:
    """Polls one source."""

    def __init__(
        self,
        source: Source,
        pipeline: Pipeline,
        owner: str,
        stop: threading.Event,
        *,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._source, self._pipeline, self._stop, self._now = source, pipeline, stop, now
        self._lease = Lease(owner, source.every_s + LEASE_MARGIN_S)
        self._run = StoreRetry(pipeline.store_health, stop)
        self._is_down = False

    def poll_once(self) -> float:
        """Fetch and store what there is, if it is our turn; how many seconds to wait for the next.

        Raises SourceDown, also for a fault of the source's code; StoreDown when stopped while the store is down.
        """
        try:
            return self._poll()
        except (SourceDown, StoreDown):
            raise
        except LeaseLost as lost:
            log.info("lease_lost", source=self._source.name, error=str(lost))
            return LEASE_CHECK_S
        except Exception as fault:
            raise SourceDown(f"{type(fault).__name__}: {fault}") from fault

    def failed(self, state: RetryCallState) -> None:
        """Write down that the source is down; the log says it once, of an unforeseen fault with its traceback."""
        error = state.outcome.exception() if state.outcome else None
        reason = stored(error.reason) if isinstance(error, ReasonError) else str(error)
        failed = self._run(partial(self._write_failed, reason))
        if failed or not self._is_down:
            log.warning("source_down", source=self._source.name, error=str(error), exc_info=error and error.__cause__)
        self._is_down = True

    def release(self) -> None:
        """Release the lease, for another process to go on at once."""
        with writing(self._pipeline.engine) as conn:
            sources.release(conn, lease_name(self._source.name), self._lease.owner)

    def _poll(self) -> float:
        now = self._now()
        state = self._run(partial(self._claim, now))
        if state is None:
            return min(LEASE_CHECK_S, self._source.every_s)
        wait = self._seconds_until_due(state, now)
        if wait > 0:
            return wait
        if not self._fetch_all(state.cursor):
            if self._stop.is_set():
                return self._source.every_s  # perhaps it was not even asked: it is not well for that
            self._run(self._write_nothing_new)
        if self._is_down:
            log.info("source_back", source=self._source.name)
        self._is_down = False
        return self._source.every_s

    def _claim(self, now: datetime) -> SourceState | None:
        """The source's state when it is our turn."""
        name, (owner, for_s, _) = lease_name(self._source.name), self._lease
        with writing(self._pipeline.engine) as conn:
            return sources.state_of(conn, self._source.name) if claimed(conn, name, owner, now, for_s) else None

    def _seconds_until_due(self, state: SourceState, now: datetime) -> float:
        """Seconds until the source is due: another process may just have asked it."""
        last = state.last_attempt_at
        if last is None or last > now or state.failing_since is not None:
            return 0.0
        return (last + timedelta(seconds=self._source.every_s) - now).total_seconds()

    def _fetch_all(self, cursor: str | None) -> bool:
        """Take deliveries until there are no more; whether there were any."""
        any_came, more = False, True
        while more and not self._stop.is_set():
            more = False
            for delivery in self._source.fetch(cursor, self._now()):
                began = time.monotonic()
                if _is_garbage(self._take(delivery)):
                    self._stop.wait(min(PAUSE_FACTOR * (time.monotonic() - began), LONGEST_PAUSE_S))
                any_came, more, cursor = True, delivery.more, delivery.cursor
                if self._stop.is_set():
                    break
        return any_came

    def _take(self, delivery: Delivery) -> list[Outcome]:
        outcomes = self._pipeline.write_delivery(self._source, delivery, self._now(), lease=self._lease, run=self._run)
        if delivery.on_stored is not None:
            name, (owner, for_s, _) = lease_name(self._source.name), self._lease
            with prolonged(self._pipeline.engine, name, owner, for_s, self._now):
                delivery.on_stored(by_id(outcomes))
        return outcomes

    def _write_nothing_new(self) -> None:
        with writing(self._pipeline.engine) as conn:
            now = self._now()
            hours.count(conn, self._source.name, now, fetches=1)
            sources.succeeded(conn, self._source.name, now)

    def _write_failed(self, reason: str) -> bool:
        with writing(self._pipeline.engine) as conn:
            now = self._now()
            hours.count(conn, self._source.name, now, failures=1)
            return sources.failed(conn, self._source.name, now, reason)


def _is_garbage(outcomes: Collection[Outcome]) -> bool:
    return bool(outcomes) and all(outcome.became is Became.REJECTED for outcome in outcomes)
