from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import select

from dashboard.reports.archive.differences import KEYS, SHOWN, Difference, differences, sentences
from dashboard.reports.archive.gathering import gather, known_at
from dashboard.reports.documents.wording import Wording, labels_of
from data.domain.cases.satisfaction import ELEMENTS
from data.store.citizens import ratings
from data.store.citizens.ratings import Rating
from data.store.db.change_feed import latest
from data.store.db.engine import Engine, writing
from data.store.db.schema.cases import case
from tests.dashboard.reports.months import OCTOBER, at_noon, deps_of, given, made_by, some_cases
from tests.factories import HOUR, a_city
from tests.market_store import a_trade

WORDING = Wording("id", labels_of(a_city(), {}), "Asia/Jakarta")


def test_what_a_late_case_changes_is_told_by_table_row_and_column(engine: Engine, tmp_path: Path):
    some_cases(engine)
    deps = deps_of(engine, tmp_path)
    first = json.loads(made_by(deps).revision.rows)["rows"]
    given(engine, at_noon(15), "sampah", dispatched=HOUR)
    second = json.loads(made_by(deps).revision.rows)["rows"]
    found = differences(first, second)
    assert Difference("totals", "this", "received", 12, 13) in found
    assert not differences(second, second)
    facts = gather(deps, OCTOBER, "", known_at(deps, OCTOBER, None))
    told = sentences(found, facts.tables, WORDING)
    assert told[0] == "Jumlah laporan dibandingkan dengan periode lain, Periode ini: Diterima semula 12, kini 13."
    assert "Menurut OPD, DLH: Diterima semula 8, kini 9." in told
    assert len(told) == SHOWN + 1
    assert told[-1].startswith("Ada ")


def test_a_month_with_sales_and_a_survey_can_be_revised(engine: Engine, tmp_path: Path):
    some_cases(engine)
    with writing(engine) as conn:
        a_trade(conn, at=at_noon(5))
        case_id = conn.execute(select(case.c.id).limit(1)).scalar_one()
        vote = Rating(case_id, 1, at_noon(20), "yes", None, "", asks_reopening=False)
        ratings.add_elements(conn, vote, dict.fromkeys(ELEMENTS, 3), latest(conn))
    deps = deps_of(engine, tmp_path)
    first = made_by(deps)
    given(engine, at_noon(15), "sampah", dispatched=HOUR)
    with writing(engine) as conn:
        a_trade(conn, at=at_noon(6))
    second = made_by(deps)
    assert (first.revision.revision, second.revision.revision) == (1, 2)
    found = differences(*(json.loads(made.revision.rows)["rows"] for made in (first, second)))
    assert ("market_sales", "apel") in {(each.table, each.key) for each in found}
    facts = gather(deps, OCTOBER, "", known_at(deps, OCTOBER, None))
    assert "elements" in {table.name for table in facts.tables}
    assert {table.of for table in facts.tables} <= KEYS


def test_a_row_that_came_or_went_is_told_beside_no_data():
    before = [{"table": "by_agency", "agency": "dlh", "received": 2}]
    now = [{"table": "by_agency", "agency": "bpbd", "received": 1}]
    assert differences(before, now) == [
        Difference("by_agency", "bpbd", "received", None, 1),
        Difference("by_agency", "dlh", "received", 2, None),
    ]
