"""Pauses of cases, as known at a number of the change feed."""

from __future__ import annotations

from typing import NamedTuple


class KnownPause(NamedTuple):
    """One pause; moments are epoch seconds."""

    case_id: int
    since: int
    until: int | None
    """When it was ended, reached its cap, or the cycle ended; it may lie ahead. None: it is open, without a cap."""
    reason: str
