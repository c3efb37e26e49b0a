"""What every write to the guide needs: its kind of change, the parts of its codes, the history of edits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, RowMapping, insert, select

from data.store.db.schema.guide import guide_edit
from data.store.source_write import SourceWrite

KIND = "guide"
"""Of changes."""
PLACES, BUSINESSES, AGENDA = "TP", "UM", "AG"
"""The first parts of codes."""
PLACE_NOUN, AGENDA_NOUN = "place", "agenda"


class VersionConflict(Exception):
    """Somebody else has changed it since it was read."""


class GuideWrite(SourceWrite):
    """One transaction's writes of one source, or of one person."""

    kind: ClassVar[str] = KIND


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a place or of an entry of the agenda."""

    at: datetime
    actor: str
    by_source: bool
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    why: str | None


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something: an officer, or a source."""

    actor: str
    by_source: bool = False
    why: str | None = None


def keep_edit(write: GuideWrite, noun: str, row: RowMapping, changed: Mapping[str, Any], by: By) -> None:
    """Keep what the columns were and what they become."""
    before = {name: _plain(row[name]) for name in changed}
    after = {name: _plain(value) for name, value in changed.items()}
    values = {
        **write.stamped(write.now),
        "noun": noun,
        "item_id": row["id"],
        "actor": by.actor,
        "by_source": by.by_source,
        "before": json.dumps(before, ensure_ascii=False),
        "after": json.dumps(after, ensure_ascii=False),
        "why": by.why,
    }
    write.conn.execute(insert(guide_edit).values(values))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def edits(conn: Connection, noun: str, item_id: int, most: int = 100) -> list[Edit]:
    """The newest first."""
    mine = (guide_edit.c.noun == noun) & (guide_edit.c.item_id == item_id)
    rows = conn.execute(select(guide_edit).where(mine).order_by(guide_edit.c.id.desc()).limit(most)).mappings()
    return [
        Edit(row["at"], row["actor"], row["by_source"], json.loads(row["before"]), json.loads(row["after"]), row["why"])
        for row in rows
    ]
