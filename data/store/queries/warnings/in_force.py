"""Which warnings are in force, and whether that is known."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, select, text

from data.domain.warnings.nouns import MessageType, PublicWarning, Severity, WarningWords
from data.domain.warnings.rules import Feed, FeedState, WarningGroup, gravity, grouped
from data.store.db.schema.warnings import STANDING, public_warning
from data.store.db.types import EpochSeconds, as_stored, from_seconds
from data.store.intake.sources import states

_NOW = bindparam("now", type_=EpochSeconds())
_MOMENTS = ("sent_at", "effective_at", "onset_at", "expires_at", "ends_at", "withdrawn_at", "received_at")
_SAME = (
    *("id", "source", "key", "sender", "identifier", "event", "urgency", "certainty", "is_for_city", "replaced_by"),
    *("demo", "sender_name", "rank"),
)
_ASKED = (*_MOMENTS, *_SAME, "message_type", "severity", "words", "geometry", "villages")
_STORED = select(*(as_stored(public_warning.c[name]) for name in _ASKED))
_IN_FORCE = _STORED.where(text(STANDING), public_warning.c.ends_at > _NOW, public_warning.c.effective_at <= _NOW)
_RECENT = _STORED.order_by(public_warning.c.received_at.desc(), public_warning.c.id.desc())


def in_force(conn: Connection, now: datetime) -> tuple[PublicWarning, ...]:
    """The city's warnings in force, the gravest first."""
    return _gravest_first(_rows(conn, now))


def groups_in_force(conn: Connection, now: datetime) -> tuple[WarningGroup, ...]:
    """The same, each event and area once."""
    return _grouped(_rows(conn, now))


def recent(conn: Connection, limit: int) -> tuple[PublicWarning, ...]:
    """What came last, whatever became of it and wherever it is."""
    return tuple(_warning(tuple(row)) for row in conn.execute(_RECENT.limit(limit)))


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


# Boards ask for the same warnings at every draw: what is stored the same is computed once.


def _rows(conn: Connection, now: datetime) -> tuple[tuple[Any, ...], ...]:
    return tuple(map(tuple, conn.execute(_IN_FORCE, {"now": now}).all()))


@lru_cache(maxsize=8)
def _gravest_first(rows: tuple[tuple[Any, ...], ...]) -> tuple[PublicWarning, ...]:
    return tuple(sorted(map(_warning, rows), key=gravity))


@lru_cache(maxsize=8)
def _grouped(rows: tuple[tuple[Any, ...], ...]) -> tuple[WarningGroup, ...]:
    return grouped(_gravest_first(rows))


@lru_cache(maxsize=1000)
def _warning(row: tuple[Any, ...]) -> PublicWarning:
    told = dict(zip(_ASKED, row, strict=True))
    told |= {name: from_seconds(told[name]) for name in _MOMENTS}
    texts: Mapping[str, Mapping[str, str]] = json.loads(told["words"])
    return PublicWarning(
        **{name: told[name] for name in (*_SAME, *_MOMENTS)},
        message_type=MessageType(told["message_type"]),
        severity=Severity(told["severity"]),
        words={lang: WarningWords(**each) for lang, each in texts.items()},
        geometry=None if told["geometry"] is None else json.loads(told["geometry"]),
        villages=tuple(json.loads(told["villages"])),
    )
