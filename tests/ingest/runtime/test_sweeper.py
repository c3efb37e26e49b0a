"""Sweeping until nothing is left, by one process at a time, in transactions so short that everybody else writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, select

from data.domain.sla.terms import terms
from data.store.cases.cases import TermsOf, by_id
from data.store.db import pacing
from data.store.db.change_feed import record_change, since
from data.store.db.engine import Engine, engine_state, open_engine, reading, writing
from data.store.db.schema.cases import case, case_cycle, lease
from data.store.intake import sources
from ingest.runtime import sweeper
from ingest.runtime.sweeper import BATCH, LEASE, LEASE_S, recompute_open_cases
from tests.conftest import Limit
from tests.factories import DAY, HOUR, MINUTE, NOW, a_case, a_city, a_history, calendars, stored, terms_of
from tests.ingest.commits import commits
from tests.ingest.sources.feed.feed import FEED, a_delivery, a_pipeline, old

pytestmark = pytest.mark.both_engines

NEVER_STOPPED = threading.Event()
"""Never set: nobody wants it to stop."""
MANY = 2 * BATCH + 5
"""Three transactions."""


def sweep_once(engine: Engine, owner: str = "a:1", now: datetime = NOW, stop: threading.Event = NEVER_STOPPED) -> int:
    return sweeper.sweep_once(engine, terms_of(), owner, stop, now=lambda: now)


def given_overdue(engine: Engine, number: int) -> None:
    raws = [old(str(n), received_at=NOW - 2 * DAY) for n in range(number)]
    a_pipeline(engine).write_history(FEED, a_delivery(*raws), NOW - 2 * DAY + DAY * 1.5)


def said(engine: Engine, kind: str = "breached") -> list[int | None]:
    """The cases of which that was announced, in the order of the feed."""
    with reading(engine) as conn:
        return [row.case_id for row in since(conn, 0, 10_000) if row.kind == kind]


class Stops(threading.Event):
    """Is set while somebody rests for the `after`th time, and counts."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._after, self.rests = after, 0

    def wait(self, timeout: float | None = None) -> bool:
        self.rests += 1
        if self.rests == self._after:
            self.set()
        return self.is_set()


@contextmanager
def after_each_commit(engine: Engine, act: Callable[[], None]) -> Iterator[None]:
    """Do something whenever a writer of this process has committed and given his turn back."""
    engine_state(engine).listeners.add(act)
    yield
    engine_state(engine).listeners.remove(act)


def test_everything_due_is_announced_in_small_transactions(engine: Engine):
    given_overdue(engine, MANY)
    with commits(engine) as seen:
        assert sweep_once(engine) == MANY
    assert seen == ["read", "write", "write", "write", "read"]
    assert len(said(engine)) == MANY
    with commits(engine) as seen:
        assert sweep_once(engine) == 0
    assert seen == ["read"]


def test_more_than_one_look_finds_is_announced_too(engine: Engine, limit: Limit):
    limit(sweeper, "DUE_MOST", BATCH)
    given_overdue(engine, MANY)
    assert sweep_once(engine) == MANY
    assert len(set(said(engine))) == len(said(engine)) == MANY


def test_the_sweep_ends_with_the_transaction_in_hand_and_the_next_one_goes_on(engine: Engine):
    given_overdue(engine, MANY)
    assert sweep_once(engine, stop=Stops(after=1)) == BATCH
    assert len(said(engine)) == BATCH
    assert sweep_once(engine) == MANY - BATCH
    assert len(set(said(engine))) == len(said(engine)) == MANY


def test_who_is_stopped_already_does_not_begin(engine: Engine):
    given_overdue(engine, 3)
    stopped = threading.Event()
    stopped.set()
    with commits(engine) as seen:
        assert sweep_once(engine, stop=stopped) == 0
    assert seen == []


def test_between_two_transactions_the_turn_is_free_for_everybody(engine: Engine):
    given_overdue(engine, MANY)
    other, free = open_engine(engine.url.render_as_string(hide_password=False), busy_timeout_s=0), []

    class Writes(threading.Event):
        """Another process that writes while the sweep rests, without waiting for anything."""

        def wait(self, timeout: float | None = None) -> bool:
            for each in (engine, other):
                with writing(each) as conn:
                    free.append(record_change(conn, "note", NOW))
            return False

    assert sweep_once(engine, stop=Writes()) == MANY
    other.dispose()
    assert len(free) == 2 * 3


def test_the_turn_is_left_to_others_longer_than_it_was_held(engine: Engine):
    given_overdue(engine, 1)
    held, rested = [], []

    class Rests(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            rested.append(timeout or 0)
            return False

    slow = threading.Event()

    def terms_slowly(*known: Any) -> Any:
        held.append(0.02)
        slow.wait(0.02)
        return terms_of()(*known)

    sweeper.sweep_once(engine, terms_slowly, "a:1", Rests(), now=lambda: NOW)
    assert len(rested) == 1
    assert rested[0] >= pacing.REST_FACTOR * sum(held)


def test_what_breaches_while_a_backlog_is_announced_comes_before_the_rest_of_it(engine: Engine, limit: Limit):
    limit(sweeper, "DUE_MOST", BATCH)
    given_overdue(engine, MANY)
    fresh: list[int] = []

    def one_more() -> None:
        if not fresh:
            fresh.append(0)
            with writing(engine) as conn:
                fresh[0] = stored(conn, a_case("longsor"), a_history(NOW - 16 * MINUTE), NOW - 16 * MINUTE)

    with after_each_commit(engine, one_more):
        assert sweep_once(engine) == MANY + 1
    assert said(engine)[BATCH] == fresh[0]


def test_only_one_process_sweeps(engine: Engine):
    given_overdue(engine, 3)
    with writing(engine) as conn:
        sources.claim(conn, LEASE, "another-host:1", NOW, 60)
    assert sweep_once(engine) == 0
    assert sweep_once(engine, now=NOW + DAY) == 3


def test_the_lease_is_prolonged_by_the_clock_of_each_transaction(engine: Engine):
    given_overdue(engine, MANY)
    moments = [NOW + timedelta(seconds=10 * n) for n in range(10)]
    left = iter(moments)
    until: list[datetime] = []

    def look() -> None:
        with reading(engine) as conn:
            until.append(conn.execute(select(lease.c.until).where(lease.c.name == LEASE)).scalar_one())

    with after_each_commit(engine, look):
        sweeper.sweep_once(engine, terms_of(), "a:1", NEVER_STOPPED, now=lambda: next(left))
    assert until == [moment + timedelta(seconds=LEASE_S) for moment in moments[1:4]]


def test_who_has_lost_the_lease_meanwhile_announces_nothing_more(engine: Engine):
    given_overdue(engine, MANY)

    def take_over() -> None:
        with engine.begin() as conn:
            conn.execute(lease.update().values(owner="another-host:1"))

    with after_each_commit(engine, take_over):
        assert sweep_once(engine) == BATCH
    assert len(said(engine)) == BATCH


def longer() -> TermsOf:
    """A city that takes a day more to verify."""
    known = a_city()
    policies = {
        code: (*some[:-1], replace(some[-1], verify=some[-1].verify + DAY)) for code, some in known.policies.items()
    }
    return partial(terms, replace(known, policies=policies), calendars())


def judge_anew(engine: Engine, of: TermsOf, now: datetime = NOW, stop: threading.Event = NEVER_STOPPED) -> int:
    return recompute_open_cases(engine, of, stop, now=lambda: now)


def test_open_cases_follow_a_calendar_that_was_edited_while_nothing_ran(engine: Engine):
    given_overdue(engine, 3)
    before = due_moments(engine)
    assert judge_anew(engine, longer()) == 3
    assert all(after > was for was, after in zip(before, due_moments(engine), strict=True))


def test_an_open_case_that_an_early_release_reopened_gets_its_former_cycles_at_the_next_start(engine: Engine):
    with writing(engine) as conn:
        lived = a_history(NOW - DAY, dispatched=MINUTE, answered=HOUR, closed=2 * HOUR, reopened=3 * HOUR)
        case_id = stored(conn, a_case(), lived)
        conn.execute(delete(case_cycle))
    assert judge_anew(engine, terms_of()) == 1
    with reading(engine) as conn:
        found = by_id(conn, case_id)
    assert found is not None
    [first] = found.status.former
    assert (first.cycle, first.answered_at) == (1, NOW - DAY + HOUR)
    assert judge_anew(engine, terms_of()) == 0


def test_where_nothing_was_edited_nothing_is_written(engine: Engine):
    given_overdue(engine, MANY)
    with writing(engine) as conn:
        stored(conn, a_case(), a_history(NOW, dispatched=MINUTE, answered=HOUR, paused=HOUR))
    with commits(engine) as seen:
        assert judge_anew(engine, terms_of()) == 0
    assert set(seen) == {"read"}


def test_judging_anew_ends_with_the_transaction_in_hand_and_the_next_start_does_the_rest(engine: Engine):
    given_overdue(engine, MANY)
    with commits(engine) as seen:
        assert judge_anew(engine, longer(), stop=Stops(after=1)) == BATCH
    assert seen == ["read", "read", "write"]
    assert judge_anew(engine, longer()) == MANY - BATCH


def test_a_pause_that_ended_while_nothing_ran_is_left_to_the_sweep_which_says_so(engine: Engine):
    with writing(engine) as conn:
        stored(conn, a_case(), a_history(NOW, dispatched=MINUTE, answered=2 * MINUTE, paused=HOUR))
    later = NOW + 8 * DAY
    assert judge_anew(engine, terms_of(), later) == 0
    assert sweep_once(engine, now=later) == 1
    assert len(said(engine, "resumed")) == 1


def due_moments(engine: Engine) -> list[datetime]:
    with reading(engine) as conn:
        return list(conn.execute(select(case.c.verify_due_at).order_by(case.c.id)).scalars())
