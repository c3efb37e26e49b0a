"""What a source has promised for a case, and whether that was kept.

A verdict of its own beside the city's clocks: it moves none of them, and none of them moves it. A promise is given by
another system (the due date of a file, Open311's `expected_datetime`), in real time and not in working time. It is
kept when the case has ended by then, however it ended: resolved, closed or refused as a duplicate. The end is the
resolution, without one the closing; a reopened case runs again. A merged case has no verdict: its head speaks for it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from data.domain.cases.model import CaseState, Undated
from data.domain.sla.case_status import CaseStatus


class PromiseState(StrEnum):
    """The verdict on a source's promise."""

    RUNNING = "running"
    OVERDUE = "overdue"
    """Open, and the promised moment is past."""
    KEPT = "kept"
    MISSED = "missed"
    UNDATED = "undated"
    """Ended, and nobody knows when: neither kept nor missed."""


def promise_state(promised_at: datetime | None, status: CaseStatus, now: datetime) -> PromiseState | None:
    """The verdict at `now`; None without a promise. The promised second itself is in time."""
    if promised_at is None or status.state is CaseState.MERGED:
        return None
    ended = status.resolved_at or status.ended_at
    if ended is None:
        return PromiseState.OVERDUE if now > promised_at else PromiseState.RUNNING
    if status.undated & Undated.END:
        return PromiseState.UNDATED
    return PromiseState.KEPT if ended <= promised_at else PromiseState.MISSED
