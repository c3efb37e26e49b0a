"""feed_health: how fresh each source is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from data.domain.figures.boards import FeedHealth, SourceHealth
from data.store.db.schema.cases import case
from data.store.intake.rhythms import Rhythms
from data.store.intake.sources import CLOCKS_APART, SourceState, states

_ORDER = ("failing", "late", "silent", "never", "ok", "off")


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """A source as configured."""

    name: str
    title: str
    expected_s: float
    """The longest time between two successful contacts."""
    enabled: bool = True


def ask(
    conn: Connection, sources: Sequence[SourceInfo], now: datetime, limit: int, rhythms: Rhythms | None = None
) -> FeedHealth:
    """The first `limit` sources, those with problems first, and the number of rejected records of all sources.

    rhythms: without them no source is shown as silent.
    """
    known = states(conn)
    every = [_health(info, known.get(info.name) or SourceState(info.name), now) for info in sources]
    if rhythms is not None:
        rhythms.learn_next(conn, [info.name for info in sources if info.enabled], now)
        every = [_heard(conn, health, info, rhythms, now) for health, info in zip(every, sources, strict=True)]
    every.sort(key=lambda source: _ORDER.index(source.state))
    return FeedHealth(
        as_of=now,
        sources=tuple(every[:limit]),
        rejected=sum(state.rejected for state in known.values()),
        demo=conn.execute(select(case.c.id).where(case.c.demo).limit(1)).first() is not None,
    )


def _health(info: SourceInfo, known: SourceState, now: datetime) -> SourceHealth:
    return SourceHealth(
        name=info.name,
        title=info.title,
        state=_state(info, known, now),
        last_success=known.last_success_at,
        last_record=known.last_record_at,
        lag_s=known.lag_s,
        rejected=known.rejected,
        error=known.error if known.failing_since is not None else None,
        remark=known.error if known.failing_since is None else None,
    )


def _heard(conn: Connection, health: SourceHealth, info: SourceInfo, rhythms: Rhythms, now: datetime) -> SourceHealth:
    """The same, or `silent`: the source answers in time, but delivers no records although its rhythm expects some."""
    if health.state != "ok":
        return health
    since = rhythms.silent_since(conn, info.name, health.last_record, info.expected_s, now)
    return health if since is None else replace(health, state="silent", silent_since=since)


def _state(info: SourceInfo, known: SourceState, now: datetime) -> str:
    if not info.enabled:
        return "off"
    if known.failing_since is not None:
        return "failing"
    if known.last_success_at is None:
        return "never"
    age = now - known.last_success_at
    return "ok" if -CLOCKS_APART <= age <= timedelta(seconds=info.expected_s) else "late"
