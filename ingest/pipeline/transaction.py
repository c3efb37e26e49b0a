"""How a transaction is run: once, or again and again while the store is down (`ingest.pipeline.store_retry`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Attempt(Protocol):
    """Runs a transaction, perhaps again and again while the store is down."""

    def __call__(self, transaction: Callable[[], T], /) -> T:
        """What the transaction returns."""


def at_once(transaction: Callable[[], T], /) -> T:
    """Attempt a transaction once; what goes wrong is the caller's."""
    return transaction()
