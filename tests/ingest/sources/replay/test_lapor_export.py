"""The national platform's export: number, class and status kept, its list kept with it, and the two reconciled."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.domain.cases.model import CaseState, Precision
from data.domain.cases.reconciliation import Reconciliation
from data.store.cases import reconciliation
from data.store.db.engine import Engine, reading
from ingest.pipeline.checkpoint import Lease, LeaseLost
from ingest.sources.replay.source import Replay
from tests.ingest.doors import NOW, Hand, all_cases, around, configured, pipeline
from tests.real_data import RECORDINGS, needs_real_data

FILE = RECORDINGS / "lapor_samarinda_2024.csv"
HEADER = (
    "laporan_no,tanggal_laporan_masuk,waktu_laporan_masuk,klasifikasi_laporan,kategori,status_laporan,"
    "instansi_terdisposisi,kota_kabupaten,kecamatan,kelurahan"
)


def compared(engine: Engine, source: str) -> Reconciliation:
    with reading(engine) as conn:
        return reconciliation.reconcile(conn, source)


def a_row(number: int | str, status: str = "Dalam Proses", **changes: str) -> str:
    plain = {
        "tanggal": f"{10 + int(number) % 10} Nov 2026",
        "waktu": "08:00",
        "kelas": "Aspirasi",
        "kategori": "Penerangan Jalan",
        "opd": "Dinas Perhubungan",
        "kelurahan": "Sisir",
    } | changes
    cells = [str(number), plain["tanggal"], plain["waktu"], plain["kelas"], plain["kategori"], status, plain["opd"]]
    return ",".join([*cells, "Kota Batu", "Batu", plain["kelurahan"]])


@pytest.fixture
def hand(engine: Engine, tmp_path: Path) -> Hand:
    return Hand(configured("sp4n_lapor", around(engine, tmp_path), settle_s=0), pipeline(engine))


def drop(home: Path, name: str, *rows: str) -> None:
    """Put an export into the folder."""
    folder = home / "drop_sp4n"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


def taken(hand: Hand, now: datetime = NOW) -> Counter[str]:
    """What came of two looks: a file that did not change between them is complete."""
    return hand.take(now) + hand.take(now)


@needs_real_data
def test_the_recording_is_listed_whole_and_agrees_with_what_came_of_it(engine: Engine, tmp_path: Path):
    hand = Hand(configured("lapor", around(engine, tmp_path)), pipeline(engine))
    assert hand.take() == {"new": 240}
    found = compared(engine, "lapor")
    assert (found.listed, found.matched) == (240, 240)
    assert not any((found.missing_on_platform, found.missing_here, found.classes, found.duplicates))
    assert found.states == []
    with FILE.open(encoding="utf-8") as file:
        published = {row["laporan_no"]: row for row in csv.DictReader(file)}
    classes = {"Pengaduan Berkadar Pengawasan": "pengawasan", "Permintaan Informasi": "informasi"}
    for case in all_cases(engine):
        row = published[case["external_id"]]
        assert (case["sp4n_number"], case["sp4n_status"]) == (row["laporan_no"], row["status_laporan"])
        wanted = classes.get(row["klasifikasi_laporan"])
        assert wanted in (None, case["service_class"])
        assert case["village"] is None  # another city
    hand.cursor = None
    assert hand.take() == {"same": 240}
    assert compared(engine, "lapor").listed == 240


@needs_real_data
def test_played_live_it_is_listed_as_far_as_it_was_played(engine: Engine, tmp_path: Path):
    source = configured("lapor", around(engine, tmp_path), mode="live", speed=1_000_000)
    assert isinstance(source, Replay)
    hand = Hand(source, pipeline(engine))
    hand.take(NOW)
    early = compared(engine, "lapor")
    assert 0 < early.listed < 240
    assert early.matched == early.listed


def test_a_weekly_export_in_the_folder_becomes_cases_and_a_list(engine: Engine, tmp_path: Path, hand: Hand):
    drop(tmp_path, "minggu-46.csv", a_row(1), a_row(2, "Ditutup oleh Sistem"), a_row(3, tanggal="kemarin"))
    assert taken(hand) == {"new": 2, "rejected": 1}
    first, second = all_cases(engine)
    assert (first["sp4n_number"], first["sp4n_status"], first["service_class"]) == ("1", "Dalam Proses", "aspirasi")
    assert (first["precision"], first["agency"], second["state"]) == (Precision.VILLAGE, "dishub", CaseState.CLOSED)
    found = compared(engine, "sp4n_lapor")
    assert (found.listed, found.matched) == (3, 2)
    [refused] = found.missing_here
    assert refused.listed.number == "3"
    assert "kemarin" in (refused.rejected or "")


def test_the_next_export_brings_it_up_to_date_and_names_what_differs(engine: Engine, tmp_path: Path, hand: Hand):
    drop(tmp_path, "a.csv", a_row(1), a_row(2), a_row(3), a_row(4))
    taken(hand)
    waiting, asked = a_row(1, "Menunggu Kelengkapan Informasi"), a_row(2, kelas="Permintaan Informasi")
    drop(tmp_path, "b.csv", waiting, asked, a_row(4))
    assert taken(hand, NOW + timedelta(days=7)) == {"updated": 1, "same": 2}
    found = compared(engine, "sp4n_lapor")
    assert [case.number for case in found.missing_on_platform] == ["3"]
    assert [(pair.case.service_class, pair.report.listed.service_class) for pair in found.classes] == [
        ("aspirasi", "informasi")
    ]
    assert all_cases(engine)[0]["sp4n_status"] == "Menunggu Kelengkapan Informasi"


@pytest.mark.parametrize("written", ["12.0", " 12 ", "0000012", "'12"])
def test_a_number_that_a_spreadsheet_has_rewritten_is_the_same_case(
    engine: Engine, tmp_path: Path, hand: Hand, written: str
):
    drop(tmp_path, "a.csv", a_row(12))
    taken(hand)
    drop(tmp_path, "b.csv", a_row(12, "Selesai").replace("12", written, 1))
    assert taken(hand, NOW + timedelta(days=7)) == {"updated": 1}
    [case] = all_cases(engine)
    assert (case["external_id"], case["sp4n_number"]) == ("12", "12")
    found = compared(engine, "sp4n_lapor")
    assert (found.listed, found.matched, found.duplicates) == (1, 1, [])


def test_a_long_export_that_comes_in_parts_is_one_list(engine: Engine, tmp_path: Path, hand: Hand):
    drop(tmp_path, "tahun.csv", *(a_row(n, kelurahan="") for n in range(1, 1203)))
    moment = NOW
    for delivery in [*hand.source.fetch(None, NOW), *hand.source.fetch(None, NOW)]:
        hand.taker.write_delivery(hand.source, delivery, moment)
        moment += timedelta(seconds=90)
    found = compared(engine, "sp4n_lapor")
    assert (found.listed, found.matched, found.missing_on_platform) == (1202, 1202, [])


def test_a_status_that_nobody_knows_is_refused_and_stands_in_the_list(engine: Engine, tmp_path: Path, hand: Hand):
    drop(tmp_path, "a.csv", a_row(1, "Entah Apa"))
    assert taken(hand) == {"rejected": 1}
    [there] = compared(engine, "sp4n_lapor").missing_here
    assert "Entah Apa" in (there.rejected or "")


def test_a_process_that_loses_its_lease_lists_nothing(engine: Engine, tmp_path: Path, hand: Hand):
    drop(tmp_path, "a.csv", a_row(1))
    assert list(hand.source.fetch(None, NOW)) == []  # the first look
    [delivery] = list(hand.source.fetch(None, NOW))
    other = Lease("other:1", 60)
    empty: Any = type(delivery)((), None, history=True)
    hand.taker.write_delivery(hand.source, empty, NOW, lease=other)
    with pytest.raises(LeaseLost):
        hand.taker.write_delivery(hand.source, delivery, NOW, lease=Lease("me:2", 60))
    assert compared(engine, "sp4n_lapor").listed == 0
    assert all_cases(engine) == []


def test_other_files_are_no_list(engine: Engine, tmp_path: Path):
    hand = Hand(configured("sp4n_lapor", around(engine, tmp_path), settle_s=0, counterpart=False), pipeline(engine))
    drop(tmp_path, "a.csv", a_row(1))
    assert taken(hand) == {"new": 1}
    assert compared(engine, "sp4n_lapor").listed == 0


def test_a_column_may_say_when_a_row_was_changed_so_that_open_again_is_reopened(engine: Engine, tmp_path: Path):
    mapping = {
        "times": {"zone": "Asia/Jakarta"},
        "id": "nomor",
        "received": "masuk",
        "updated": "diubah",
        "category": "kategori",
        "events": {"selesai": {"kind": "resolved", "at": "selesai", "by": "agency"}},
        "status": {"column": "status", "values": {"Buka": [], "Selesai": ["selesai"]}},
    }
    changes = {"settle_s": 0, "folder": "uji", "mapping": mapping, "counterpart": False}
    hand = Hand(configured("sp4n_lapor", around(engine, tmp_path), **changes), pipeline(engine))
    (tmp_path / "uji").mkdir()
    for n, (status, done, changed) in enumerate(
        [("Selesai", "2026-11-02T08:00", "2026-11-02T08:00"), ("Buka", "", "2026-11-05T08:00")]
    ):
        path = tmp_path / "uji" / f"{n}.csv"
        path.write_text(
            f"nomor,masuk,diubah,kategori,status,selesai\n7,2026-11-01T08:00,{changed},sampah,{status},{done}\n"
        )
        taken(hand)
    [case] = all_cases(engine)
    assert (case["state"], case["cycle"], case["open"]) == (CaseState.DISPATCHED, 2, True)  # to who resolved it
