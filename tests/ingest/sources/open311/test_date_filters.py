"""What a server does with the dates: each request in range is taken once, in a bounded number of questions, and what
was left out is told in words."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.domain.reasons import Reason
from data.store.db.engine import Engine
from data.texts import texts
from ingest.sources.open311.cursor import read_cursor
from tests.ingest.doors import NOW, Hand, pipeline
from tests.ingest.sources.open311.server import DAY, HOUR, CityServer, Said, a_request, a_source, as_json, serving

SPAN = 90 * DAY
OUTSIDE = 10 * 365 * DAY


@pytest.fixture
def city() -> Iterator[CityServer]:
    with serving(CityServer()) as opened:
        yield opened


class Poll:
    """One poll of a server: what it brought, what it said, and how many questions it took."""

    def __init__(
        self, city: CityServer, engine: Engine, cursor: str | None = None, now: datetime = NOW, **changes: Any
    ) -> None:
        city.asked = []
        source = a_source(city, engine, **{"updates": False, "updated_after": False} | changes)
        found = list(source.fetch(cursor, now))
        self.taken = Counter(raw.external_id for delivery in found for raw in delivery.records)
        self.cursor, self.remark = found[-1].cursor, found[-1].remark
        self.asked = len(city.questions())

    @property
    def codes(self) -> dict[str, Any]:
        """The remarks by code, each with its number."""
        each = self.remark.params["each"] if self.remark else ()
        return {one.code: one.params.get("n") for one in each}


def ignores_dates(city: CityServer) -> None:
    """The newest ones, whatever the dates; no pages."""
    city.say["requests"] = lambda resource, found: as_json(resource, city.requests[: city.cap])


def once(*numbers: int) -> dict[str, int]:
    return {f"R-{number}": 1 for number in numbers}


@pytest.mark.parametrize("cap", [50, 1000])
def test_a_server_that_ignores_dates_is_asked_a_few_times_and_that_is_told(
    sqlite_engine: Engine, city: CityServer, cap: int
):
    old = [a_request(n, NOW - 200 * DAY - n * HOUR) for n in range(40, cap)]
    city.requests, city.cap, city.first_page = [*(a_request(n, NOW - n * DAY) for n in range(40)), *old], cap, None
    ignores_dates(city)
    poll = Poll(city, sqlite_engine, history_days=730, span_days=30)
    assert poll.taken == once(*range(cap))
    assert poll.asked <= 6
    assert poll.codes["open311.dates_ignored"] == cap
    again = Poll(city, sqlite_engine, poll.cursor, NOW + HOUR)
    assert again.codes == {"open311.outside": cap - 2}
    assert again.asked == 1


def test_what_is_said_of_it_stands_in_both_languages(sqlite_engine: Engine, city: CityServer):
    city.requests, city.cap = [a_request(n, NOW - n * DAY) for n in range(50)], 50
    ignores_dates(city)
    remark = Poll(city, sqlite_engine, history_days=40, span_days=5).remark
    assert isinstance(remark, Reason)
    assert "50 laporan yang sama" in texts("id").sentence(remark)
    assert "8 laporan terletak di luar" in texts("id").sentence(remark)
    assert "ignores start_date and end_date" in texts("en").sentence(remark)
    assert "8 requests lay outside" in texts("en").sentence(remark)


def test_a_full_answer_of_what_lies_outside_is_no_full_window(sqlite_engine: Engine, city: CityServer):
    city.requests = [a_request(1), *(a_request(n, NOW - OUTSIDE) for n in range(2, 1001))]
    city.cap = 1000
    ignores_dates(city)
    poll = Poll(city, sqlite_engine)
    assert (poll.taken, poll.asked) == (once(1), 3)  # pages are looked for once
    assert poll.codes == {"open311.outside": 999}


def test_requests_that_stand_in_every_answer_do_not_hide_the_others(sqlite_engine: Engine, city: CityServer):
    pinned = [a_request(n, NOW - OUTSIDE) for n in range(1000, 1020)]
    city.requests, city.cap, city.first_page = [a_request(n, NOW - n * HOUR) for n in range(120)], 30, None
    city.say["requests"] = lambda resource, found: as_json(resource, [*pinned, *found])
    poll = Poll(city, sqlite_engine, history_days=700, span_days=90)
    assert poll.taken == once(*range(120))
    assert poll.codes == {"open311.outside": 20}
    assert poll.asked < 100


def test_a_poll_sends_so_many_questions_and_the_next_one_goes_on(sqlite_engine: Engine, city: CityServer):
    city.requests, city.cap = [a_request(n, NOW - n * HOUR) for n in range(200)], 10
    polls = [Poll(city, sqlite_engine, questions_per_poll=12)]
    while "open311.used_up" in polls[-1].codes:
        assert len(city.asked) <= 12
        polls.append(Poll(city, sqlite_engine, polls[-1].cursor, questions_per_poll=12))
    assert set().union(*(poll.taken for poll in polls)) == set(once(*range(200)))
    assert 2 < len(polls) < 5
    assert read_cursor(polls[-1].cursor).until == NOW


def test_an_hour_with_more_than_the_server_returns_is_told(sqlite_engine: Engine, city: CityServer):
    city.requests, city.cap, city.first_page = [a_request(n) for n in range(35)], 20, None
    poll = Poll(city, sqlite_engine)
    assert (len(poll.taken), poll.codes) == (20, {"open311.window_cut": 20})


def test_a_server_that_refuses_a_long_window_is_asked_piece_by_piece(sqlite_engine: Engine, city: CityServer):
    pinned = [a_request(n, NOW - OUTSIDE) for n in range(1000, 1020)]
    city.requests, city.first_page = [a_request(n, NOW - n * DAY) for n in range(1, 20)], None
    city.cap = 30

    def answer(resource: str, found: list[dict[str, Any]]) -> Said:
        asked = city.questions()[-1]
        if asked["start_date"][:10] < "2026-08" and asked["end_date"][:10] > "2026-11":
            return Said(b'[{"code": 400, "description": "more than 90 days"}]', 400)
        return as_json(resource, [*pinned, *found])

    city.say["requests"] = answer
    assert Poll(city, sqlite_engine, history_days=730).taken == once(*range(1, 20))


HABITS = st.fixed_dictionaries(
    {
        "first_page": st.sampled_from([0, 1, None]),
        "cap": st.sampled_from([10, 20, 50]),
        "page_size": st.sampled_from([3, 10, 500]),
        "order": st.integers(0, 3),
        "doubled": st.booleans(),
        "dates": st.booleans(),
        "span_days": st.sampled_from([10, 45, 90]),
    }
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.integers(0, 150 * 8), max_size=60, unique=True), habits=HABITS)
def test_each_request_in_range_is_taken_once_whatever_the_server_is_like(
    sqlite_engine: Engine, city: CityServer, days: list[int], habits: dict[str, Any]
):
    many = [a_request(n, NOW - 3 * HOUR * (n + 1)) for n in days]
    city.requests = _ordered(many, habits["order"])
    city.first_page, city.cap = habits["first_page"], habits["cap"]
    city.say.clear()
    if not habits["dates"]:
        city.cap, city.first_page = max(city.cap, len(many)), None
        ignores_dates(city)
    if habits["doubled"]:
        honest = city.say.get("requests", as_json)
        city.say["requests"] = lambda resource, found: honest(resource, [*found, *found[:3]])
    poll = Poll(city, sqlite_engine, span_days=habits["span_days"], page_size=habits["page_size"])
    in_range = {f"R-{n}" for n in days if timedelta(hours=3 * (n + 1)) <= SPAN}
    assert in_range <= set(poll.taken)
    assert set(poll.taken) <= {f"R-{n}" for n in days if timedelta(hours=3 * (n + 1)) <= SPAN + DAY}
    assert set(poll.taken.values()) <= {1}
    assert poll.asked <= 250


def _ordered(many: list[dict[str, Any]], order: int) -> list[dict[str, Any]]:
    """Newest first, oldest first, or in one of two fixed disorders."""
    found = sorted(many, key=lambda one: one["requested_datetime"], reverse=order == 0)
    if order > 1:
        random.Random(order).shuffle(found)
    return found


def test_the_counts_are_of_records_and_not_of_windows(sqlite_engine: Engine, city: CityServer):
    city.requests, city.cap, city.first_page = [a_request(n, NOW - n * HOUR) for n in range(300)], 50, None
    assert Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine)).take() == {"new": 300}
