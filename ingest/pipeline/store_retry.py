"""What happens when the store goes away: a transaction is tried again until the store is back.

Nothing is lost in the meantime. The log says once that the store is down, and once that it is back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

import structlog
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_when_event_set,
    wait_exponential_jitter,
)

from data.store.db.engine import StoreDown
from ingest.pipeline.gc_pause import gc_resumed

log = structlog.get_logger(__name__)
T = TypeVar("T")

_LONGEST_S = 5.0
"""The longest time between two attempts; short, because a wall waits for the record."""


class RunTransaction(Protocol):
    """Runs a transaction: once (`run_once`), or again while the store is down (`StoreRetry`)."""

    def __call__(self, transaction: Callable[[], T], /) -> T:
        """What the transaction returns."""


def run_once(transaction: Callable[[], T], /) -> T:
    """Run a transaction once; the caller handles StoreDown."""
    return transaction()


class StoreHealth:
    """Whether the store is down for its writers. All of them share it, so that the log has one line for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_down = False

    def down(self, error: BaseException | None) -> None:
        """Call after a failed attempt."""
        with self._lock:
            first, self._is_down = not self._is_down, True
        if first:
            log.warning("store_down", error=str(error))

    def up(self) -> None:
        """Call after a successful attempt."""
        with self._lock:
            first, self._is_down = self._is_down, False
        if first:
            log.info("store_back")


class StoreRetry:
    """Runs a transaction until it succeeds or `stop` is set; in the latter case it raises StoreDown."""

    def __init__(self, health: StoreHealth, stop: threading.Event) -> None:
        self._health, self._stop = health, stop

    def __call__(self, transaction: Callable[[], T], /) -> T:
        """Returns what the transaction returns. A transaction that raises StoreDown must have no effect."""
        result = Retrying(
            retry=retry_if_exception_type(StoreDown),
            wait=wait_exponential_jitter(multiplier=0.2, max=_LONGEST_S, jitter=0.3),
            sleep=self._wait,
            stop=stop_when_event_set(self._stop),
            before_sleep=self._failed,
            reraise=True,
        )(transaction)
        self._health.up()
        return result

    def _wait(self, seconds: float) -> None:
        with gc_resumed():
            self._stop.wait(seconds)

    def _failed(self, state: RetryCallState) -> None:
        self._health.down(state.outcome.exception() if state.outcome else None)
