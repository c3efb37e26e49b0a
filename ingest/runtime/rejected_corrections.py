"""What people do with records that could not be read: correct them or throw them away. Nothing of it is lost.

A corrected payload keeps the one that was received beside it, under AS_RECEIVED, as long as it waits. Every correction
is also a line in BATT_HOME/corrected/SOURCE.jsonl before it is stored, every record thrown away a line in
BATT_HOME/discarded/SOURCE.jsonl before it is deleted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from data.store.db.engine import Engine, writing
from data.store.intake import rejected, rejected_search
from data.store.intake.rejected import RejectedEntry
from data.texts import texts
from ingest.pipeline.reading import payload_of, payload_text

AS_RECEIVED = "_as_received"
"""The key in a corrected payload under which the received one stands."""


def corrected_of(text: str) -> Mapping[str, Any] | None:
    """What is to be read: the kept payload without what was received; None when it is no object."""
    payload = payload_of(text)
    if payload is None or not isinstance(payload.get(AS_RECEIVED), dict):
        return payload
    return {name: value for name, value in payload.items() if name != AS_RECEIVED}


def received_of(text: str) -> Mapping[str, Any] | None:
    """The payload as it was received, of a corrected one; None of one that nobody has touched."""
    found = (payload_of(text) or {}).get(AS_RECEIVED)
    return found if isinstance(found, dict) else None


def corrected_file(home: Path, source: str) -> Path:
    """Where the corrections of a source are written down."""
    return home / "corrected" / f"{quote(source, safe='')}.jsonl"


def discarded_file(home: Path, source: str) -> Path:
    """Where what was thrown away of a source is kept."""
    return home / "discarded" / f"{quote(source, safe='')}.jsonl"


def correct(engine: Engine, home: Path, row: RejectedEntry, payload: Mapping[str, Any], now: datetime) -> bool:
    """Store a corrected payload; False when another delivery has replaced the record meanwhile. Raises StoreDown."""
    before = row.record.payload
    received = received_of(before) or payload_of(before)
    after = payload_text({**payload, AS_RECEIVED: received})
    line = {**_facts(row), "corrected_at": now.isoformat(), "received": received, "corrected": payload}
    _append(corrected_file(home, row.record.source), [line])
    with writing(engine) as conn:
        return rejected.correct(conn, row.id, before, after)


def discard(engine: Engine, home: Path, source: str, ids: Sequence[int], now: datetime, *, why: str) -> int:
    """Write records down and delete them, in one transaction; how many there were. Raises StoreDown, OSError."""
    with writing(engine) as conn:
        rows = [row for each in ids if (row := rejected_search.one(conn, source, each)) is not None]
        mark = {"discarded_at": now.isoformat(), "why": why}
        lines = ({**_facts(row), **mark, "payload": json.loads(row.record.payload)} for row in rows)
        _append(discarded_file(home, source), lines)
        for row in rows:
            rejected.remove(conn, source, row.record.external_id, now)
    return len(rows)


def _facts(row: RejectedEntry) -> dict[str, Any]:
    return {
        "source": row.record.source,
        "external_id": row.record.external_id,
        "at": row.at.isoformat(),
        "reason": texts("id").tell_stored(row.record.reason),
        "attempts": row.attempts,
    }


def _append(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Add JSON lines that are on the disk when this returns; readable by the owner only: they hold personal data."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path, "a", encoding="ascii", opener=_private) as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=True) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
