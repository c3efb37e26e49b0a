"""A wall's question costs the same however much history there is: SQLite says how it looks for the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event

from data.domain.access.roles import Audience
from data.domain.city.model import City
from data.domain.market.nouns import Market
from data.domain.sla.calendars import Calendars
from data.store.assistants import village_questions
from data.store.cases import reconciliation
from data.store.cases.sweep import due
from data.store.db.engine import Connection, open_engine, reading, writing
from data.store.escalation import raising
from data.store.intake import rejected
from data.store.queries import command_map, escalations, feed_health, queue_board, sla_wall, ticker
from data.store.queries.desk import escalations as desk_escalations
from data.store.queries.desk import lists, search
from data.store.queries.feed_health import SourceInfo
from data.store.queries.figures import kpi_strip, pause_share
from data.store.queries.guide.city_board import ResidentCity
from data.store.queries.market import disputes
from tests.columns import some_columns
from tests.conftest import Limit
from tests.factories import HOUR, MINUTE, NOW, a_case, a_city, a_history, calendars, stored, terms_of

Ask = Callable[[Connection, City, Calendars, datetime, int], Any]
OPEN_INDEXES = ("ix_case_open", "ix_case_demo", "ix_case_paused")
"""Of open and of demo cases only: going through one of these is going through what is asked for."""


def plans_of(url: str, ask: Callable[[Connection], Any]) -> list[str]:
    """How SQLite goes about every question, a step a string."""
    engine, found = open_engine(url), []
    with writing(engine) as conn:
        for age in (1, 20, 100):
            stored(conn, a_case("longsor"), a_history(NOW - age * HOUR, "bpbd", dispatched=MINUTE))
        stored(conn, a_case(), a_history(NOW - HOUR, dispatched=MINUTE, paused=2 * MINUTE))

    def explain(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            steps = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.extend(step[3] for step in steps)

    event.listen(engine, "before_cursor_execute", explain)
    with reading(engine) as conn:
        ask(conn)
    engine.dispose()
    return found


def slow(step: str) -> bool:
    """Whether a step goes through all cases, or through all of a whole index of theirs."""
    through_all = step.startswith("SCAN") and step.split()[1] in ("case", "every", "case_event")
    return through_all and not any(name in step for name in OPEN_INDEXES)


def _health(conn: Connection, city: City, known: Calendars, now: datetime, limit: int) -> object:
    return feed_health.ask(conn, [SourceInfo("api", "API", 60)], now, limit)


def _city_board(conn: Connection, city: City, known: Calendars, now: datetime, limit: int) -> object:
    return ResidentCity(city).ask(conn, lambda now: some_columns([]), now, limit)


def _near(conn: Connection, city: City, known: Calendars, now: datetime, limit: int) -> object:
    return ResidentCity(city).on_sla_wall(conn, sla_wall.ask(conn, city, known, now, limit), now)


ASKS = {
    "city_board": _city_board,
    "sla_wall with hints": _near,
    "queue_board": queue_board.ask,
    "sla_wall": sla_wall.ask,
    "kpi_strip": kpi_strip.ask,
    "escalations": escalations.ask,
    "ticker": ticker.ask,
    "command_map": command_map.ask,
    "feed_health": _health,
}


@pytest.mark.parametrize("name", ASKS)
def test_no_board_goes_through_all_cases(sqlite_url: str, name: str):
    ask: Ask = ASKS[name]
    steps = plans_of(sqlite_url, lambda conn: ask(conn, a_city(), calendars(), NOW, 10))
    assert steps
    assert [step for step in steps if slow(step)] == []
    counting = [step for step in steps if step.startswith("SCAN case ") and "ix_case_demo" not in step]
    assert [step for step in counting if "COVERING" not in step] == [], "counted by rows instead of by their index"


@pytest.mark.parametrize(
    ("ask", "agencies"),
    [
        (lists.desk_inbox, None),
        (lists.respond_queue, frozenset({"bpbd"})),
        (lists.respond_queue, frozenset({"bpbd", "dpkp"})),
    ],
    ids=["desk", "responder", "two agencies"],
)
def test_no_list_of_people_at_work_goes_through_what_their_agency_has_done(
    sqlite_url: str, ask: Callable[..., Any], agencies: frozenset[str] | None
):
    audience = Audience(agencies, private=True)
    steps = plans_of(sqlite_url, lambda conn: ask(conn, a_city(), calendars(), NOW, 10, audience=audience))
    assert steps
    assert [step for step in steps if slow(step) or "ix_case_heard" in step] == []


@pytest.mark.parametrize(("agency", "audience"), [("bpbd", None), ("", "bpbd"), ("bpbd", "bpbd")])
def test_a_search_by_agency_alone_reads_the_newest_only_where_the_agency_has_many(
    sqlite_url: str, limit: Limit, agency: str, audience: str | None
):
    seen = Audience(frozenset({audience}) if audience else None, private=True)
    told: list[list[int]] = []

    def ask(conn: Connection) -> None:
        told.append(search.found_ids(conn, search.CaseSearch(agency=agency), seen, NOW, 2))

    few = plans_of(sqlite_url, ask)
    limit(lists, "MANY", 3)
    many = plans_of(sqlite_url, ask)
    assert [step for step in few if step.startswith("SCAN")] == []
    assert many[-1] == "SCAN case USING COVERING INDEX ix_case_received"
    assert told == [[1, 2], [5, 1]], "the cases were stored a second time"


@pytest.mark.parametrize("words", ["", "mohon"])
@pytest.mark.parametrize("agency", ["", "bpbd"])
@pytest.mark.parametrize(
    "rare",
    [{"category": "narkoba"}, {"village": "35.79.02.2006"}, {"state": "rejected", "since": NOW - 99 * HOUR}],
    ids=str,
)
def test_a_search_that_finds_little_looks_for_it_in_an_index(
    sqlite_url: str, limit: Limit, rare: dict[str, Any], agency: str, words: str
):
    """Among those of an agency with more cases than are sorted, too."""
    limit(lists, "MANY", 2)
    asked = search.CaseSearch(words=words, agency=agency, **rare)
    steps = plans_of(sqlite_url, lambda conn: search.found_ids(conn, asked, Audience(None, private=True), NOW, 2))
    through = [step for step in steps if slow(step)]
    assert any("COVERING INDEX ix_case_received" in step for step in steps)
    assert [step for step in through if "COVERING INDEX ix_case_received" not in step] == []


@pytest.mark.parametrize("agency", ["", "bpbd"])
@pytest.mark.parametrize("state", ["open", "waiting"])
def test_a_search_among_open_cases_reads_those_only(sqlite_url: str, state: str, agency: str):
    asked = search.CaseSearch(state=state, agency=agency)
    steps = plans_of(sqlite_url, lambda conn: search.found_ids(conn, asked, Audience(None, private=True), NOW, 2))
    assert any("ix_case_open" in step for step in steps)
    assert [step for step in steps if slow(step) or "ix_case_heard" in step] == []


def test_what_was_escalated_to_an_agency_is_found_among_its_open_cases(sqlite_url: str):
    seen = Audience(frozenset({"bpbd"}), private=True)
    steps = plans_of(sqlite_url, lambda conn: desk_escalations.escalated(conn, seen))
    assert steps
    assert [step for step in steps if slow(step) or "ix_case_heard" in step] == []


def test_the_questions_of_a_village_are_found_without_all_other_cases(sqlite_url: str):
    steps = plans_of(sqlite_url, lambda conn: village_questions.ended_in(conn, ["35.79.01.1001"], 5))
    assert steps[0] == "SEARCH case USING INDEX ix_case_question (village=?)"


def test_the_sweep_looks_at_open_cases_only(sqlite_url: str):
    steps = plans_of(sqlite_url, partial(due, terms_of=terms_of(), now=NOW, most=10))
    assert steps
    assert [step for step in steps if slow(step)] == []


def test_the_ladder_looks_at_what_has_to_be_looked_at_only(sqlite_url: str):
    steps = plans_of(sqlite_url, lambda conn: raising.due(conn, NOW, 10))
    assert steps == ["SEARCH case USING COVERING INDEX ix_case_escalate_at (escalate_at>? AND escalate_at<?)"]


def test_the_paused_time_is_read_of_cases_of_the_last_days_only(sqlite_url: str):
    steps = plans_of(sqlite_url, lambda conn: pause_share.pause_times(conn, a_city(), calendars(), NOW))
    assert steps
    assert [step for step in steps if slow(step)] == []


def test_what_has_breached_last_is_found_without_sorting_all_that_is_open(sqlite_url: str):
    steps = plans_of(sqlite_url, partial(due, terms_of=terms_of(), now=NOW, most=10))
    assert steps[0] == "SEARCH case USING INDEX ix_case_open_due (next_due_at<?)"
    assert steps[1].startswith("SEARCH case")  # the next question: nothing was sorted for the first


def test_what_waits_of_a_source_is_gone_through_by_its_index(sqlite_url: str):
    steps = plans_of(sqlite_url, lambda conn: rejected.waiting(conn, "x", 100, 5))
    assert steps == ["SEARCH rejected USING INDEX ix_rejected_source_id (source=? AND id>?)"]  # and nothing is sorted


def test_what_carries_a_number_of_the_national_platform_is_found_by_its_index(sqlite_url: str):
    steps = plans_of(sqlite_url, lambda conn: reconciliation.reconcile(conn, "x"))
    assert any("ix_case_sp4n_number" in step for step in steps)
    assert [step for step in steps if step.startswith("SCAN case") and "ix_case_sp4n_number" not in step] == []


def test_a_question_to_all_cases_would_be_noticed(sqlite_url: str):
    steps = plans_of(sqlite_url, lambda conn: conn.exec_driver_sql('SELECT title FROM "case" WHERE title > ?', ("a",)))
    assert [step for step in steps if slow(step)] == ["SCAN case"]


def test_disputes_are_found_without_all_deals(sqlite_url: str):
    steps = plans_of(sqlite_url, lambda conn: (disputes.count(conn), disputes.disputed(conn, Market(), 9)))
    assert [step for step in steps if " deal " in f"{step} " and "ix_deal_disputed" not in step] == []
    assert any("ix_deal_disputed" in step for step in steps)
