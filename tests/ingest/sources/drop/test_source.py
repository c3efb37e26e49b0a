from __future__ import annotations

import csv
import os
import re
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from data import clock
from data.store.db.engine import Engine, reading
from data.store.intake import sources
from data.store.queries import feed_health
from data.store.queries.feed_health import SourceInfo
from data.texts import texts
from ingest.runtime.poller import Poller
from ingest.source import SourceDown, outcomes_by_id
from ingest.tabular.raw_rows import BATCH
from tests.ingest.doors import NOW, Hand, all_cases, all_events, around, configured, pipeline

HEADER = "nomor;tanggal;waktu;kategori;judul;uraian;desa;status;tanggal_selesai;catatan\n"
ROW = "{0};12/03/2026;08.30;sampah;TPS penuh;Meluber ke jalan;Sisir;Baru;;\n"


class Folder:
    """The configured drop folder, and the hand that takes from it."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self.engine, self.home, self.path = engine, home, home / "drop"
        self.path.mkdir()
        self.cursor: str | None = None
        self.hand = self.restarted()

    def restarted(self) -> Hand:
        """As after a new start of the process: only cursor, store and folder are left."""
        hand = Hand(configured("opd_csv", around(self.engine, self.home), settle_s=0), pipeline(self.engine))
        hand.cursor = self.hand.cursor if hasattr(self, "hand") else None
        self.hand = hand
        return hand

    def take(self) -> Counter[str]:
        return self.hand.take(clock.now())

    def restarted_take(self) -> Counter[str]:
        return self.restarted().take(clock.now())

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def told(self, name: str) -> list[list[str]]:
        """The rows of the result file, without its summary."""
        return [row for row in self.lines(name) if row[2] != "ringkasan"]

    def lines(self, name: str) -> list[list[str]]:
        with (self.path / f"{name}.hasil.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file, delimiter=";" if b";" in (self.path / name).read_bytes()[:20] else ","))[1:]


@pytest.fixture
def folder(engine: Engine, tmp_path: Path) -> Folder:
    return Folder(engine, tmp_path)


def rows(*numbers: object) -> str:
    return HEADER + "".join(ROW.format(number) for number in numbers)


def test_a_file_is_taken_and_each_row_is_told_what_became_of_it(folder: Folder):
    folder.put("dlh.csv", rows(1, 2) + "3;;;sampah;;;;Baru;;\n" + ";;;;;;;;;\n" + "4;12/03/2026\n")
    assert folder.take() == Counter(new=2, rejected=2)
    told = folder.told("dlh.csv")
    assert [row[:3] for row in told[:2]] == [["2", "1", "baru"], ["3", "2", "baru"]]
    assert told[2][:3] == ["4", "3", "ditolak"]
    assert "tanggal, waktu: kosong" in told[2][3]
    assert told[3] == ["5", "", "kosong", ""]
    assert (told[4][0], told[4][2], told[4][3]) == ("6", "ditolak", "baris berisi 2 kolom, seharusnya 10")
    stored = all_cases(folder.engine)
    assert [(case["external_id"], case["category"], case["village"]) for case in stored] == [
        ("1", "sampah", "35.79.01.1004"),
        ("2", "sampah", "35.79.01.1004"),
    ]


def test_the_result_says_at_its_end_how_many_rows_got_a_default(folder: Folder):
    plain = rows(1, 2) + "3;12/03/2026;08.30;entah;Tolong;;;Baru;;\n" + "4;kemarin;;entah;;;;Baru;;\n"
    folder.put("dlh.csv", plain + "5;12/03/2026;08.30;sampah;Sampah;;Kecamatan Batu;Baru;;\n")
    assert folder.take() == Counter(new=4, rejected=1)
    assert [row[:3] for row in folder.lines("dlh.csv")[5:]] == [["0", "", "ringkasan"]] * 4
    assert [row[3] for row in folder.lines("dlh.csv")[5:]] == [
        "4 baris tidak menyebut klasifikasi yang dikenal: dipakai klasifikasi bawaan",
        "1 baris tidak menyebut OPD atau kategori yang dikenal: masuk meja triase",
        "1 baris tanpa tempat yang dikenal",
        "1 baris hanya diketahui kecamatannya",
    ]
    whole = HEADER.replace("nomor", "klasifikasi;nomor") + "Pengaduan;" + ROW.format(9)
    folder.put("whole.csv", whole)
    folder.take()
    assert folder.lines("whole.csv") == [["2", "9", "baru", ""]]


def test_the_same_content_is_taken_once_whatever_it_is_called(folder: Folder):
    folder.put("a.csv", rows(1, 2))
    folder.put("other.csv", rows(8))
    assert folder.take() == Counter(new=3)
    folder.put("b.csv", rows(1, 2))
    assert folder.take() == Counter()
    assert folder.told("b.csv") == [
        ["0", "", "sama", "isi berkas ini sudah pernah diambil; tidak ada yang diambil lagi"]
    ]
    assert folder.restarted_take() == Counter()
    assert [row[2] for row in folder.told("a.csv")] == ["baru", "baru"]


def test_files_that_were_taken_away_again_are_not_remembered(folder: Folder):
    for number in range(5):
        path = folder.put("a.csv", rows(number))
        folder.take()
        folder.take()
    assert len(folder.hand.source._finished) == 1
    path.unlink()
    folder.take()
    assert len(folder.hand.source._finished) == 0


def test_a_corrected_file_brings_its_cases_up_to_date(folder: Folder):
    folder.put("a.csv", rows(1, 2) + "3;;;sampah;;;;;;\n")
    folder.take()
    done = "1;12/03/2026;08.30;sampah;TPS penuh;Meluber ke jalan;Sisir;Selesai;13/03/2026;Sudah diangkut\n"
    folder.put("a.csv", HEADER + done + ROW.format(2) + ROW.format(3))
    assert folder.take() == Counter(updated=1, same=1, new=1)
    assert [row[2] for row in folder.told("a.csv")] == ["diperbarui", "sama", "baru"]
    assert [event["text"] for event in all_events(folder.engine, "resolved")] == ["Sudah diangkut"]


def test_a_file_that_is_still_being_written_is_left_alone(engine: Engine, tmp_path: Path):
    slow = Hand(configured("opd_csv", around(engine, tmp_path), settle_s=3600), pipeline(engine))
    path = tmp_path / "drop" / "a.csv"
    path.parent.mkdir()
    path.write_text(rows(1))
    now = NOW.fromtimestamp(path.stat().st_ctime, NOW.tzinfo)
    assert slow.take(now) == Counter()
    path.write_text(rows(1, 2))
    assert slow.take(now) == Counter()
    assert slow.take(now) == Counter(new=2)


def test_a_file_that_rests_long_enough_is_taken_at_the_first_look(engine: Engine, tmp_path: Path):
    path = tmp_path / "drop" / "a.csv"
    path.parent.mkdir()
    path.write_text(rows(1))
    now = NOW.fromtimestamp(path.stat().st_ctime, NOW.tzinfo)
    hand = Hand(configured("opd_csv", around(engine, tmp_path), settle_s=10), pipeline(engine))
    assert hand.take(now + timedelta(seconds=9)) == Counter()
    again = Hand(configured("opd_csv", around(engine, tmp_path), settle_s=10), pipeline(engine))
    assert again.take(now + timedelta(seconds=11)) == Counter(new=1)


@pytest.mark.parametrize(
    "name", [".a.csv", "~$a.csv", "a.csv.tmp", "a.csv.part", "a.txt", "a.csv.hasil.csv", "a.xlsx.hasil.xlsx"]
)
def test_other_files_are_no_business_of_ours(folder: Folder, name: str):
    folder.put(name, rows(1))
    assert folder.take() == Counter()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", rows("é").encode() + "2;12/03/2026;08.30;sampah;Café;;;;;\n".encode("cp1252"), "bukan teks utf-8"),
        ("a.csv", rows(1).encode() + b"2;\x00;;;;;;;;\n", "NUL"),
        ("a.csv", b"nomor;judul\n1;x\n", "kolom tidak ada: tanggal, kategori"),
        ("a.csv", b"", "tidak ada baris judul"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"),
        ("a.ods", b"PK\x03\x04", "rusak atau terpotong"),
    ],
)
def test_a_broken_file_is_refused_as_a_whole_and_the_others_are_taken(
    folder: Folder, name: str, content: bytes, said: str
):
    folder.put(name, content)
    folder.put("z.csv", rows(7))
    assert folder.take() == Counter(new=1)
    assert folder.hand.remark.startswith(f"1 berkas di {folder.path} ditolak")
    assert re.search(f"{re.escape(name)}: .*{re.escape(said)}", folder.hand.remark)
    assert [case["external_id"] for case in all_cases(folder.engine)] == ["7"]
    told = (folder.path / f"{name}.hasil.csv").read_text(encoding="utf-8-sig")
    assert "seluruh berkas tidak diambil" in told
    assert said in told
    (folder.path / name).unlink()
    assert folder.take() == Counter()
    assert folder.hand.remark == ""


def test_a_refused_file_is_no_failure_of_its_folder_and_holds_up_no_other_file(engine: Engine, folder: Folder):
    feeder = Poller(folder.hand.source, folder.hand.taker, "me:1", threading.Event(), now=clock.now)
    folder.put("a.csv", b"nomor;judul\n1;x\n")
    folder.put("b.csv", b"")
    assert feeder.poll_once() == folder.hand.source.every_s
    with reading(engine) as conn:
        state = sources.state_of(conn, "opd_csv")
    assert (state.failing_since, state.last_success_at is None) == (None, False)
    assert texts("id").stored_sentence(state.error or "").startswith(f"2 berkas di {folder.path} ditolak")
    with reading(engine) as conn:
        (health,) = feed_health.ask(conn, [SourceInfo("opd_csv", "Berkas", 300.0)], clock.now(), 5).sources
    assert (health.state, health.error) == ("ok", None)
    assert health.remark == state.error


def test_a_file_that_breaks_off_is_refused_with_the_others_in_the_same_look(folder: Folder):
    whole = rows(*range(12)).encode()
    folder.put("a.csv", whole + b"13;\x00;;;;;;;;\n")
    folder.put("b.csv", rows(99))
    folder.take()
    assert "a.csv: " in folder.hand.remark
    assert "99" in {case["external_id"] for case in all_cases(folder.engine)}


def test_a_refusal_that_cannot_be_told_is_a_failure_after_all_other_files(folder: Folder):
    folder.put("a.csv", b"")
    (folder.path / "a.csv.hasil.csv").mkdir()
    (folder.path / "a.csv.hasil.csv" / "x").touch()
    os.utime(folder.path / "a.csv.hasil.csv", (0, 0))
    folder.put("b.csv", rows(7))
    with pytest.raises(SourceDown, match="berkas hasil tidak dapat ditulis"):
        folder.take()
    assert [case["external_id"] for case in all_cases(folder.engine)] == ["7"]


def test_a_file_in_any_encoding_with_titles_above_its_header_is_taken(folder: Folder):
    folder.put("a.csv", ("Rekap;Maret\n\n" + rows(1).replace("TPS penuh", "Café penuh")).encode("cp1252"))
    folder.put("b.csv", rows(2).encode("utf-16"))
    folder.put("c.csv", rows("contoh", 3))
    assert folder.take() == Counter(new=3)
    assert folder.told("a.csv") == [["4", "1", "baru", ""]]
    assert all_cases(folder.engine)[0]["title"] == "Café penuh"
    assert folder.told("c.csv") == [["2", "", "dilewati", "baris contoh dari templat"], ["3", "3", "baru", ""]]


def test_a_formula_in_a_file_is_none_in_its_result(folder: Folder):
    folder.put("a.csv", rows('=HYPERLINK("http://x")', "@SUM(1)", "-1", "+62") + '"=1+1";;;sampah;;;;;;\n')
    folder.take()
    told = folder.told("a.csv")
    assert len(told) == 5
    assert [cell for row in told for cell in row if cell.startswith(("=", "+", "-", "@"))] == []


def test_a_long_file_comes_in_batches_and_a_repeated_number_has_outcomes_of_its_own(folder: Folder):
    folder.put("a.csv", rows(*range(600), 5, 5))
    sizes = [len(delivery.records) for delivery in folder.hand.source.fetch(None, clock.now())]
    assert max(sizes) <= BATCH
    assert sum(sizes) == 602
    assert folder.take() == Counter(new=600, same=2)
    told = folder.told("a.csv")
    assert Counter(row[2] for row in told) == Counter(baru=600, sama=2)
    assert [int(row[0]) for row in told] == list(range(2, 604))


@pytest.mark.parametrize("deliveries", [1, 2, 3])
def test_a_kill_in_the_middle_leaves_a_whole_result_after_the_next_start(folder: Folder, deliveries: int):
    folder.put("a.csv", rows(*range(600)))
    folder.hand.take_and_die(deliveries, clock.now())
    assert not (folder.path / "a.csv.hasil.csv").exists()
    assert folder.restarted_take()["new"] == 600 - min(600, BATCH * deliveries)
    assert [int(row[0]) for row in folder.told("a.csv")] == list(range(2, 602))
    assert {case["external_id"] for case in all_cases(folder.engine)} == {str(n) for n in range(600)}
    assert [path.name for path in folder.path.iterdir() if path.name.startswith(".")] == []


def test_a_result_that_was_cut_off_in_the_middle_of_a_line_goes_on_there(folder: Folder):
    folder.put("a.csv", rows(*range(BATCH + 100)))
    deliveries = folder.hand.source.fetch(None, clock.now())
    first = next(deliveries)
    assert first.on_stored is not None
    first.on_stored(outcomes_by_id(folder.hand.taker.write_delivery(folder.hand.source, first, NOW)))
    folder.hand.cursor = first.cursor
    part = next(path for path in folder.path.iterdir() if path.name.endswith(".part"))
    os.truncate(part, part.stat().st_size - 4)
    assert folder.restarted_take() == Counter(same=1, new=100)
    assert [int(row[0]) for row in folder.told("a.csv")] == list(range(2, BATCH + 102))


def test_a_folder_is_made_when_it_is_missing_and_one_that_cannot_be_used_is_told(engine: Engine, tmp_path: Path):
    hand = Hand(configured("opd_csv", around(engine, tmp_path / "new")), pipeline(engine))
    assert hand.take() == Counter()
    assert (tmp_path / "new" / "drop").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceDown, match="tidak dapat dibaca"):
        Hand(configured("opd_csv", around(engine, tmp_path / "file")), pipeline(engine)).take()


def test_an_agency_that_is_none_of_ours_is_refused_with_those_that_are(folder: Folder):
    folder.put("a.csv", "nomor;tanggal;waktu;kategori;uraian;opd\n1;12/03/2026;08:30;sampah;x;Dinas Kebersihan\n")
    assert folder.take() == Counter(rejected=1)
    assert "'Dinas Kebersihan' bukan kode OPD" in folder.told("a.csv")[0][3]
