"""warning_overlay: the warnings in force, for the walls that they take and the map that they tint."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from data.domain.warnings.board import VillageName, WarningOverlay
from data.reference.places.villages import VILLAGES
from data.store.queries.warnings.in_force import in_force

VILLAGE_NAMES = {village.code: VillageName(village.name, village.district) for village in VILLAGES}


def ask(conn: Connection, now: datetime) -> WarningOverlay:
    """All of them: the rules of each screen choose."""
    return WarningOverlay(now, in_force(conn, now), VILLAGE_NAMES)
