"""Searches the rejected records of a source (there may be hundreds of thousands) page by page and by kind of reason.

The kind of a reason is the reason without its values ("lat: … bukan bilangan"): such records can be corrected together.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, true

from data.domain.reasons import Reason, decode_reason, encode_reason
from data.store.db.schema.cases import rejected
from data.store.intake.rejected import RejectedEntry, read_row

GAP = "…"
NAMES = frozenset({"field", "column", "columns", "allowed", "known", "names", "more", "example"})
"""Parameters of a reason that are the same for all records with this fault; any other is a value of one record."""
SAMPLE = 2000
"""How many of the newest records are examined for the kinds of reasons."""
_KIND_MOST = 200
_PREVIEW = 240
_QUOTED = re.compile(r"'[^']*?(?:'|…)|\"[^\"]*?(?:\"|…)")
_NUMBERED = re.compile(r"\b(baris|kolom|row|line) \d+")


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A rejected record in a list."""

    id: int
    external_id: str
    at: datetime
    reason: str
    attempts: int
    preview: str
    """The first characters of the payload, JSON text."""


def kind_of(reason: str) -> str:
    """A stored reason without the values in it, itself in stored form; see `NAMES`."""
    told = decode_reason(reason)
    if isinstance(told, Reason):
        return encode_reason(_without_values(told))
    kind = _NUMBERED.sub(rf"\1 {GAP}", _QUOTED.sub(GAP, reason))
    return kind if len(kind) <= _KIND_MOST else kind[: _KIND_MOST - 1] + GAP


def _without_values(told: Reason) -> Reason:
    def gapped(name: str, value: Any) -> Any:
        if isinstance(value, Reason):
            return _without_values(value)
        if isinstance(value, tuple) and any(isinstance(each, Reason) for each in value):
            return tuple(gapped(name, each) for each in value)
        return value if name in NAMES else GAP

    return Reason(told.code, {name: gapped(name, value) for name, value in told.params.items()})


def kinds(conn: Connection, source: str, most: int) -> list[tuple[str, int]]:
    """The commonest kinds of reasons among the newest SAMPLE records, with their counts."""
    ids = _ids(source).order_by(rejected.c.id.desc()).limit(SAMPLE)
    reasons = conn.execute(select(rejected.c.reason).where(rejected.c.id.in_(ids)))
    return Counter(kind_of(reason) for reason in reasons.scalars()).most_common(most)


def page(conn: Connection, source: str, kind: str | None, before: int | None, limit: int) -> list[RejectedRow]:
    """Up to `limit` records with an id below `before`, newest first."""
    ids = _ids(source, kind).where(rejected.c.id < before if before is not None else true())
    ids = ids.order_by(rejected.c.id.desc()).limit(limit)
    cells = [rejected.c[name] for name in ("id", "external_id", "at", "reason", "attempts")]
    preview = func.substr(rejected.c.payload, 1, _PREVIEW).label("preview")
    rows = conn.execute(select(*cells, preview).where(rejected.c.id.in_(ids)).order_by(rejected.c.id.desc()))
    return [RejectedRow(**row) for row in rows.mappings()]


def next_ids(conn: Connection, source: str, kind: str | None, after: int, limit: int) -> list[int]:
    """Up to `limit` ids above `after`, lowest first."""
    ids = _ids(source, kind).where(rejected.c.id > after).order_by(rejected.c.id).limit(limit)
    return list(conn.execute(ids).scalars())


def how_many(conn: Connection, source: str, kind: str | None) -> int:
    """How many records of a source have a reason of this kind; scans all of them."""
    statement = select(func.count()).select_from(rejected).where(rejected.c.source == source, _alike(kind))
    return conn.execute(statement).scalar_one()


def one(conn: Connection, source: str, record_id: int) -> RejectedEntry | None:
    """A record, with its payload; None when it is not there (any more)."""
    asked = select(rejected).where(rejected.c.id == record_id, rejected.c.source == source)
    row = conn.execute(asked).mappings().one_or_none()
    return None if row is None else read_row(row)


def _ids(source: str, kind: str | None = None) -> Select[int]:
    """Ids of a source's records. Without a kind SQLite uses the index on source; with a kind the `+ ""` prevents that,
    so that it scans by id and stops when there are enough."""
    name = rejected.c.source if kind is None else rejected.c.source + ""
    return select(rejected.c.id).where(name == source, _alike(kind))


def _alike(kind: str | None) -> ColumnElement[bool]:
    if kind is None:
        return true()
    gap = f'"{GAP}"' if isinstance(decode_reason(kind), Reason) else GAP
    words = [re.sub(r"([\\%_])", r"\\\1", part) for part in kind.split(gap)]
    return rejected.c.reason.like("%".join(words), escape="\\")
