"""What came of tries, and how it is told."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


class Lost(Exception):
    """A promise was broken; the text says which."""


@dataclass(slots=True)
class TrialResult:
    """The verdicts of one trial."""

    name: str
    planned: int
    survived: int = 0
    not_measured: int = 0
    lost: list[str] = field(default_factory=list)
    promises: int = 0
    """Answered reports that were looked for."""
    worst_s: float | None = None
    """The longest that anybody waited, where the trial measures it."""
    seconds: float = 0.0
    details: str = ""
    """What the trial says besides."""

    @property
    def line(self) -> str:
        """In one line, then what was lost and the details."""
        tried = self.survived + len(self.lost) + self.not_measured
        worst = "" if self.worst_s is None else f", longest wait {self.worst_s:.1f} s"
        return (
            f"{self.name}: {tried} of {self.planned} tried in {self.seconds:.0f} s; survived {self.survived}, lost"
            f" {len(self.lost)}, not measured {self.not_measured}; {self.promises:,} answered reports looked for{worst}"
            + "".join(f"\n  lost: {text}" for text in self.lost)
            + (f"\n\n{self.details}\n" if self.details else "")
        )


@contextmanager
def judged(result: TrialResult) -> Iterator[None]:
    """Counts what a try raises: Lost, or anything else when the try itself did not work."""
    try:
        yield
    except Lost as fault:
        result.lost.append(str(fault))
    except Exception:  # the harness, not the promise: said, and counted apart
        traceback.print_exc()
        result.not_measured += 1


@dataclass(frozen=True, slots=True)
class Trial:
    """Something that is broken again and again.

    `attempts` yields one callable a try; it returns (answered reports that were looked for, the longest wait or None)
    and raises Lost, or anything else when the try itself did not work.
    """

    name: str
    planned: int
    attempts: Callable[[Path], Iterator[Callable[[], tuple[int, float | None]]]]

    def run(self, folder: Path, seconds: float) -> TrialResult:
        """Try until it was tried as often as planned, or the time is over."""
        result, began = TrialResult(self.name, self.planned), time.monotonic()
        for _, attempt in zip(range(self.planned), self.attempts(folder), strict=False):
            with judged(result):
                promises, worst_s = attempt()
                result.survived += 1
                result.promises += promises
                result.worst_s = max((s for s in (result.worst_s, worst_s) if s is not None), default=None)
            if time.monotonic() - began > seconds:
                break
        result.seconds = time.monotonic() - began
        return result


def table(results: list[TrialResult]) -> str:
    """A Markdown table."""
    rows = ["| trial | planned | survived | lost | not measured | answered reports looked for | longest wait |"]
    rows.append("|---|---|---|---|---|---|---|")
    for each in results:
        worst = "" if each.worst_s is None else f"{each.worst_s:.1f} s"
        cells = (each.name, each.planned, each.survived, len(each.lost), each.not_measured, f"{each.promises:,}", worst)
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


def check_kept(stored: set[str], promised: set[str], new: str | None) -> int:
    """How many promises were looked for. Raises Lost when one is not stored, or a number was given again."""
    if gone := promised - stored:
        raise Lost(f"{len(gone)} of {len(promised)} answered reports are gone")
    if new is not None and new in promised:
        raise Lost(f"number {new} was given twice")
    return len(promised)
