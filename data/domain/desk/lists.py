"""What lists for people at work show of cases: the desk's inbox, a responder's queue, what a search finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from data.domain.city.model import Priority
from data.domain.figures.boards import CaseRow


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A line."""

    case: CaseRow
    """As a wall shows it: masked where it is private."""
    title: str
    """'' where it is private and not for the reader."""
    priority: Priority
    version: int
    asks_reopening: bool = False
    """It has ended, and its reporter says that it is not solved."""
    escalated: str | None = None
    """To whom, when nobody has acknowledged it yet."""


@dataclass(frozen=True, slots=True)
class ChangedCase:
    """A case that changed a short while ago, for a page that shows it."""

    code: str
    version: int


@dataclass(frozen=True, slots=True)
class DeskList:
    """A list with what surrounds it."""

    now: datetime
    rows: tuple[DeskRow, ...]
    total: int
    """How many there are; `rows` are the first of them."""
    overdue: int
    """Open cases of the reader whose citizen's clock is past its due moment, whatever their state."""
    waiting: int
    """Open cases of the reader that wait."""
    changed: tuple[ChangedCase, ...]
    behind: int = 0
    """Of the total, how many stand behind the line of a group that may be one event."""
    escalated: int = 0
    """Escalations of the reader that nobody has acknowledged."""
