"""Corrections and discards of rejected records by people. Nothing is lost by them.

A corrected payload contains the received one under AS_RECEIVED until the record is read. Every correction is first
written to BATT_HOME/corrected/SOURCE.jsonl, every discarded record first to BATT_HOME/discarded/SOURCE.jsonl.
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
"""The key of the received payload in a corrected one."""


def corrected_of(text: str) -> Mapping[str, Any] | None:
    """The payload to be read: without AS_RECEIVED; None when it is not an object."""
    payload = payload_of(text)
    if payload is None or not isinstance(payload.get(AS_RECEIVED), dict):
        return payload
    return {name: value for name, value in payload.items() if name != AS_RECEIVED}


def received_of(text: str) -> Mapping[str, Any] | None:
    """The received payload of a corrected record; None when the record was not corrected."""
    found = (payload_of(text) or {}).get(AS_RECEIVED)
    return found if isinstance(found, dict) else None


def corrected_file(home: Path, source: str) -> Path:
    return home / "corrected" / f"{quote(source, safe='')}.jsonl"


def discarded_file(home: Path, source: str) -> Path:
    return home / "discarded" / f"{quote(source, safe='')}.jsonl"


def correct(engine: Engine, home: Path, row: RejectedEntry, payload: Mapping[str, Any], now: datetime) -> bool:
    """Store a corrected payload; False when a delivery has replaced the record in the meantime. Raises StoreDown."""
    before = row.record.payload
    received = received_of(before) or payload_of(before)
    after = payload_text({**payload, AS_RECEIVED: received})
    line = {**_facts(row), "corrected_at": now.isoformat(), "received": received, "corrected": payload}
    _append(corrected_file(home, row.record.source), [line])
    with writing(engine) as conn:
        return rejected.correct(conn, row.id, before, after)


def discard(engine: Engine, home: Path, source: str, ids: Sequence[int], now: datetime, *, why: str) -> int:
    """Write records to the discard file and delete them, in one transaction; returns how many. Raises StoreDown,
    OSError."""
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
        "reason": texts("id").stored_sentence(row.record.reason),
        "attempts": row.attempts,
    }


def _append(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Append JSON lines and sync them to disk; the file is readable by its owner only, because of personal data."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path, "a", encoding="ascii", opener=_private) as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=True) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
