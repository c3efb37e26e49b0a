"""A recording in order of time, and the shift of its times to the present."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ingest.source import Raw, Record
from ingest.tabular.readers.csv_table import Table


@dataclass(frozen=True, slots=True)
class Shift:
    """Shifts recorded times to the present: `origin` becomes `started`, and time runs `speed` times as fast."""

    started: float
    """Epoch seconds, present time."""
    origin: float
    """Epoch seconds, recorded time."""
    speed: float

    def moved(self, at: datetime) -> datetime:
        """A recorded moment in present time, whole seconds."""
        return datetime.fromtimestamp(int(self.started + (at.timestamp() - self.origin) / self.speed), UTC)

    def recorded(self, now: datetime) -> float:
        """A present moment in recorded time, epoch seconds."""
        return self.origin + (now.timestamp() - self.started) * self.speed

    def of(self, record: Record, until: float) -> Record:
        """A recorded case in present time, with its events until the recorded moment `until`."""
        events = [
            event.model_copy(update={"at": self.moved(event.at)})
            for event in record.events
            if event.at.timestamp() <= until
        ]
        moments: dict[str, object] = {"received_at": self.moved(record.received_at), "events": tuple(events)}
        if record.promised_at is not None:
            moments["promised_at"] = self.moved(record.promised_at)
        return record.model_copy(update=moments)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Each case at its receipt, and again at each of its later events."""

    table: Table
    rows: tuple[Raw, ...]
    times: tuple[float, ...]
    """Recorded moments, epoch seconds, ascending."""
    which: tuple[int, ...]
    """Beside each the index of its row."""

    @property
    def origin(self) -> float:
        """When the recording begins."""
        return self.times[0] if self.times else 0.0

    def due(self, recorded: float) -> int:
        """The number of moments up to that recorded one."""
        return bisect_right(self.times, recorded)

    def between(self, first: int, last: int) -> list[Raw]:
        """The rows of the moments first .. last-1, each once, in order of time."""
        return [self.rows[n] for n in dict.fromkeys(self.which[first:last])]


def timeline(table: Table, rows: list[Raw], read: Callable[[Raw], Record]) -> Timeline:
    """The rows in order of time; unreadable rows come first, so that they are rejected."""
    moments = [list(_moments(raw, read)) for raw in rows]
    origin = min((at for each in moments for at in each), default=0.0)
    order = sorted((at, n) for n, each in enumerate(moments) for at in each or [origin])
    return Timeline(table, tuple(rows), tuple(at for at, _ in order), tuple(n for _, n in order))


def _moments(raw: Raw, read: Callable[[Raw], Record]) -> Iterator[float]:
    try:
        record = read(raw)
    except ValueError:  # Unreadable, or pydantic's
        return
    yield record.received_at.timestamp()
    yield from {event.at.timestamp() for event in record.events} - {record.received_at.timestamp()}
