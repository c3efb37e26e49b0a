"""The words of a table's lists: counted over the whole file, what is known left out, what is unknown first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ingest.tabular.detection.inspect import inspect
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.proposal.listed_values import Meaning, WordList, count_words
from tests.ingest.doors import config
from tests.ingest.tabular.books import book, cells, hand_made, sheet_xml

CITY = config().city
OPD: MappingSettings = config().sources["opd_csv"].mapping  # type: ignore[attr-defined]
LAPOR: MappingSettings = config().sources["sp4n_lapor"].mapping  # type: ignore[attr-defined]


def mapping(**fields: Any) -> MappingSettings:
    """Of a table with the columns no, tanggal and jenis."""
    least = {"times": {"zone": "Asia/Jakarta"}, "id": "no", "received": "tanggal", "category": "jenis"}
    return MappingSettings.model_validate({**least, **fields})


def kinds(**pick: Any) -> MappingSettings:
    """That reads `jenis` so."""
    return mapping(category={"columns": ["jenis"], **pick})


def lists(path: Path, words: list[str], made: MappingSettings | None = None) -> Mapping[str, WordList]:
    """Of a CSV with these words in its column `jenis`."""
    path.write_text("no;tanggal;jenis\n" + "".join(f"{n};13/03/2026;{kind}\n" for n, kind in enumerate(words)))
    return count_words(inspect(path, path.name), made or mapping(), CITY)


def told(found: WordList) -> list[tuple[str, int]]:
    return [(word.text, word.rows) for word in found.words]


def test_words_stand_by_their_number_of_rows_spelt_as_they_mostly_are(tmp_path: Path):
    words = ["hantu", "Hantu", "Hantu", " HANTU  ", "Gaib", "sampah", "Sampah", "-", "", "n/a", *["Lampu"] * 5]
    assert told(lists(tmp_path / "a.csv", words)["category"]) == [("Lampu", 5), ("Hantu", 4), ("Gaib", 1)]


def test_a_word_that_stands_behind_a_hundred_thousand_rows_is_found(tmp_path: Path):
    found = lists(tmp_path / "a.csv", ["sampah"] * 100_000 + ["Hantu"])
    assert told(found["category"]) == [("Hantu", 1)]


def test_what_the_mapping_already_says_stands_behind_what_nobody_knows(tmp_path: Path):
    made = mapping(
        category={"columns": ["jenis"], "values": {"hantu": "longsor", "Sampah": "sampah"}, "otherwise": "="}
    )
    found = lists(tmp_path / "a.csv", [*["Hantu"] * 3, "Gaib", "sampah"], made)
    assert told(found["category"]) == [("Gaib", 1), ("Hantu", 3)]


def test_three_hundred_words_are_kept_and_the_rest_is_a_number(tmp_path: Path):
    found = lists(tmp_path / "a.csv", [f"kata {n}" for n in range(320)] + ["kata 319"])["category"]
    assert (len(found.words), found.more, found.too_many) == (300, 20, False)
    assert told(found)[0] == ("kata 319", 2)


def test_a_column_of_ten_thousand_different_texts_is_no_list_and_says_so(tmp_path: Path):
    found = lists(tmp_path / "a.csv", [f"kata {n}" for n in range(10_500)])["category"]
    assert (len(found.words), found.more, found.too_many) == (300, 9_701, True)


def test_a_text_too_long_to_be_a_word_is_a_number_only(tmp_path: Path):
    found = lists(tmp_path / "a.csv", ["x" * 300, "y" * 199])["category"]
    assert (told(found), found.more) == ([("y" * 199, 1)], 1)


def test_a_status_is_known_by_the_mapping_alone_for_rows_are_read_by_it(tmp_path: Path):
    status = {"column": "jenis", "values": {"Baru": []}}
    found = lists(tmp_path / "a.csv", ["Baru", "Tuntas", "Menguap"], mapping(status=status))
    assert told(found["status"]) == [("Menguap", 1), ("Tuntas", 1)]


def test_an_agency_that_is_none_of_ours_is_unknown_and_one_of_ours_is_not(tmp_path: Path):
    found = lists(
        tmp_path / "a.csv", ["DLH", "dlh", "Dinas Gaib"], mapping(category={"constant": "lainnya"}, agency="jenis")
    )
    assert list(found) == ["agency"]
    assert told(found["agency"]) == [("Dinas Gaib", 1)]


def test_a_cell_that_is_a_fault_is_no_word_and_a_merged_one_counts_for_each_row(tmp_path: Path):
    rows = "".join(f'<row r="{n}">{cells(str(n), "13/03/2026", *kind)}</row>' for n, kind in ((2, ["Hantu"]), (3, [])))
    bad = f'<row r="4">{cells("4", "13/03/2026")}<c t="e"><v>#REF!</v></c></row>'
    head = f'<row r="1">{cells("no", "tanggal", "jenis")}</row>'
    sheet = sheet_xml(head + rows + bad, '<mergeCells><mergeCell ref="C2:C3"/></mergeCells>')
    path = hand_made(tmp_path / "a.xlsx", sheet)
    assert told(count_words(inspect(path, "a"), mapping(), CITY)["category"]) == [("Hantu", 2)]


def test_columns_that_are_read_together_are_one_word(tmp_path: Path):
    path = book(
        tmp_path / "a.xlsx", [["no", "tanggal", "jenis", "rinci"], [1, "x", "Lampu", "mati"], [2, "x", "-", "Got"]]
    )
    found = count_words(inspect(path, "a"), mapping(category={"columns": ["jenis", "rinci"], "join": ": "}), CITY)
    assert told(found["category"]) == [("Got", 1), ("Lampu: mati", 1)]


def test_columns_that_the_file_spells_otherwise_are_found(tmp_path: Path):
    path = book(tmp_path / "a.xlsx", [["NO", "Tanggal", "JENIS"], [1, "x", "Hantu"]])
    assert told(count_words(inspect(path, "a"), mapping(), CITY)["category"]) == [("Hantu", 1)]


@pytest.mark.parametrize(
    ("made", "field", "word", "known"),
    [
        (OPD, "category", "Sampah", True),
        (OPD, "category", "hantu", False),
        (OPD, "agency", "Dinas Gaib", False),
        (OPD, "status", "Entah", False),
        (LAPOR, "status", "Selesai", True),
        (LAPOR, "agency", "Dinas Perhubungan", True),
        (kinds(values={"a": "sampah"}), "category", "longsor", False),
        (kinds(values={"a": "sampah"}, otherwise="="), "category", "longsor", True),
        (kinds(rules=[{"then": "sampah", "words": ["tps"]}]), "category", "TPS penuh", True),
        (kinds(values={"lain": ""}, otherwise=""), "category", "lain", True),
    ],
)
def test_a_word_is_known_when_its_row_is_taken_for_what_it_says(
    made: MappingSettings, field: str, word: str, known: bool
):
    assert Meaning(made, CITY).knows(field, word) is known
