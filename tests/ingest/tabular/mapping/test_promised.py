"""What a mapping says of promises, of all rows' agency, and of ends without a date."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from data.domain.cases.model import EventKind
from ingest.source import Unreadable
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.mapping.mapping import TableMapping
from tests.ingest.doors import config
from tests.ingest.tabular.books import in_words

PLAIN: dict[str, Any] = {
    "times": {"formats": ["iso", "%d/%m/%Y"], "zone": "Asia/Jakarta"},
    "id": "nomor",
    "received": "masuk",
    "promised": ["janji", "jam"],
    "category": {"constant": "sampah"},
    "agency": {"column": "opd", "values": {"": ""}, "otherwise": "="},
    "events": {"ganda": {"kind": "rejected", "at": "selesai", "undated": True, "reason": "duplicate"}},
    "status": {"column": "status", "values": {"": [], "Ganda": ["ganda"]}},
}
ROW = {"nomor": "1", "masuk": "2026-03-13T08:00", "janji": "", "jam": "", "opd": "", "status": "", "selesai": ""}


def mapping(**changes: Any) -> TableMapping:
    return TableMapping(MappingSettings.model_validate(PLAIN | changes), config().city.agencies)


@pytest.mark.parametrize(
    ("day", "clock", "promised"),
    [
        ("20/03/2026", "", datetime(2026, 3, 20, 16, 59, 59, tzinfo=UTC)),
        ("13/03/2026", "", datetime(2026, 3, 13, 16, 59, 59, tzinfo=UTC)),
        ("2026-03-20", "15:00", datetime(2026, 3, 20, 8, 0, tzinfo=UTC)),
        ("", "", None),
        ("-", "", None),
    ],
)
def test_a_promised_day_counts_to_its_end(day: str, clock: str, promised: datetime | None):
    assert mapping().read(ROW | {"janji": day, "jam": clock}).promised_at == promised


@pytest.mark.parametrize(("day", "said"), [("12/03/2026", "mendahului"), ("segera", "bukan waktu")])
def test_a_promise_that_cannot_be_is_told_by_its_cell(day: str, said: str):
    row = ROW | {"janji": day}
    with pytest.raises(Unreadable) as wrong:
        mapping().read(row)
    assert in_words(wrong.value.reason).startswith("kolom janji, jam")
    assert said in in_words(wrong.value.reason)
    assert [each.reason for each in mapping().faults(row)] == [wrong.value.reason]


def test_all_rows_may_belong_to_one_agency_whatever_they_say():
    assert mapping().read(ROW | {"opd": "DLH"}).agency == "dlh"
    assert {mapping(agency_for_all="dpupr").read(ROW | {"opd": opd}).agency for opd in ("", "DLH", "?")} == {"dpupr"}


def test_a_refusal_without_a_day_is_undated_and_not_open():
    [undated] = mapping().read(ROW | {"status": "Ganda"}).events
    assert (undated.kind, undated.at, undated.reason) == (
        EventKind.REJECTED,
        datetime(2026, 3, 13, 1, tzinfo=UTC),
        "undated",
    )
    [dated] = mapping().read(ROW | {"status": "Ganda", "selesai": "20/03/2026"}).events
    assert (dated.at, dated.reason) == (datetime(2026, 3, 19, 17, tzinfo=UTC), "duplicate")
