"""Writes messages about warnings in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from data.store.db.engine import Connection
from data.store.warnings.told import Became
from data.store.warnings.writing import take
from ingest.source import Outcome, OutcomeKind
from ingest.warnings.drafts import WarningDraft, WarningDrafter

_BECAME = {Became.NEW: OutcomeKind.NEW, Became.UPDATED: OutcomeKind.UPDATED, Became.SAME: OutcomeKind.SAME}


@dataclass(frozen=True, slots=True)
class WarningWriter:
    """Writes drafts of one source; the caller commits."""

    drafter: WarningDrafter

    def write(self, conn: Connection, source: str, draft: WarningDraft, now: datetime) -> Outcome:
        """What became of the message."""
        became = take(conn, source, draft.told, now)
        return Outcome(_BECAME[became], draft.external_id, received_at=draft.record.sent)
