"""Retries or discards many rejected records in the background: a thread a job, one job a source.

A job that is interrupted (the process stops, the store fails) loses nothing: started again, it goes on with the rest.
A lease keeps two processes from running the same job; only the process that runs it knows its progress.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from dashboard.web.deps import WebDeps
from data import clock
from data.store.db.engine import StoreDown, reading, writing
from data.store.db.pacing import Pacer
from data.store.intake import rejected_search
from data.store.intake.sources import Holder, holder, release
from ingest.runtime.leases import claim_or_take_over
from ingest.runtime.process_files import owner_of
from ingest.runtime.rejected_corrections import discard
from ingest.runtime.rejected_retry import retry_pages
from ingest.source import OutcomeKind

log = structlog.get_logger(__name__)
LEASE_S = 60.0
RENEW_EVERY = 200
"""Records between two renewals of the lease."""
CHUNK = 100
"""Records discarded in one transaction."""


@dataclass(slots=True)
class RejectedJob:
    """A job and its progress."""

    what: str
    """retry or discard."""
    kind: str | None
    """Only records with this kind of reason; None: all."""
    began: datetime
    total: int = 0
    done: int = 0
    helped: int = 0
    """Records that are a case now, or were discarded."""
    ended: datetime | None = None
    error: str | None = None


class RejectedJobs:
    """The jobs of this process."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps
        self._lock = threading.Lock()
        self._last: dict[str, RejectedJob] = {}

    @property
    def _owner(self) -> str:
        return owner_of(self._deps.home.path, "rejected")

    def held_elsewhere(self, source: str, now: datetime) -> Holder | None:
        """Who works on the records of this source, when it is another process."""
        with reading(self._deps.engine) as conn:
            found = holder(conn, _lease(source))
        return None if found is None or found.owner == self._owner or found.until <= now else found

    def last(self, source: str) -> RejectedJob | None:
        """The source's latest job, running or ended."""
        return self._last.get(source)

    def retry(self, source: str, kind: str | None) -> bool:
        """Start to retry records; False when a job of this source runs. Raises KeyError, StoreDown."""
        reader, pipeline = self._deps.sources(source), self._deps.pipeline
        outcomes = retry_pages(pipeline, reader, clock.now(), kind)
        steps = (int(outcome.kind is not OutcomeKind.REJECTED) for outcome in outcomes)
        return self._start(source, RejectedJob("retry", kind, clock.now()), ((1, helped) for helped in steps))

    def discard(self, source: str, kind: str | None, why: str) -> bool:
        """Start to discard records; False when a job of this source runs. Raises StoreDown."""
        return self._start(source, RejectedJob("discard", kind, clock.now()), self._discarding(source, kind, why))

    def _discarding(self, source: str, kind: str | None, why: str) -> Iterator[tuple[int, int]]:
        engine, home, pacer = self._deps.engine, self._deps.home.path, Pacer()
        while True:
            with reading(engine) as conn:
                ids = rejected_search.next_ids(conn, source, kind, 0, CHUNK)
            if not ids:
                return
            yield len(ids), discard(engine, home, source, ids, clock.now(), why=why)
            pacer.step()

    def _start(self, source: str, job: RejectedJob, steps: Iterable[tuple[int, int]]) -> bool:
        with self._lock:
            running = self._last.get(source)
            if (running is not None and running.ended is None) or not self._claim(source):
                return False
            self._last[source] = job
        threading.Thread(target=self._run, args=(source, job, steps), name=f"rejected {source}", daemon=True).start()
        return True

    def _run(self, source: str, job: RejectedJob, steps: Iterable[tuple[int, int]]) -> None:
        try:
            with reading(self._deps.engine) as conn:
                job.total = rejected_search.how_many(conn, source, job.kind)
            for done, helped in steps:
                renew = job.done // RENEW_EVERY != (job.done + done) // RENEW_EVERY
                job.done += done
                job.helped += helped
                if renew:
                    self._claim(source)
            with writing(self._deps.engine) as conn:
                release(conn, _lease(source), self._owner)
        except (StoreDown, OSError) as fault:
            job.error = str(getattr(fault, "orig", fault)).strip()
            log.warning("rejected_job_stopped", source=source, error=job.error)
        finally:
            job.ended = clock.now()
        log.info("rejected_job", source=source, what=job.what, done=job.done, helped=job.helped)

    def _claim(self, source: str) -> bool:
        now = clock.now()
        with writing(self._deps.engine) as conn:
            return claim_or_take_over(conn, _lease(source), self._owner, now, LEASE_S)


def _lease(source: str) -> str:
    return f"rejected:{source}"[:100]
