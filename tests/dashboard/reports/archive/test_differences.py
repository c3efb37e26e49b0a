from __future__ import annotations

import json
from pathlib import Path

from dashboard.reports.archive.differences import SHOWN, Difference, differences, sentences
from dashboard.reports.archive.gathering import gather, known_at
from dashboard.reports.documents.wording import Wording, labels_of
from data.store.db.engine import Engine
from tests.dashboard.reports.months import OCTOBER, at_noon, deps_of, given, made_by, some_cases
from tests.factories import HOUR, a_city

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


def test_a_row_that_came_or_went_is_told_beside_no_data():
    before = [{"table": "by_agency", "agency": "dlh", "received": 2}]
    now = [{"table": "by_agency", "agency": "bpbd", "received": 1}]
    assert differences(before, now) == [
        Difference("by_agency", "bpbd", "received", None, 1),
        Difference("by_agency", "dlh", "received", 2, None),
    ]
