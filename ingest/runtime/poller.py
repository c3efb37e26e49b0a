"""Polls one source in its interval, under a lease, and writes its health.

Every source has its own thread, so that a slow or dead source delays no other. Several processes may poll the same
sources: the lease decides which one does. It is renewed in the transaction that stores a delivery, so that a process
that lost its lease stores nothing more. A source that is down is tried again after a delay that doubles up to a minute;
when it says itself for how long it does not want to be asked (RetryLater), no process asks it earlier.
When the store is down, the poller keeps the delivery and waits (`ingest.pipeline.store_retry`).
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
from data.domain.reasons import Reason, decode_reason, encode_reason, reason
from data.store.db.engine import StoreDown, writing
from data.store.db.pacing import Pacer
from data.store.intake import hours, sources
from data.store.intake.sources import SourceState
from data.texts import ReasonError
from ingest.pipeline.checkpoint import Lease, LeaseLost, lease_name
from ingest.pipeline.pipeline import Pipeline
from ingest.pipeline.store_retry import StoreRetry
from ingest.runtime.leases import claim_or_take_over, kept_renewed
from ingest.source import Delivery, Outcome, OutcomeKind, RetryLater, Source, SourceDown, outcomes_by_id

log = structlog.get_logger(__name__)

RETRY_LATER = "source.retry_later"
"""The reason of a source that said when to ask it again; its parameter `retry_at` holds for every process."""
LEASE_MARGIN_S = 30.0
"""A lease lasts for the source's interval plus this: the time that a fetch may take."""
LEASE_CHECK_S = 5.0
"""How often to check whether the process that polls a source still runs."""
LONGEST_BACKOFF_S = 60.0
LONGEST_WAIT_S = 3600.0
"""The longest that a source may forbid to be asked; then it is asked again, whatever it said."""
PAUSE_FACTOR = 3
"""After a delivery without any readable record the poller pauses for this many times the duration of the delivery, so
that an endless stream of garbage leaves the processor and the store to the other sources."""
LONGEST_PAUSE_S = 5.0


def poll(
    source: Source,
    pipeline: Pipeline,
    owner: str,
    stop: threading.Event,
    *,
    now: Callable[[], datetime] = clock.now,
) -> None:
    """Poll the source until `stop` is set; then release its lease.

    owner: from `process_files.owner_of`. The leases of a process that is known to be dead are taken over at once, those
    of another machine when they expire.
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
        self._pacer = Pacer(stop)
        self._is_down = False

    def poll_once(self) -> float:
        """Fetch and store new records, if we hold the lease; returns the seconds until the next poll.

        Raises SourceDown, also for an error in the source's code; StoreDown when stopped while the store is down.
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
        """Write that the source is down; log it once, an unexpected error with its traceback."""
        error = state.outcome.exception() if state.outcome else None
        said = error.reason if isinstance(error, ReasonError) else str(error)
        why = encode_reason(self._retry_later(error) if isinstance(error, RetryLater) else said)
        failed = self._run(partial(self._write_failed, why))
        if failed or not self._is_down:
            log.warning("source_down", source=self._source.name, error=str(error), exc_info=error and error.__cause__)
        self._is_down = True

    def _retry_later(self, error: RetryLater) -> Reason:
        """Why the source is down, and until when it is not asked: as a text, and in epoch seconds."""
        at = self._now() + timedelta(seconds=min(error.after_s, LONGEST_WAIT_S))
        until = f"{at.astimezone(self._pipeline.zone):%Y-%m-%d %H:%M:%S %Z}"
        return reason(RETRY_LATER, error=error.reason, until=until, retry_at=int(at.timestamp()))

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
                return self._source.every_s  # perhaps it was not asked, so do not write a success
            self._run(self._write_nothing_new)
        if self._is_down:
            log.info("source_back", source=self._source.name)
        self._is_down = False
        return self._source.every_s

    def _claim(self, now: datetime) -> SourceState | None:
        """The source's state when we hold the lease, else None."""
        name, (owner, for_s, _) = lease_name(self._source.name), self._lease
        with writing(self._pipeline.engine) as conn:
            return (
                sources.state_of(conn, self._source.name) if claim_or_take_over(conn, name, owner, now, for_s) else None
            )

    def _seconds_until_due(self, state: SourceState, now: datetime) -> float:
        """Seconds until the source is due; positive when another process has just polled it, or it said so itself."""
        told, last = decode_reason(state.error or ""), state.last_attempt_at
        if state.failing_since is not None and isinstance(told, Reason) and told.code == RETRY_LATER:
            wait = float(told.params["retry_at"]) - now.timestamp()
            return wait if wait <= LONGEST_WAIT_S else 0.0
        if last is None or last > now or state.failing_since is not None:
            return 0.0
        return (last + timedelta(seconds=self._source.every_s) - now).total_seconds()

    def _fetch_all(self, cursor: str | None) -> bool:
        """Store deliveries until there are no more; returns whether there were any."""
        any_came, more = False, True
        while more and not self._stop.is_set():
            more = False
            for delivery in self._source.fetch(cursor, self._now()):
                began = time.monotonic()
                if _is_garbage(self._take(delivery)):
                    self._stop.wait(min(PAUSE_FACTOR * (time.monotonic() - began), LONGEST_PAUSE_S))
                elif delivery.is_bulk:
                    self._pacer.step()  # whoever reports meanwhile needs the processor and the store, too
                any_came, more, cursor = True, delivery.more, delivery.cursor
                if self._stop.is_set():
                    break
        return any_came

    def _take(self, delivery: Delivery) -> list[Outcome]:
        outcomes = self._pipeline.write_delivery(self._source, delivery, self._now(), lease=self._lease, run=self._run)
        if delivery.on_stored is not None:
            name, (owner, for_s, _) = lease_name(self._source.name), self._lease
            with kept_renewed(self._pipeline.engine, name, owner, for_s, self._now):
                delivery.on_stored(outcomes_by_id(outcomes))
        return outcomes

    def _write_nothing_new(self) -> None:
        with writing(self._pipeline.engine) as conn:
            now = self._now()
            hours.count(conn, self._source.name, now, fetches=1)
            sources.succeeded(conn, self._source.name, now)

    def _write_failed(self, why: str) -> bool:
        with writing(self._pipeline.engine) as conn:
            now = self._now()
            hours.count(conn, self._source.name, now, failures=1)
            return sources.failed(conn, self._source.name, now, why)


def _is_garbage(outcomes: Collection[Outcome]) -> bool:
    return bool(outcomes) and all(outcome.kind is OutcomeKind.REJECTED for outcome in outcomes)
