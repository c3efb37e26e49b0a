"""Ten thousand histories, whatever a store may hold, computed twice: by the rules and by an oracle written apart."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.city.model import DatedDay, Season
from data.domain.sla.case_status import case_status
from data.domain.sla.clocks import ClockState, clocks
from data.domain.sla.terms import Terms
from tests.data.domain.sla.oracle import Holidays, Replayed, replay
from tests.data.domain.small_city import (
    JOINT_2026,
    PUBLIC_2026,
    STANDARD,
    a_city,
    a_city_with,
    calendars_of,
    some_terms,
    wib,
)

HISTORIES, PARTS = 10_000, 4
DATED = a_city_with(
    seasons=(
        Season("Ramadan", date(2026, 6, 8), date(2026, 6, 19), {day: ((time(9), time(14)),) for day in (0, 1, 2, 4)}),
    ),
    days={
        date(2026, 6, 3): DatedDay("Setengah hari", ((time(8), time(10, 30)),)),
        date(2026, 6, 12): DatedDay("Pindah gedung", ()),
        date(2026, 6, 16): DatedDay("Piket", None),
        date(2026, 6, 28): DatedDay("Pelayanan hari Minggu", ((time(9), time(12)),)),
    },
)
"""The small city with Ramadan in June, and days that go their own way."""
SAME = (
    *("state", "category", "agency", "cycle", "received_at", "dispatched_at", "acknowledged_at", "answered_at"),
    *("resolved_at", "ended_at", "first_resolved_at", "updated_at", "paused_at", "held_at", "undated"),
)
KINDS = [kind for kind in EventKind if kind is not EventKind.RECEIVED]
OFTEN = [EventKind.PAUSED, EventKind.RESUMED, EventKind.DISPATCHED, EventKind.ANSWERED, EventKind.REOPENED]
DATES = [None, None, None, "undated", "inferred"]
POLICIES = [("biasa", 1), ("biasa", 2), ("darurat", None)]


def a_history(chance: random.Random) -> list[CaseEvent]:
    at = wib("2 00:00") + timedelta(minutes=chance.randrange(20 * 24 * 60))
    events = [CaseEvent(at, EventKind.RECEIVED, ActorKind.CITIZEN)]
    for _ in range(chance.randrange(12)):
        at += timedelta(seconds=chance.choice((0, 0, chance.randrange(120), chance.randrange(3 * 86_400))))
        events.append(an_event(chance, at))
    return events


def an_event(chance: random.Random, at: datetime) -> CaseEvent:
    kind = chance.choice([*KINDS, *OFTEN])
    if kind is EventKind.RECLASSIFIED and chance.random() < 0.7:
        policy, version = chance.choice(POLICIES)
        return CaseEvent(at, kind, policy=policy, policy_version=version)
    agency = chance.choice(["dlh", "pupr", "bpbd", "lama", "triase", None])
    reason = chance.choice(["citizen", "budget", "vacation"] if kind is EventKind.PAUSED else DATES)
    return CaseEvent(at, kind, chance.choice(list(ActorKind)), agency=agency, reason=reason)


def differences(events: list[CaseEvent], now: datetime, under: Terms) -> Iterator[str]:
    """What rules and oracle say differently."""
    expected = replay(events, under.city, Holidays(PUBLIC_2026, JOINT_2026), "sampah", STANDARD, 14, now)
    status = case_status(events, under, now)
    for name in SAME:
        if getattr(status, name) != getattr(expected, name):
            yield f"{name}: {getattr(status, name)}, not {getattr(expected, name)}"
    found_next = None if status.next_clock is None else (str(status.next_clock), status.next_due_at)
    if found_next != expected.next_due:
        yield f"next due: {found_next}, not {expected.next_due}"
    yield from clock_differences(events, now, under, expected)


def clock_differences(events: list[CaseEvent], now: datetime, under: Terms, expected: Replayed) -> Iterator[str]:
    found = [
        (one.cycle, str(one.kind), one.agency, one.started_at, one.stopped_at, one.due_at, verdict(one.state))
        for one in clocks(events, under, now)
    ]
    for ours, theirs in zip(found, expected.clocks, strict=False):
        if ours != tuple(theirs):
            yield f"clock: {ours}, not {tuple(theirs)}"
    if len(found) != len(expected.clocks):
        yield f"{len(found)} clocks, not {len(expected.clocks)}: {found} {expected.clocks}"


def verdict(state: ClockState) -> str:
    return "running" if state is ClockState.WARNING else str(state)


@pytest.mark.parametrize("part", range(PARTS))
def test_the_rules_agree_with_the_oracle(part: int):
    chance, city = random.Random(part), DATED if part % 2 else a_city()
    under = some_terms(city=city, calendars=calendars_of(city))
    wrong = []
    for _ in range(HISTORIES // PARTS):
        events = a_history(chance)
        now = max(events[-1].at, wib("2 00:00") + timedelta(seconds=chance.randrange(40 * 86_400)))
        if found := list(differences(events, now, under)):
            lines = [f"{e.at:%d %H:%M:%S} {e.kind} {e.actor_kind} {e.agency} {e.reason} {e.policy}" for e in events]
            wrong.append("\n".join([*found, f"now {now:%d %H:%M:%S}", *lines]))
    assert wrong == [], f"{len(wrong)} of {HISTORIES // PARTS} differ; the first:\n{min(wrong, key=len)}"
