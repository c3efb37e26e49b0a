"""How long a screen was blind: the minutes in which it was not connected to any server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

MINUTE_S, MINUTES = 60, 60


class ScreenHour(NamedTuple):
    """The minutes of an hour in which a screen was connected."""

    screen: str
    hour: datetime
    """Its first second, UTC."""
    minutes: int
    """Bits: the first minute is 1."""

    def connected(self) -> Iterator[int]:
        """The first second of each of the minutes, epoch seconds, oldest first."""
        start = int(self.hour.timestamp())
        return (start + n * MINUTE_S for n in range(MINUTES) if self.minutes >> n & 1)


def minute_of(screen: str, at: datetime) -> ScreenHour:
    """The one minute in which the moment lies."""
    hour = at - timedelta(seconds=at.timestamp() % (MINUTES * MINUTE_S))
    return ScreenHour(screen, hour, 1 << at.minute)


class Blind(NamedTuple):
    """A time without a connection; epoch seconds."""

    since: int
    until: int


def blind_times(hours: Iterable[ScreenHour], start: int, end: int) -> list[Blind]:
    """The times from `start` until `end`, both the first second of a minute, without a connection of the screen; hours:
    of that screen, oldest first.
    """
    found, since = [], start
    for each in hours:
        for at in each.connected():
            if start <= at < end:
                if at > since:
                    found.append(Blind(since, at))
                since = at + MINUTE_S
    return [*found, Blind(since, end)] if since < end else found


def by_screen(hours: Iterable[ScreenHour]) -> Mapping[str, list[ScreenHour]]:
    """The hours of each screen."""
    found: dict[str, list[ScreenHour]] = {}
    for each in hours:
        found.setdefault(each.screen, []).append(each)
    return found
