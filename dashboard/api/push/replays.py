"""Remembers the last deliveries, so that a repeated one has no effect."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from ingest.source import Outcome, OutcomeKind

MOST = 20_000
"""Records in all remembered deliveries; the oldest are dropped first."""


class Replays:
    """The outcomes of deliveries, by signature; thread-safe. Each process has its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], Sequence[Outcome]] = OrderedDict()
        self._held = 0

    def before(self, name: str, signed: str) -> list[Outcome] | None:
        """The answer to a repeated delivery; None when it is new."""
        with self._lock:
            known = self._known.get((name, signed))
        if known is None:
            return None
        return [each if each.kind is OutcomeKind.REJECTED else each._replace(kind=OutcomeKind.SAME) for each in known]

    def keep(self, name: str, signed: str, outcomes: Sequence[Outcome]) -> None:
        """Remember a delivery that is committed."""
        with self._lock:
            self._held += len(outcomes) + 1 - self._size(self._known.pop((name, signed), None))
            self._known[name, signed] = outcomes
            while self._held > MOST:
                self._held -= self._size(self._known.popitem(last=False)[1])

    def _size(self, outcomes: Sequence[Outcome] | None) -> int:
        return 0 if outcomes is None else len(outcomes) + 1
