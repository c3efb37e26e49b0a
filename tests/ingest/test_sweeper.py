"""Sweeping until nothing is left, by one process at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import select

from data.domain.terms import terms
from data.store import sources, sweep
from data.store.changes import since
from data.store.engine import Engine, reading, writing
from data.store.schema import case
from ingest.sweeper import LEASE, judge_open_anew, sweep_once
from tests.factories import DAY, NOW, a_city, calendars, terms_of
from tests.ingest.feed import FEED, a_delivery, a_pipeline, old


def given_overdue(engine: Engine, number: int) -> None:
    raws = [old(str(n), received_at=NOW - 2 * DAY) for n in range(number)]
    a_pipeline(engine).take_batch(FEED, a_delivery(*raws), NOW - 2 * DAY + DAY * 1.5)


def breached(engine: Engine) -> int:
    with reading(engine) as conn:
        return sum(row.kind == "breached" for row in since(conn, 0, 10_000))


def test_everything_due_is_announced_in_small_transactions(engine: Engine):
    number = sweep.BATCH + 5
    given_overdue(engine, number)
    assert sweep_once(engine, terms_of(), "a:1", NOW) == number
    assert breached(engine) == number
    assert sweep_once(engine, terms_of(), "a:1", NOW) == 0


def test_only_one_process_sweeps(engine: Engine):
    given_overdue(engine, 3)
    with writing(engine) as conn:
        sources.claim(conn, LEASE, "another-host:1", NOW, 60)
    assert sweep_once(engine, terms_of(), "a:1", NOW) == 0
    assert sweep_once(engine, terms_of(), "a:1", NOW + DAY) == 3


def test_open_cases_follow_a_calendar_that_was_edited_while_nothing_ran(engine: Engine):
    given_overdue(engine, 3)
    before = due_moments(engine)
    city = a_city()
    longer = {
        code: (*some[:-1], replace(some[-1], verify=some[-1].verify + DAY)) for code, some in city.policies.items()
    }
    assert judge_open_anew(engine, partial(terms, replace(city, policies=longer), calendars()), NOW) == 3
    assert all(after > was for was, after in zip(before, due_moments(engine), strict=True))


def due_moments(engine: Engine) -> list[datetime]:
    with reading(engine) as conn:
        return list(conn.execute(select(case.c.verify_due_at).order_by(case.c.id)).scalars())
