"""Work on many rejected records at once, beside the requests: a thread an errand, one errand a source.

An errand that ends before its time (the process stops, the store goes) has lost nothing: asked for again it goes on
with what is left. A lease keeps two processes from running the same one; its progress is known where it runs.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from dashboard.web.deps import WebDeps
from data import clock
from data.store.db.engine import StoreDown, reading, writing
from data.store.intake import rejected_search
from data.store.intake.sources import claim, release
from ingest.runtime.rejected_corrections import discard
from ingest.runtime.rejected_retry import retry_pages
from ingest.source import OutcomeKind

log = structlog.get_logger(__name__)
LEASE_S = 60.0
RENEW_EVERY = 200
"""Records between two renewals of the lease."""
CHUNK = 100
"""Records thrown away in one transaction."""


@dataclass(slots=True)
class Errand:
    """One errand and how far it is."""

    what: str
    """retry or discard."""
    kind: str | None
    """Of the reasons; None: all."""
    began: datetime
    total: int = 0
    done: int = 0
    helped: int = 0
    """Records that are a case now, or are thrown away."""
    ended: datetime | None = None
    error: str | None = None


class Errands:
    """All errands of this process; the last one of each source is remembered."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps
        self._guard = threading.Lock()
        self._last: dict[str, Errand] = {}
        self._owner = f"{socket.gethostname()}:{os.getpid()}:errand"

    def last(self, source: str) -> Errand | None:
        """The source's errand that runs or ran last in this process."""
        return self._last.get(source)

    def retry(self, source: str, kind: str | None) -> bool:
        """Try all records again; False when something is being done with them already. Raises KeyError, StoreDown."""
        reader, pipeline = self._deps.sources(source), self._deps.pipeline
        steps = (
            int(outcome.kind is not OutcomeKind.REJECTED)
            for outcome in retry_pages(pipeline, reader, clock.now(), kind)
        )
        return self._start(source, Errand("retry", kind, clock.now()), ((1, helped) for helped in steps))

    def discard(self, source: str, kind: str | None, why: str) -> bool:
        """Throw all records away; False when something is being done with them already. Raises StoreDown."""
        return self._start(source, Errand("discard", kind, clock.now()), self._discarding(source, kind, why))

    def _discarding(self, source: str, kind: str | None, why: str) -> Iterator[tuple[int, int]]:
        engine, home = self._deps.engine, self._deps.home.path
        while True:
            with reading(engine) as conn:
                ids = rejected_search.next_ids(conn, source, kind, 0, CHUNK)
            if not ids:
                return
            yield len(ids), discard(engine, home, source, ids, clock.now(), why=why)

    def _start(self, source: str, errand: Errand, steps: Iterable[tuple[int, int]]) -> bool:
        with self._guard:
            running = self._last.get(source)
            if (running is not None and running.ended is None) or not self._claim(source):
                return False
            self._last[source] = errand
        threading.Thread(target=self._run, args=(source, errand, steps), name=f"errand {source}", daemon=True).start()
        return True

    def _run(self, source: str, errand: Errand, steps: Iterable[tuple[int, int]]) -> None:
        try:
            with reading(self._deps.engine) as conn:
                errand.total = rejected_search.how_many(conn, source, errand.kind)
            for done, helped in steps:
                renew = errand.done // RENEW_EVERY != (errand.done + done) // RENEW_EVERY
                errand.done += done
                errand.helped += helped
                if renew:
                    self._claim(source)
            with writing(self._deps.engine) as conn:
                release(conn, _lease(source), self._owner)
        except (StoreDown, OSError) as fault:
            errand.error = str(getattr(fault, "orig", fault)).strip()
            log.warning("errand_stopped", source=source, error=errand.error)
        finally:
            errand.ended = clock.now()
        log.info("errand", source=source, what=errand.what, done=errand.done, helped=errand.helped)

    def _claim(self, source: str) -> bool:
        now = clock.now()
        with writing(self._deps.engine) as conn:
            return claim(conn, _lease(source), self._owner, now, LEASE_S)


def _lease(source: str) -> str:
    return f"errand:{source}"[:100]
