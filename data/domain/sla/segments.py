"""The segments of time that a clock counted or did not count, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from data.domain.sla.clock_intervals import ClockInterval
from data.domain.sla.worktime import moment

COUNTED = "working"
CLOSED = "closed"
FILING_DAY = "filing_day"
PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Segment:
    """Whether the clock counted from `start` to `end`, and why.

    reason: working; closed, or `closed: HOLIDAY, ..` with the holidays in it; paused:REASON; filing_day.
    """

    start: datetime
    end: datetime
    counted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    reason: str
    pause: int | None
    """The number of the pause, so that two adjacent pauses stay two segments."""


def segments(interval: ClockInterval, now: int) -> tuple[Segment, ...]:
    """The segments from the clock's start to its stop (or `now`), in order and without gaps; none is empty."""
    last = now if interval.stop is None else interval.stop
    grouped = groupby(_pieces(interval, interval.start, last), key=lambda piece: (piece.reason, piece.pause))
    return tuple(_segment(interval, list(group)) for _, group in grouped)


def _segment(interval: ClockInterval, pieces: list[_Piece]) -> Segment:
    start, end, reason = pieces[0].start, pieces[-1].end, pieces[0].reason
    holidays = interval.calendar.holidays_between(start, end) if reason == CLOSED else ()
    named = f"{reason}: {', '.join(holidays)}" if holidays else reason
    return Segment(moment(start), moment(end), reason == COUNTED, named)


def _pieces(interval: ClockInterval, first: int, last: int) -> Iterator[_Piece]:
    """The time from `first` to `last`, cut at every opening, closing, pause and at the filing day's end."""
    if last <= first:
        return
    windows = interval.calendar.spans(first, last)
    pauses = [(p.since, last if p.until is None else min(p.until, last)) for p in interval.pauses]
    cuts = {first, last, *(edge for span in [*windows, *pauses] for edge in span), interval.counts_from or first}
    opened = {start for start, _ in windows}
    shut = {end for _, end in windows}
    counting = False
    for start, end in pairwise(sorted(cut for cut in cuts if first <= cut <= last)):
        counting = start in opened or (counting and start not in shut)
        yield _piece(interval, start, end, counting)


def _piece(interval: ClockInterval, start: int, end: int, counting: bool) -> _Piece:
    if interval.counts_from is not None and start < interval.counts_from:
        return _Piece(start, end, FILING_DAY, None)
    for n, pause in enumerate(interval.pauses):
        if pause.is_active(start):
            return _Piece(start, end, f"{PAUSED}:{pause.reason}", n)
    return _Piece(start, end, COUNTED if counting else CLOSED, None)
