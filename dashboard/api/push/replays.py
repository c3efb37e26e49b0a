"""Deliveries that were taken just now: the same bytes again bring nothing, whatever came between."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from ingest.source import Outcome, OutcomeKind

MOST = 20_000
"""Records whose outcomes are remembered; the oldest deliveries are forgotten first."""


class Replays:
    """What became of each signed delivery; safe to use from many threads. Each process remembers its own."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: OrderedDict[tuple[str, str], Sequence[Outcome]] = OrderedDict()
        self._held = 0

    def before(self, name: str, signed: str) -> list[Outcome] | None:
        """What a source is told of a delivery that it signed so before; None when it did not."""
        with self._guard:
            known = self._known.get((name, signed))
        if known is None:
            return None
        return [each if each.kind is OutcomeKind.REJECTED else each._replace(kind=OutcomeKind.SAME) for each in known]

    def keep(self, name: str, signed: str, outcomes: Sequence[Outcome]) -> None:
        """Remember a delivery, all of it committed."""
        with self._guard:
            self._held += len(outcomes) + 1 - self._size(self._known.pop((name, signed), None))
            self._known[name, signed] = outcomes
            while self._held > MOST:
                self._held -= self._size(self._known.popitem(last=False)[1])

    def _size(self, outcomes: Sequence[Outcome] | None) -> int:
        return 0 if outcomes is None else len(outcomes) + 1
