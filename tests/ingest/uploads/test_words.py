"""The words of a column that a person picks come from the whole file, and the preview from what the look kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from ingest.tabular.proposal.listed_values import UNKNOWN_LEAST, VALUES_MOST
from ingest.uploads import Findings
from ingest.uploads.inspection import is_counted
from tests.ingest.doors import NOW, config
from tests.ingest.tabular.books import in_words
from tests.ingest.uploads.desk import HEADER, ROW, Desk, results, strange

HEAD = "No Tiket;Tgl Lapor;Jenis Aduan;Soal;Isi Aduan;Kelurahan\n"


def long(*soal: str) -> bytes:
    """A table of one row a word in the column Soal, behind thirty rows that say nothing there."""
    lines = [f"A-{n};12/03/2026;sampah;{word};Isi {n};Temas\n" for n, word in enumerate(["sampah"] * 30 + list(soal))]
    return (HEAD + "".join(lines)).encode()


def picked(desk: Desk, upload_id: str, **fields: Any) -> Findings:
    """The mapping with other fields, confirmed."""
    mapping = desk.look(upload_id).form.mapping
    assert mapping is not None
    return desk.uploader.confirm(upload_id, mapping.model_dump(mode="json") | fields, NOW)


def words(desk: Desk, upload_id: str, field: str = "category") -> list[tuple[str, int]]:
    return [(word.text, word.rows) for word in desk.look(upload_id).lists[field].words]


def test_the_words_of_a_picked_column_come_from_the_whole_file(desk: Desk):
    upload_id = desk.asked(long("Hantu", "Gaib", "hantu", "jalan rusak"))
    assert words(desk, upload_id) == []
    assert picked(desk, upload_id, category={"columns": ["Soal"]}).counting
    assert desk.state(upload_id) == "looking"
    assert not desk.uploader.enqueue(upload_id, NOW)
    desk.work()
    assert desk.state(upload_id) == "asking"
    assert not desk.look(upload_id).counting
    assert words(desk, upload_id) == [("Hantu", 2), ("Gaib", 1)]
    assert desk.uploader.enqueue(upload_id, NOW)
    desk.work()
    assert results(desk.get(upload_id)) == {"baru": 34}


@pytest.mark.parametrize("field", ["agency", "status"])
def test_so_do_those_of_agencies_and_statuses(quick_desk: Desk, field: str):
    upload_id = quick_desk.asked(long("Hantu", "Gaib", "Gaib"))
    status = {"column": "Soal", "values": {"sampah": []}, "otherwise": []}
    picked(
        quick_desk,
        upload_id,
        **{field: status if field == "status" else {"columns": ["Soal"], "values": {"sampah": ""}}},
    )
    quick_desk.work()
    assert words(quick_desk, upload_id, field)[:2] == [("Gaib", 2), ("Hantu", 1)]


def test_what_needs_no_words_is_not_read_again(quick_desk: Desk):
    upload_id = quick_desk.asked(long("Hantu"))
    assert not picked(quick_desk, upload_id, title={"columns": ["Soal"]}).counting
    assert not picked(
        quick_desk, upload_id, category={"columns": ["Jenis Aduan"], "values": {"sampah": "longsor"}}
    ).counting
    assert not picked(quick_desk, upload_id, category={"constant": "lainnya"}).counting
    assert quick_desk.state(upload_id) == "asking"


def test_words_behind_those_that_were_kept_come_once_these_have_a_meaning(quick_desk: Desk):
    upload_id = quick_desk.asked(long(*(f"kata {n:03}" for n in range(VALUES_MOST + 20))))
    picked(quick_desk, upload_id, category={"columns": ["Soal"]})
    quick_desk.work()
    found = quick_desk.look(upload_id).lists["category"]
    assert (len(found.words), found.more) == (VALUES_MOST, 20)
    some = {word.text: "longsor" for word in found.words[UNKNOWN_LEAST:]}
    assert not picked(quick_desk, upload_id, category={"columns": ["Soal"], "values": some, "otherwise": "="}).counting
    most = {word.text: "longsor" for word in found.words[1:]}
    assert picked(quick_desk, upload_id, category={"columns": ["Soal"], "values": most, "otherwise": "="}).counting
    quick_desk.work()
    after = quick_desk.look(upload_id)
    assert [word.text for word in after.lists["category"].words[:21]] == [
        "kata 000",
        *(f"kata {n}" for n in range(300, 320)),
    ]
    assert after.lists["category"].more == 0
    assert after.form.mapping is not None
    assert is_counted(after, after.form.mapping, config().city)


def test_a_mapping_that_is_known_from_before_tells_the_words_of_the_whole_file_too(desk: Desk):
    first = desk.asked(strange("A-1"))
    picked(desk, first, category={"columns": ["Jenis Aduan"], "values": {"Lampu mati": "pju"}, "otherwise": "="})
    late = "".join(f"B-{n};12/03/2026;{word};x;Temas\n" for n, word in enumerate(["Lampu mati"] * 30 + ["Hantu"] * 2))
    second = desk.asked(strange() + late.encode())
    assert desk.look(second).known
    assert words(desk, second) == [("Hantu", 2), ("Lampu mati", 30)]


def test_so_does_the_source_s_own(desk: Desk):
    row = ROW.format("{0}").replace("sampah", "{1}").replace("Baru", "{2}")
    lines = [row.format(n, "sampah", "Baru") for n in range(30)] + [row.format(30, "Hantu", "Menguap")]
    upload_id = desk.asked((HEADER + "".join(lines)).encode())
    assert (words(desk, upload_id), words(desk, upload_id, "status")) == ([("Hantu", 1)], [("Menguap", 1)])


def test_a_file_that_cannot_be_read_any_more_leaves_what_was_found_and_says_so(quick_desk: Desk):
    upload_id = quick_desk.asked(long("Hantu"))
    path = quick_desk.uploader.storage.input(upload_id)
    picked(quick_desk, upload_id, category={"columns": ["Soal"]})
    path.write_bytes(path.read_bytes() + b"\x00")
    quick_desk.work()
    look = quick_desk.look(upload_id)
    assert (quick_desk.state(upload_id), look.counting) == ("asking", False)
    assert "NUL" in in_words(look.warnings[0])
    assert quick_desk.uploader.preview(upload_id, NOW)[0].external_id == "A-0"


def test_the_preview_reads_nothing_of_the_file(quick_desk: Desk):
    upload_id = quick_desk.asked(long("Hantu", "Gaib"))
    quick_desk.uploader.storage.input(upload_id).unlink()
    before = quick_desk.uploader.preview(upload_id, NOW)
    assert [row.external_id for row in before] == [f"A-{n}" for n in range(20)]
    picked(quick_desk, upload_id, title={"columns": ["Soal"]}, received=["Isi Aduan"])
    assert all(
        "bukan waktu" in in_words(row.faults["Isi Aduan"]) for row in quick_desk.uploader.preview(upload_id, NOW)
    )


def test_a_word_that_is_merged_over_rows_of_a_picked_column_counts_for_each(quick_desk: Desk, tmp_path: Path):
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(HEAD.strip().split(";"))
    for n in range(50):
        sheet.append([f"A-{n}", "12/03/2026", "sampah", "Hantu" if n == 30 else None, "x", "Temas"])
    sheet.merge_cells("D32:D41")
    made.save(tmp_path / "a.xlsx")
    upload_id = quick_desk.asked((tmp_path / "a.xlsx").read_bytes(), "a.xlsx")
    picked(quick_desk, upload_id, category={"columns": ["Soal"]})
    quick_desk.work()
    assert words(quick_desk, upload_id) == [("Hantu", 10)]
