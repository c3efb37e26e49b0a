"""Which warnings are in force, and whether that is known."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select, text

from data.domain.warnings.nouns import MessageType, PublicWarning, Severity, WarningWords
from data.domain.warnings.rules import Feed, FeedState, gravity
from data.store.db.schema.warnings import STANDING, public_warning
from data.store.db.types import EpochSeconds
from data.store.intake.sources import states

_NOW = bindparam("now", type_=EpochSeconds())
_IN_FORCE = select(public_warning).where(
    text(STANDING), public_warning.c.ends_at > _NOW, public_warning.c.effective_at <= _NOW
)
_RECENT = select(public_warning).order_by(public_warning.c.received_at.desc(), public_warning.c.id.desc())


def in_force(conn: Connection, now: datetime) -> tuple[PublicWarning, ...]:
    """The city's warnings in force, the gravest first."""
    rows = conn.execute(_IN_FORCE, {"now": now}).mappings()
    return tuple(sorted(map(_warning, rows), key=gravity))


def recent(conn: Connection, limit: int) -> tuple[PublicWarning, ...]:
    """What came last, whatever became of it and wherever it is."""
    return tuple(map(_warning, conn.execute(_RECENT.limit(limit)).mappings()))


def feed_state(conn: Connection, feeds: Iterable[Feed], now: datetime) -> FeedState:
    """Whether 'none' may be said when nothing is in force. A dead feed is unknown since its last success."""
    feeds = tuple(feeds)
    known = states(conn) if feeds else {}
    heard = {feed: None if (state := known.get(feed.name)) is None else state.last_success_at for feed in feeds}
    dead = {feed: at for feed, at in heard.items() if at is None or now - at > timedelta(seconds=feed.expected_s)}
    return FeedState(
        bool(feeds), _earliest(dead.values()), tuple(feed.title for feed in dead), _earliest(heard.values())
    )


def _earliest(moments: Collection[datetime | None]) -> datetime | None:
    """None when one of them is not known, or there is none."""
    known = [at for at in moments if at is not None]
    return min(known, default=None) if len(known) == len(moments) else None


def _warning(row: RowMapping) -> PublicWarning:
    same = (
        *("id", "source", "key", "sender", "identifier", "sent_at", "event", "urgency", "certainty", "effective_at"),
        *("onset_at", "expires_at", "is_for_city", "withdrawn_at", "replaced_by", "demo", "received_at", "ends_at"),
        *("sender_name", "rank"),
    )
    return PublicWarning(
        **{name: row[name] for name in same},
        message_type=MessageType(row["message_type"]),
        severity=Severity(row["severity"]),
        words=_words(row["words"]),
        geometry=None if row["geometry"] is None else _geometry(row["geometry"]),
        villages=_villages(row["villages"]),
    )


# Boards ask for the same warnings at every draw.


@lru_cache(maxsize=1000)
def _words(stored: str) -> Mapping[str, WarningWords]:
    return {lang: WarningWords(**each) for lang, each in json.loads(stored).items()}


@lru_cache(maxsize=1000)
def _geometry(stored: str) -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads(stored)
    return found


@lru_cache(maxsize=1000)
def _villages(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))
