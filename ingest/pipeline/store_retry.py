"""Waiting for a store that is locked or gone: nothing is lost meanwhile, and the log says so once."""

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
"""Between two attempts: a wall waits for this record."""


class RunTransaction(Protocol):
    """Runs a transaction: once, or again and again while the store is down."""

    def __call__(self, transaction: Callable[[], T], /) -> T:
        """What the transaction returns."""


def run_once(transaction: Callable[[], T], /) -> T:
    """Run a transaction once; what goes wrong is the caller's."""
    return transaction()


class StoreHealth:
    """Whether the store is down, as its writers see it; shared by all of them, so that one log line speaks for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_down = False

    def down(self, error: BaseException | None) -> None:
        """An attempt failed."""
        with self._lock:
            first, self._is_down = not self._is_down, True
        if first:
            log.warning("store_down", error=str(error))

    def up(self) -> None:
        """An attempt went well."""
        with self._lock:
            first, self._is_down = self._is_down, False
        if first:
            log.info("store_back")


class StoreRetry:
    """Runs a transaction until the store takes it or `stop` is set; then raises StoreDown."""

    def __init__(self, health: StoreHealth, stop: threading.Event) -> None:
        self._health, self._stop = health, stop

    def __call__(self, transaction: Callable[[], T], /) -> T:
        """What the transaction returns. It must change nothing when it raises StoreDown."""
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
