"""A header that a person has corrected once: known in uploads, in the folder, and when a refused row is read again."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from data.store.db.engine import Engine, reading, writing
from data.store.intake import mappings
from data.store.intake.rejected import correct
from data.store.intake.rejected_search import next_ids, one
from data.texts import texts
from ingest.pipeline.reading import payload_text
from ingest.runtime.poller import Poller
from ingest.runtime.rejected_retry import retry_one, retry_rejected
from ingest.source import OutcomeKind
from ingest.sources.drop.source import DropFolder
from ingest.tabular.known_mappings import MAPPED, header_signature
from ingest.uploads import Uploader
from tests.ingest.doors import NOW, all_cases, around, pipeline
from tests.ingest.uploads.desk import ME, Desk, settings, strange

LATER = NOW + timedelta(days=3650)
"""When every file has come to rest."""
BAD = b"B-9;31/02/2026;Lampu mati;Tanggal ini tidak ada;Temas\n"


def folder(desk: Desk) -> DropFolder:
    """The source to which the uploads belong, as it is built for a poller and for a retry."""
    opd = settings(opd_csv={"settle_s": 0})["opd_csv"]
    return DropFolder("opd_csv", opd, around(desk.engine, desk.home))  # type: ignore[arg-type]


def polled(desk: Desk, source: DropFolder, name: str, content: bytes, now: datetime = LATER) -> None:
    """Put a file into the folder and have it taken."""
    path = desk.home / "drop" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    Poller(source, pipeline(desk.engine), ME, threading.Event(), now=lambda: now).poll_once()


def corrected(desk: Desk, content: bytes, agency: str | None = None) -> None:
    """Upload, say what 'Lampu mati' is and whose the rows are, import."""
    upload_id = desk.asked(content)
    look = desk.look(upload_id)
    assert look.form.mapping is not None
    mapping = look.form.mapping.model_dump(mode="json")
    mapping["category"] = {"columns": ["Jenis Aduan"], "values": {"Lampu mati": "pju"}}
    mapping["agency_for_all"] = agency
    desk.uploader.confirm(upload_id, mapping, NOW)
    assert desk.uploader.enqueue(upload_id, NOW)
    desk.work()
    assert desk.state(upload_id) == "done"


def test_a_refused_row_of_a_corrected_table_is_mended_and_read_by_that_mapping(desk: Desk):
    corrected(desk, strange("B-1") + BAD)
    assert desk.ids() == ["B-1"]
    with reading(desk.engine) as conn:
        [kept_id] = next_ids(conn, "opd_csv", None, 0, 10)
        kept = one(conn, "opd_csv", kept_id)
    assert kept is not None
    payload = json.loads(kept.record.payload)
    assert len(payload.pop(MAPPED)) == 64
    assert payload["Tgl Lapor"] == "31/02/2026"
    with writing(desk.engine) as conn:
        mended = json.loads(kept.record.payload) | {"Tgl Lapor": "28/02/2026"}
        assert correct(conn, kept_id, kept.record.payload, payload_text(mended))
    outcome = retry_one(pipeline(desk.engine), folder(desk), kept_id, NOW)
    assert outcome is not None
    assert outcome.kind is OutcomeKind.NEW
    assert [(each["external_id"], each["category"]) for each in all_cases(desk.engine)] == [
        ("B-1", "pju"),
        ("B-9", "pju"),
    ]


def test_whose_all_rows_are_is_said_of_one_table_alone_and_holds_for_its_refused_rows(desk: Desk):
    corrected(desk, strange("B-1") + BAD, agency="dlh")
    again = desk.look(desk.asked(strange("B-2"), "lain.csv")).form.mapping
    assert again is not None
    assert (again.category.values, again.agency_for_all) == ({"Lampu mati": "pju"}, None)
    corrected(desk, strange("B-3"), agency="bpbd")
    polled(desk, folder(desk), "folder.csv", strange("B-4"))
    with reading(desk.engine) as conn:
        [kept_id] = next_ids(conn, "opd_csv", None, 0, 10)
        kept = one(conn, "opd_csv", kept_id)
    assert kept is not None
    with writing(desk.engine) as conn:
        mended = json.loads(kept.record.payload) | {"Tgl Lapor": "28/02/2026"}
        assert correct(conn, kept_id, kept.record.payload, payload_text(mended))
    assert retry_one(pipeline(desk.engine), folder(desk), kept_id, NOW) is not None
    held = {each["external_id"]: each["agency"] for each in all_cases(desk.engine)}
    assert (held["B-1"], held["B-9"], held["B-3"]) == ("dlh", "dlh", "bpbd")
    assert held["B-4"] not in {"dlh", "bpbd"}


def test_a_table_whose_proposal_was_taken_as_it_stood_is_read_again_by_it_too(desk: Desk):
    desk.imported(strange("B-1") + BAD)
    [outcome] = retry_rejected(pipeline(desk.engine), folder(desk), NOW)
    assert outcome.kind is OutcomeKind.REJECTED
    assert outcome.reason is not None
    assert "Tgl Lapor" in texts("id").stored_sentence(outcome.reason)  # its own column, not one of the source's mapping


def test_a_file_in_the_folder_is_taken_once_its_header_is_corrected_and_so_are_later_ones(desk: Desk):
    source = folder(desk)
    polled(desk, source, "belum.csv", strange("C-1"))
    assert desk.ids() == []
    told = (desk.home / "drop" / "belum.csv.hasil.csv").read_text(encoding="utf-8-sig")
    assert "unggah di /sumber/opd_csv dan cocokkan kolomnya sekali" in told
    corrected(desk, strange("C-2"))
    polled(desk, source, "sesudah.csv", strange("C-3"), LATER + timedelta(seconds=source.every_s))
    assert [(each["external_id"], each["category"]) for each in all_cases(desk.engine)] == [
        ("C-1", "pju"),
        ("C-2", "pju"),
        ("C-3", "pju"),
    ]
    told = (desk.home / "drop" / "sesudah.csv.hasil.csv").read_text(encoding="utf-8-sig")
    assert "C-3;baru" in told


def test_a_column_that_is_called_as_the_mark_says_nothing_of_how_its_row_is_read(desk: Desk):
    corrected(desk, strange("B-1"))
    with reading(desk.engine) as conn:
        before = mappings.newest(conn, "opd_csv")
    assert before == NOW
    head, row = "nomor;tanggal;kategori;uraian", "E-{0};31/02/2026;sampah;Tanggal ini tidak ada"
    signature = header_signature(["No Tiket", "Tgl Lapor", "Jenis Aduan", "Isi Aduan", "Kelurahan"])
    polled(desk, folder(desk), "nakal.csv", f"{head};{MAPPED}\n{row.format(1)};{signature}\n".encode())
    with reading(desk.engine) as conn:
        [kept_id] = next_ids(conn, "opd_csv", None, 0, 10)
        kept = one(conn, "opd_csv", kept_id)
    assert kept is not None
    assert texts("id").stored_sentence(kept.record.reason).startswith("kolom tanggal")
    assert MAPPED not in json.loads(kept.record.payload)


def test_on_a_stage_sources_that_are_off_take_uploads_and_what_they_bring_is_invented(
    sqlite_engine: Engine, tmp_path: Path
):
    desk = Desk(sqlite_engine, tmp_path)
    stage = replace(around(sqlite_engine, tmp_path), demo=True)
    off = settings(opd_csv={"enabled": False})
    desk.uploader = Uploader(off, lambda: stage, pipeline(sqlite_engine))
    assert "opd_csv" in desk.uploader.sources
    desk.imported(strange("D-1") + BAD)
    with reading(sqlite_engine) as conn:
        [kept_id] = next_ids(conn, "opd_csv", None, 0, 10)
        kept = one(conn, "opd_csv", kept_id)
    assert kept is not None
    with writing(sqlite_engine) as conn:
        mended = json.loads(kept.record.payload) | {"Tgl Lapor": "28/02/2026"}
        correct(conn, kept_id, kept.record.payload, payload_text(mended))
    again = DropFolder("opd_csv", off["opd_csv"], stage)  # type: ignore[arg-type]
    retry_rejected(pipeline(sqlite_engine), again, NOW)
    assert [each["external_id"] for each in all_cases(sqlite_engine)] == ["B-9", "D-1"]
    assert {each["demo"] for each in all_cases(sqlite_engine)} == {True}
