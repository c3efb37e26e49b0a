"""Merged cells without end: columns of a whole sheet, ranges upon ranges and beyond it; each costs what it fills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from data import clock
from data.store.db.engine import Engine
from ingest.tabular.detection.inspect import inspect
from ingest.tabular.detection.rows import rows
from ingest.tabular.readers import merges as limits
from ingest.tabular.readers.cell_values import NO_FAULTS, SheetRow
from ingest.tabular.readers.csv_table import BrokenTable
from ingest.tabular.readers.merges import CELL, Fills, Merge, header_names, merges_of
from ingest.tabular.readers.model import COLUMNS_MOST, letters
from tests.conftest import Limit
from tests.ingest.doors import Hand, all_cases, around, configured, pipeline
from tests.ingest.tabular.books import cells, hand_made, in_words, sheet_xml
from tests.ingest.uploads.desk import Desk

HEAD = ("nomor", "tanggal", "kategori", "uraian")
DEEP, LAST = 300, 1_048_576
"""Deeper than what a look keeps; the last row of a sheet."""
EVERY_COLUMN = [f"{letters(n)}{DEEP}:{letters(n)}{LAST}" for n in range(16_384)]


def numbers(first: int, last: int) -> Iterator[str]:
    return (f'<row r="{n}">{cells(str(n), "13/03/2026", "sampah", "x")}</row>' for n in range(first, last))


def workbook(path: Path, ranges: Iterable[str], deep: int = 4, end: int = 3_000) -> Path:
    """Rows of four cells up to `end`; row DEEP has `deep` of them."""
    row = f'<row r="{DEEP}">{cells(str(DEEP), "13/03/2026", "sampah", "x", *["v"] * (deep - 4))}</row>'
    body = f'<row r="1">{cells(*HEAD)}</row>{"".join(numbers(2, DEEP))}{row}{"".join(numbers(DEEP + 1, end))}'
    behind = "".join(f'<mergeCell ref="{name}"/>' for name in ranges)
    return hand_made(path, sheet_xml(body, f"<mergeCells>{behind}</mergeCells>"))


def test_one_range_over_the_whole_sheet_is_one_cell_and_fills_nothing(tmp_path: Path):
    path = workbook(tmp_path / "a.xlsx", [f"A1:XFD{LAST}"])
    found = inspect(path, "a")
    lines = list(rows(path, found.form))
    assert (found.columns, found.rows, len(lines)) == (HEAD, 2_998, 2_998)
    assert lines[-1].payload == {"nomor": "2999", "tanggal": "13/03/2026", "kategori": "sampah", "uraian": "x"}


def test_every_column_merged_down_a_million_rows_is_refused_when_the_cells_that_it_fills_come_to_an_end(
    tmp_path: Path, limit: Limit
):
    limit(limits, "FILLED_MOST", 10_000_000)
    path = workbook(tmp_path / "a.xlsx", EVERY_COLUMN, deep=16_384)
    found, lines = inspect(path, "a"), []
    with pytest.raises(BrokenTable, match="sel gabungan mengisi terlalu banyak sel"):
        lines.extend(rows(path, found.form))
    filled = len(lines) - (DEEP - 1)
    assert filled in range(10_000_000 // (COLUMNS_MOST * (CELL + 12)), 10_000_000 // (COLUMNS_MOST * CELL))
    assert max(len(line.payload) for line in lines if line.payload is not None) == COLUMNS_MOST


def test_an_upload_of_it_is_refused_before_anything_is_imported_and_the_folder_keeps_what_was_above(
    sqlite_engine: Engine, tmp_path: Path, limit: Limit
):
    limit(limits, "FILLED_MOST", 10_000_000)
    path = workbook(tmp_path / "a.xlsx", EVERY_COLUMN, deep=16_384)
    desk = Desk(sqlite_engine, tmp_path)
    upload_id = desk.hand_in(path.read_bytes(), "a.xlsx")
    desk.work()
    assert desk.state(upload_id) == "failed"
    assert "sel gabungan mengisi terlalu banyak sel" in in_words(desk.get(upload_id).error)
    assert all_cases(desk.engine) == []
    (tmp_path / "drop").mkdir()
    path.rename(tmp_path / "drop" / "a.xlsx")
    hand = Hand(configured("opd_csv", around(desk.engine, tmp_path), settle_s=0), pipeline(desk.engine))
    hand.take(clock.now())
    assert "yang di atasnya sudah diambil: sel gabungan mengisi terlalu banyak sel" in hand.remark


def test_columns_merged_down_that_hold_nothing_cost_nothing(tmp_path: Path, limit: Limit):
    limit(limits, "FILLED_MOST", 0)
    path = workbook(tmp_path / "a.xlsx", EVERY_COLUMN[4:])
    assert inspect(path, "a").columns == HEAD
    assert sum(1 for _ in rows(path, inspect(path, "a").form)) == 2_998


def test_a_text_that_is_merged_down_costs_its_letters_in_each_row(limit: Limit):
    limit(limits, "FILLED_MOST", 10_000)
    fills, filled = Fills(merges_of([f"A1:A{LAST}"])), 0
    fills.of(SheetRow(1, ["x" * 1_000], NO_FAULTS, False))
    with pytest.raises(BrokenTable, match="di baris 11"):
        for number in range(2, LAST):
            fills.of(SheetRow(number, [], NO_FAULTS, False))
            filled += 1
    assert filled == 10_000 // (1_000 + CELL)


def test_an_ordinary_sheet_that_is_merged_all_over_is_taken(tmp_path: Path):
    ranges = [f"{letters(column)}{n}:{letters(column)}{n + 4}" for n in range(2, 2_990, 5) for column in (1, 2, 3)]
    path = workbook(tmp_path / "a.xlsx", ranges)
    assert len(list(rows(path, inspect(path, "a").form))) == 2_998


def test_twenty_thousand_times_the_same_range_is_one(tmp_path: Path):
    assert merges_of(["B2:B9"] * 20_000) == [Merge(2, 1, 9, 1, "B2:B9")]
    path = workbook(tmp_path / "a.xlsx", [f"B{DEEP}:B{LAST}"] * 20_000)
    assert sum(1 for _ in rows(path, inspect(path, "a").form)) == 2_998


def test_of_ranges_that_overlap_a_cell_is_filled_by_one(limit: Limit):
    limit(limits, "FILLED_MOST", 3 * (CELL + 1))
    fills = Fills(merges_of([f"A{top}:A{LAST - bottom}" for top in (1, 2) for bottom in range(10_000)]))
    for number in (1, 2, 3, 4):
        row = fills.of(SheetRow(number, ["x"] if number == 1 else [], NO_FAULTS, False))
        assert row.cells == ["x"]


@pytest.mark.parametrize(
    "name",
    [
        f"A2:A{LAST + 1}",
        "A2:XFE9",
        "XFE2:XFE9",
        "A0:A9",
        "A9:A2",
        "C2:A9",
        "A2:A99999999",
        "A2",
        "2:9",
        "A:A",
        "",
        "A2:A9:A9",
    ],
)
def test_a_range_beyond_the_sheet_or_the_wrong_way_round_is_none(tmp_path: Path, name: str):
    assert merges_of([name]) == []
    path = workbook(tmp_path / "a.xlsx", [name])
    assert sum(1 for _ in rows(path, inspect(path, "a").form)) == 2_998


def test_ranges_over_a_header_that_overlap_name_each_column_once():
    above, own = ["x" * 100_000], [f"k{n}" for n in range(400)]
    head = [SheetRow(1, above, NO_FAULTS, False), SheetRow(2, own, NO_FAULTS, False)]
    ranges = [*[Merge(1, 0, 1, 16_383, "A1:XFD1")] * 20_000, Merge(1, 1, 2, 1, "B1:B2")]
    assert header_names(head, 2, ranges) == [f"{'x' * 200} k{n}" for n in range(400)]


def test_a_workbook_of_more_than_twenty_thousand_ranges_is_refused(tmp_path: Path):
    path = workbook(tmp_path / "a.xlsx", ["A2:A3"] * 20_001, end=DEEP + 1)
    with pytest.raises(BrokenTable, match=r"lebih dari 20\.000 sel gabungan"):
        inspect(path, "a")
