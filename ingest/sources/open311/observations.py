"""What one poll has observed: the records that it handed over, those outside the windows, and whether the server
filters by date at all."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any

from data.domain.reasons import Reason, reason
from ingest.source import Raw
from ingest.sources.open311.client import id_or_key, key_of

_ENOUGH = 10
"""The least requests on a page for which it is compared with the page of another window."""
_DIFFER_SHARE = 0.02
"""Two pages are the same when at most this share differs: requests come in meanwhile."""


class _Dates(Enum):
    """What the server does with start_date and end_date."""

    UNKNOWN = 0
    SUSPECTED = 1
    IGNORED = 2
    FILTERED = 3


class Observations:
    """The observations of one poll. Counts are of different requests, in however many windows they came."""

    def __init__(self) -> None:
        self.used_up: int | None = None
        """How many requests the poll might send, once it has sent them."""
        self._dates = _Dates.UNKNOWN
        self._taken: set[tuple[str, str]] = set()
        self._inside: set[str] = set()
        self._outside: set[str] = set()
        self._last: frozenset[str] = frozenset()
        self._cut = 0

    @property
    def asks_at_once(self) -> bool:
        """Whether the rest of a pull is asked for at once, because smaller windows bring the same."""
        return self._dates in (_Dates.SUSPECTED, _Dates.IGNORED)

    def is_new(self, raw: Raw) -> bool:
        """Whether this record, as it is now, was not handed over in this poll yet."""
        record = (raw.external_id, key_of(raw.payload))
        if record in self._taken:
            return False
        self._taken.add(record)
        return True

    def count(self, inside: Iterable[Any], outside: Iterable[Any]) -> None:
        """Add the requests of a page in the window, and those outside it."""
        self._inside.update(map(id_or_key, inside))
        self._outside.update(map(id_or_key, outside))

    def accept(self, first_page: Iterable[Any], strays: int) -> bool:
        """Judge a window by its first page, which has so many requests outside it; False: ask for another window.

        When it is that of the window before, the server is suspected of ignoring the dates, and the rest of the pull is
        asked for at once. When the same comes again, that is everything; else the server does filter.
        """
        before, self._last = self._last, frozenset(map(id_or_key, first_page))
        same = len(self._last) >= _ENOUGH and len(before ^ self._last) <= _DIFFER_SHARE * len(self._last)
        if self._dates is _Dates.UNKNOWN and same and strays:
            self._dates = _Dates.SUSPECTED
            return False
        if self._dates is _Dates.SUSPECTED:
            self._dates = _Dates.IGNORED if same else _Dates.FILTERED
            return same
        return True

    def refuse(self) -> bool:
        """The server refused a window; True when it may be asked for smaller ones."""
        was_suspected = self._dates is _Dates.SUSPECTED
        self._dates = _Dates.FILTERED if was_suspected else self._dates
        return was_suspected

    def cut(self, count: int) -> None:
        """The shortest window holds so many requests, and perhaps more."""
        self._cut = max(self._cut, count)

    def remark(self) -> Reason | None:
        """What is to be said of the poll; None when nothing is."""
        outside = len(self._outside - self._inside)
        said = [
            reason("open311.dates_ignored", n=len(self._last)) if self._dates is _Dates.IGNORED else None,
            reason("open311.outside", n=outside) if outside else None,
            reason("open311.window_cut", n=self._cut) if self._cut else None,
            reason("open311.used_up", most=self.used_up) if self.used_up is not None else None,
        ]
        found = tuple(each for each in said if each is not None)
        return reason("open311.remarks", each=found) if found else None
