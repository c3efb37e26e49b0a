"""Corrections and discards of rejected records by people. Nothing is lost by them but what is erased with its case.

A corrected payload contains the received one under AS_RECEIVED until the record is read. Every correction is first
written to BATT_HOME/corrected/SOURCE.jsonl, every discarded record first to BATT_HOME/discarded/SOURCE.jsonl.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from data.store.db.engine import Engine, writing
from data.store.intake import rejected, rejected_search
from data.store.intake.rejected import RejectedEntry
from data.texts import texts
from ingest.pipeline.reading import payload_of, payload_text

AS_RECEIVED = "_as_received"
"""The key of the received payload in a corrected one."""
_SAID = frozenset({"received", "corrected", "payload"})
"""What a line has of the record itself."""


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


def erase(home: Path, records: Iterable[tuple[str, str]]) -> None:
    """Take what records (source, external id) said out of both files; the lines stay. Raises OSError."""
    by_source: dict[str, set[str]] = defaultdict(set)
    for source, external_id in records:
        by_source[source].add(external_id)
    for source, ids in by_source.items():
        for path in (corrected_file(home, source), discarded_file(home, source)):
            if path.exists():
                _erase_lines(path, ids)


def _erase_lines(path: Path, ids: set[str]) -> None:
    with _alone(path):
        before = path.read_text(encoding="ascii").splitlines()
        after = [_without_said(line, ids) for line in before]
        if after != before:
            partial = path.with_suffix(".part")
            with open(partial, "w", encoding="ascii", opener=_private) as file:
                _write(file, after)
            os.replace(partial, path)


def _without_said(line: str, ids: set[str]) -> str:
    """A line that a crash cut off stays as it is."""
    with suppress(ValueError):
        told = json.loads(line)
        if told["external_id"] in ids:
            return _json({name: value for name, value in told.items() if name not in _SAID})
    return line


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
    with _alone(path), open(path, "a", encoding="ascii", opener=_private) as file:
        _write(file, map(_json, lines))


def _json(line: Mapping[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=True)


def _write(file: TextIO, lines: Iterable[str]) -> None:
    file.writelines(f"{line}\n" for line in lines)
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """No other process writes the file meanwhile."""
    with open(path.with_suffix(".lock"), "a", opener=_private) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
