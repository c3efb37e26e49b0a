"""What the preview promises of a row is what the store holds of it after the import."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from data.domain.cases.model import CaseState
from data.store.db.engine import Engine
from ingest.pipeline.drafting.drafts import Drafter
from ingest.source import Delivery, OutcomeKind
from ingest.tabular.detection.inspect import inspect
from ingest.tabular.detection.rows import rows
from ingest.tabular.detection.workbook_table import with_dates
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.proposal.proposal import propose
from ingest.tabular.raw_rows import in_batches
from ingest.tabular.results.preview import Previewer, PreviewRow
from ingest.uploads.importing import RowReader
from tests.ingest.doors import NOW, all_cases, config, ground, long_calendars, pipeline
from tests.ingest.tabular.books import book
from tests.real_data import REAL_DATA, needs_real_data

CITY = config().city
TABLES = sorted(
    path for kind in ("csv", "xlsx") for path in REAL_DATA.glob(f"**/*.{kind}") if path.parent.name != "prices"
)
"""Those of prices are the market's."""
ROWS = 2000
ROAD = "Jalan berlubang di depan pasar"
OF_DPUPR = [
    ["No Tiket", "Tgl Lapor", "Jenis", "Isi Aduan", "Kelurahan", "Status", "Tgl Selesai"],
    ["1", "2026-03-12", "jalan rusak", ROAD, "Sisir", "Selesai", "2026-03-14"],
    ["2", "2026-03-12", "jalan rusak", ROAD, "Temas", "Diproses", None],
    ["3", "2026-03-12", "jalan rusak", ROAD, "Beji", "Baru", None],
    ["4", "2026-03-12", "jalan rusak", ROAD, "", "Ditolak", "2026-03-13"],
    ["5", "2026-03-12", "jalan rusak", ROAD, "Sisir", "Open (Duplicate)", None],
    ["6", "2026-03-12", "jalan rusak", ROAD, "Sisir", "Closed (Transferred)", "2026-03-13"],
    ["7", "2026-03-12", "entah", "", "Sisir", "Selesai", "2026-03-14"],
    ["8", "2026-11-24 10:00", "pohon tumbang", "Pohon tumbang menutup jalan", "Sisir", "Baru", None],
]


def imported(path: Path, engine: Engine, **changes: Any) -> tuple[dict[str, PreviewRow], dict[str, Any], Counter[str]]:
    """By external id the preview's rows and the store's, and the outcomes, of a table with its proposed mapping."""
    sheets = inspect(path, path.name)
    settings = with_dates(MappingSettings.model_validate({**propose(sheets, CITY).mapping, **changes}))
    table = TableMapping(settings, CITY.agencies)
    seeing = Previewer(settings, table, Drafter(CITY, long_calendars(), ground()), CITY)
    lines = list(rows(path, sheets.form, table.columns, unique=table.unique, merges=sheets.merges))
    lines = lines[:: 1 + len(lines) // ROWS]  # of a very long table some, from its beginning to its end
    shown = [seeing.row(line, NOW) for line in lines if line.payload]
    seen = {row.external_id or "": row for row in reversed(shown)}  # of an id that stands twice the first row counts
    outcomes = Counter[str]()
    for batch in in_batches(lines, sheets.digest, table):
        raws = tuple(raw for _, raw in batch if raw is not None)
        told = pipeline(engine).write_delivery(RowReader("opd_csv", table), Delivery(raws, None, history=True), NOW)
        outcomes.update(str(each.kind) for each in told)
    return seen, {row["external_id"]: row for row in all_cases(engine)}, outcomes


def differences(seen: dict[str, PreviewRow], stored: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What the store holds otherwise; a case that was merged into an incident is the store's own doing."""
    found = []
    for external_id, row in stored.items():
        if row["state"] != CaseState.MERGED:
            promised = seen[external_id]
            ours = (promised.category, promised.agency, promised.state, promised.village, promised.received_at)
            theirs = (row["category"], row["agency"], row["state"], row["village"], row["received_at"])
            found += [(external_id, ours, theirs)] if ours != theirs else []
    return found


@needs_real_data
@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_the_rows_of_every_real_table_are_stored_as_they_were_shown(path: Path, sqlite_engine: Engine):
    seen, stored, outcomes = imported(path, sqlite_engine)
    assert differences(seen, stored) == []
    assert sum(not row.faults for row in seen.values()) == len(stored)
    if path.parent.name == "complaints":
        assert outcomes.keys() == {OutcomeKind.NEW}, "all of it can be imported"


def test_the_table_of_an_agency_that_names_no_agency_is_credited_to_whom_it_is_routed(
    sqlite_engine: Engine, tmp_path: Path
):
    seen, stored, _ = imported(book(tmp_path / "dpupr.xlsx", OF_DPUPR), sqlite_engine)
    assert differences(seen, stored) == []
    found = {number: (row["state"], row["agency"]) for number, row in stored.items()}
    assert found == {
        "1": (CaseState.RESOLVED, "dpupr"),
        "2": (CaseState.ACKNOWLEDGED, "dpupr"),
        "3": (CaseState.RECEIVED, "dpupr"),
        "4": (CaseState.REJECTED, "triase"),
        "5": (CaseState.REJECTED, "triase"),
        "6": (CaseState.REJECTED, "triase"),
        "7": (CaseState.RESOLVED, "triase"),
        "8": (CaseState.DISPATCHED, "bpbd"),
    }
    assert [stored[number]["undated"] for number in "12345"] == [1, 1, 0, 0, 4]


def test_all_rows_may_be_said_to_be_one_agency_s(sqlite_engine: Engine, tmp_path: Path):
    seen, stored, _ = imported(book(tmp_path / "a.xlsx", OF_DPUPR), sqlite_engine, agency_for_all="dlh")
    assert differences(seen, stored) == []
    assert {row["agency"] for row in stored.values()} == {"dlh"}
    assert stored["3"]["state"] == CaseState.DISPATCHED


def test_a_status_that_nobody_knows_is_refused_until_somebody_says_what_it_is(sqlite_engine: Engine, tmp_path: Path):
    path = book(tmp_path / "a.xlsx", [*OF_DPUPR, ["9", "2026-03-12", "jalan rusak", ROAD, "Sisir", "Menguap", None]])
    seen, stored, outcomes = imported(path, sqlite_engine)
    assert "9" not in stored
    assert outcomes[OutcomeKind.REJECTED] == 1
    assert list(seen["9"].faults) == ["Status"]
    asked = propose(inspect(path, path.name), CITY).lists["status"].words
    assert [(word.text, word.rows) for word in asked] == [("Menguap", 1)]
