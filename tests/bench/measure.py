"""What a benchmark hands back, and the arithmetic that all of them share."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Result:
    """One figure. `limit` is what the bare machine does in the same run; None where there is no such thing."""

    name: str
    value: float | None
    """None: it could not be measured; `note` says why."""
    unit: str
    target: float | None
    """None: told for orientation, nothing is promised."""
    limit: float | None = None
    at_least: bool = False
    """True: the value must reach the target; False: it must not pass it."""
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        if self.value is None:
            return False
        if self.target is None:
            return True
        return self.value >= self.target if self.at_least else self.value <= self.target


@dataclass(frozen=True, slots=True)
class Env:
    """Where and how thoroughly to measure."""

    folder: Path
    """Scratch of one benchmark, empty at its start."""
    shared: Path
    """Stores that are filled once a run; each benchmark works on copies."""
    quick: bool

    def size(self, full: int, quick: int) -> int:
        """The amount of work: `full` in earnest, `quick` to try."""
        return quick if self.quick else full


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not pass (nearest rank)."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def p95(values: Sequence[float]) -> float:
    """95 % are no larger."""
    return percentile(values, 0.95)


def median(values: Sequence[float]) -> float:
    """Half are no larger."""
    return percentile(values, 0.5)


def timed(work: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each of `times` runs."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return taken


QUIET = 1.3
"""A machine is quiet while its pace is at most this many times its fastest."""


def at_pace(rounds: Sequence[tuple[Sequence[float], Sequence[float]]]) -> list[float]:
    """The values that were measured while the machine kept its pace, both before and after.

    rounds: values, and paces: one before the first value, and one after each. The choice does not depend on the values.
    """
    most = QUIET * min(pace for _, paces in rounds for pace in paces)
    return [
        value
        for values, paces in rounds
        for value, around in zip(values, pairwise(paces), strict=True)
        if max(around) <= most
    ]


def pace_ms(times: int = 9) -> float:
    """How long this machine takes for the same piece of Python, the median of so many: on a shared one it doubles
    within minutes, and every figure with it.
    """
    return median(timed(_count, times))


def _count() -> None:
    counted: dict[int, int] = {}
    for n in range(300_000):
        counted[n % 1000] = counted.get(n % 1000, 0) + n


def peak_memory(pid: int | str = "self") -> int:
    """The most bytes a process has held so far, 0 when it has ended; getrusage would count its parent, too."""
    with suppress(ProcessLookupError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0
