"""Rejected records: read, corrected, tried again, thrown away; nothing is lost and nothing from them runs."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from dashboard.app import App
from data import clock
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.cases import case
from data.store.intake import hours, rejected, rejected_search
from data.store.intake.rejected import RejectedRecord
from data.store.intake.sources import claim
from ingest.runtime.rejected_corrections import corrected_file, discarded_file
from tests.dashboard.web.conftest import SOURCE, Desk, told
from tests.ingest.runtime.other_process import a_dead_process
from tests.ingest.sources.feed.feed import until

LIST = f"/sumber/{SOURCE}/ditolak"


def a_row(number: str = "1", **changes: Any) -> dict[str, Any]:
    """A row of an agency's CSV file whose date is wrong."""
    plain = {"nomor": number, "tanggal": "31/02/2026", "kategori": "sampah", "uraian": "Sampah.", "desa": "Temas"}
    return plain | changes


def keep(engine: Engine, payload: Any, number: str = "1", reason: str = "kolom tanggal: '31/02/2026' salah") -> int:
    now = clock.now() - timedelta(minutes=5)
    with writing(engine) as conn:
        rejected.add(conn, RejectedRecord(SOURCE, number, reason, json.dumps(payload)), now)
        return rejected_search.page(conn, SOURCE, None, None, 1)[0].id


def stored(engine: Engine) -> list[str]:
    with reading(engine) as conn:
        return list(conn.execute(select(case.c.external_id).order_by(case.c.id)).scalars())


def left(engine: Engine) -> list[str]:
    with reading(engine) as conn:
        return [row.record.external_id for row in rejected.waiting(conn)]


def test_records_are_listed_by_reason_and_read_field_by_field(desk: Desk, engine: Engine):
    kept_id = keep(engine, a_row())
    assert "1 Berkas dari OPD" in told(desk.get("/ditolak"))
    page = told(desk.get(LIST))
    assert "1 rekaman ditolak dari Berkas dari OPD" in page
    assert "kolom tanggal: … salah" in page
    record = desk.get(f"{LIST}/{kept_id}")
    assert 'name="f:tanggal" value="31/02/2026"' in record


def test_on_an_english_page_a_stored_reason_says_that_it_is_indonesian(desk: Desk, engine: Engine):
    kept_id = keep(engine, a_row())
    desk.client.get(f"{LIST}?lang=en")
    for path in (LIST, f"{LIST}/{kept_id}"):
        page = desk.get(path)
        assert '<html lang="en"' in page
        assert re.search(r'lang="id">kolom tanggal: &#39;31/02/2026&#39; salah<', page), path


def test_a_corrected_record_becomes_a_case(desk: Desk, engine: Engine):
    kept_id = keep(engine, a_row())
    page = told(desk.done(f"{LIST}/{kept_id}/perbaiki", **{"f:tanggal": "28/02/2026"}))
    assert "Terbaca. Menjadi laporan baru: AW-2602-" in page
    assert (stored(engine), left(engine)) == (["1"], [])
    line = json.loads(corrected_file(desk.app.home.path, SOURCE).read_text())
    assert (line["received"]["tanggal"], line["corrected"]["tanggal"]) == ("31/02/2026", "28/02/2026")


def test_a_correction_that_does_not_help_says_the_new_reason_and_shows_what_was_received(desk: Desk, engine: Engine):
    kept_id = keep(engine, a_row())
    page = told(desk.done(f"{LIST}/{kept_id}/perbaiki", **{"f:tanggal": "30/02/2026"}))
    assert "Masih belum dapat dibaca" in page
    assert "30/02/2026" in page
    assert "Diterima sebagai 31/02/2026" in page
    assert "2 kali dicoba" in page
    assert left(engine) == ["1"]


def test_a_record_is_tried_again_as_it_is(desk: Desk, engine: Engine):
    good, bad = keep(engine, a_row(tanggal="20/11/2026"), "1"), keep(engine, a_row("2"), "2")
    assert "Menjadi laporan baru" in told(desk.done(f"{LIST}/{good}/coba"))
    assert "Masih belum dapat dibaca" in told(desk.done(f"{LIST}/{bad}/coba"))
    assert "sudah tidak menunggu" in told(desk.done(f"{LIST}/{good}/coba"))


def test_a_record_is_thrown_away_only_with_a_reason_and_kept_in_a_file(desk: Desk, engine: Engine):
    kept_id = keep(engine, a_row())
    assert "Tulis dahulu mengapa" in told(desk.done(f"{LIST}/{kept_id}/buang", why="  "))
    assert left(engine) == ["1"]
    page = told(desk.done(f"{LIST}/{kept_id}/buang", why="uji coba"))
    assert "ditulis ke berkas" in page
    assert "BATT_HOME/discarded" in page
    assert left(engine) == []
    line = json.loads(discarded_file(desk.app.home.path, SOURCE).read_text())
    assert (line["why"], line["payload"]["nomor"]) == ("uji coba", "1")


def test_all_with_the_same_reason_are_tried_again_in_the_background(desk: Desk, engine: Engine):
    for n in range(30):
        keep(engine, a_row(str(n), tanggal="20/11/2026" if n % 2 else "31/02/2026"), str(n))
    keep(engine, a_row("x", tanggal="20/11/2026"), "x", reason="lain")
    desk.done(f"{LIST}/coba", kind="kolom tanggal: … salah")
    until(lambda: "Selesai" in desk.get(LIST, **{"X-Fragment": "1"}))
    said = told(desk.get(LIST))
    assert "30 dari 30." in said
    assert "15 menjadi laporan." in said
    assert len(stored(engine)) == 15
    assert len(left(engine)) == 16


def test_all_with_the_same_reason_are_thrown_away_but_never_everything_at_once(desk: Desk, engine: Engine):
    for n in range(250):
        keep(engine, a_row(str(n)), str(n))
    keep(engine, a_row("x"), "x", reason="lain")
    for form in ({"why": "uji"}, {"kind": "kolom tanggal: … salah"}):
        assert "Tulis dahulu" in told(desk.done(f"{LIST}/buang", **form))
    desk.done(f"{LIST}/buang", kind="kolom tanggal: … salah", why="berkas uji")
    until(lambda: "Selesai" in desk.get(LIST, **{"X-Fragment": "1"}))
    assert left(engine) == ["x"]
    assert len(discarded_file(desk.app.home.path, SOURCE).read_text().splitlines()) == 250


def test_pages_of_a_long_list_follow_one_another(desk: Desk, engine: Engine):
    with writing(engine) as conn:
        for n in range(120):
            rejected.add(conn, RejectedRecord(SOURCE, f"id-{n:03}", "rusak", "{}"), clock.now())
    seen, path = [], LIST
    for _ in range(3):
        page = desk.get(path)
        seen += [line for line in told(page).split() if line.startswith("id-")]
        older = page.rpartition("sebelum=")[2].partition('"')[0]
        path = f"{LIST}?sebelum={older}"
    assert seen == [f"id-{n:03}" for n in reversed(range(120))]
    assert "sebelum=" not in desk.get(path).partition("lines")[2] or "Lebih lama" not in desk.get(path)


HOSTILE = "<script>alert(1)</script>\x00\ud800\"'"


def test_nothing_from_a_payload_runs_or_breaks_the_page(desk: Desk, engine: Engine):
    kept_id = keep(engine, {HOSTILE: HOSTILE, "n": {HOSTILE: 1}}, "<i>1</i>", reason="salah: <b>x</b> '<script>'")
    for path in ("/ditolak", LIST, f"{LIST}/{kept_id}", f"{LIST}?alasan=%3Cscript%3E%00", f"{LIST}?said=x&code=<b>"):
        page = desk.get(path)
        assert "<script>" not in page, path
        assert "<b>x" not in page, path
        assert "<i>1" not in page, path
    before = rejected_payload(engine, kept_id)
    form = {
        f"f:{HOSTILE}".replace("\x00", "␀").replace("\ud800", "?"): HOSTILE.replace("\x00", "␀").replace("\ud800", "?")
    }
    desk.done(f"{LIST}/{kept_id}/perbaiki", **form)
    assert json.loads(rejected_payload(engine, kept_id)) == json.loads(before)


def rejected_payload(engine: Engine, kept_id: int) -> str:
    with reading(engine) as conn:
        found = rejected_search.one(conn, SOURCE, kept_id)
    assert found is not None
    return found.record.payload


def test_a_payload_of_a_megabyte_is_shown_short_and_whole_when_asked_for(desk: Desk, engine: Engine):
    kept_id = keep(engine, a_row(uraian="panjang " * 130_000))
    assert len(desk.get(LIST)) < 20_000
    page = desk.get(f"{LIST}/{kept_id}")
    assert len(page) < 30_000
    assert "semua=1" in page
    whole = desk.get(f"{LIST}/{kept_id}?semua=1")
    assert len(whole) > 1_000_000
    form = {"f:uraian": "panjang " * 130_000, "f:tanggal": "32/02/2026"}
    assert "Masih belum dapat dibaca" in told(desk.done(f"{LIST}/{kept_id}/perbaiki", **form))


def test_what_is_no_object_can_be_read_and_thrown_away(desk: Desk, engine: Engine):
    kept_id = keep(engine, ["<b>", 1])
    page = desk.get(f"{LIST}/{kept_id}")
    assert "[&#34;&lt;b&gt;&#34;, 1]" in page
    assert "perbaiki" not in page.partition("<main>")[2].partition("<form")[2]
    assert "sudah tidak menunggu" in told(desk.get(desk.post(f"{LIST}/{kept_id}/perbaiki").headers["Location"]))


def test_a_correction_does_not_overwrite_what_the_source_sent_meanwhile(desk: Desk, engine: Engine):
    kept_id = keep(engine, a_row())
    assert desk.post(f"{LIST}/{kept_id + 1}/perbaiki").status_code == 303
    assert desk.get(f"{LIST}/{kept_id + 1}", 404)


def test_of_two_people_who_correct_one_record_the_second_is_told_and_undoes_nothing(desk: Desk, engine: Engine):
    kept_id = keep(engine, a_row(desa="Tms"))
    first = second = a_form(desk, kept_id)
    assert "Masih belum dapat dibaca" in told(
        desk.done(f"{LIST}/{kept_id}/perbaiki", **first | {"f:desa": "Temas", "f:tanggal": "30/02/2026"})
    )
    said = told(desk.done(f"{LIST}/{kept_id}/perbaiki", **second | {"f:uraian": "Sampah menumpuk."}))
    assert "perbaikan tidak disimpan" in said
    kept = json.loads(rejected_payload(engine, kept_id))
    assert (kept["desa"], kept["tanggal"], kept["uraian"]) == ("Temas", "30/02/2026", "Sampah.")
    assert "perbaikan tidak disimpan" not in told(desk.done(f"{LIST}/{kept_id}/perbaiki", **a_form(desk, kept_id)))


def test_what_somebody_corrected_meanwhile_is_not_thrown_away_unread(desk: Desk, engine: Engine):
    kept_id = keep(engine, a_row())
    seen = a_form(desk, kept_id)["seen"]
    desk.done(f"{LIST}/{kept_id}/perbaiki", **a_form(desk, kept_id) | {"f:tanggal": "30/02/2026"})
    assert "perbaikan tidak disimpan" in told(desk.done(f"{LIST}/{kept_id}/buang", why="uji", seen=seen))
    assert left(engine) == ["1"]
    desk.done(f"{LIST}/{kept_id}/buang", why="uji", seen=a_form(desk, kept_id)["seen"])
    assert left(engine) == []


def a_form(desk: Desk, kept_id: int) -> dict[str, str]:
    """The fields of a record's page as a browser would send them back."""
    page = desk.get(f"{LIST}/{kept_id}")
    named = re.findall(r'name="(f:[^"]*|seen)" value="([^"]*)"', page)
    return {unescape(name): unescape(value) for name, value in named}


def test_signs_that_turn_the_direction_of_writing_are_shown_and_turn_nothing(desk: Desk, engine: Engine):
    turned = "Jalan \u202egnabulreb\u202c \u2067x\u2069 \u200ey\u200f \u061cz"
    kept_id = keep(engine, a_row(uraian=turned, **{turned: "x"}), f"1{turned}", reason=f"kolom uraian: '{turned}'")
    for path in ("/ditolak", LIST, f"{LIST}/{kept_id}"):
        assert not set(desk.get(path)) & set(
            "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        ), path
    desk.done(f"{LIST}/{kept_id}/perbaiki", **a_form(desk, kept_id))
    assert json.loads(rejected_payload(engine, kept_id))["uraian"] == turned


def test_records_of_a_source_that_is_gone_can_be_read_but_not_tried_again(desk: Desk, engine: Engine):
    with writing(engine) as conn:
        rejected.add(conn, RejectedRecord("dulu", "1", "rusak", "{}"), clock.now())
    page = told(desk.get("/sumber/dulu/ditolak"))
    assert "tidak ada lagi di config.yaml" in page
    assert desk.post("/sumber/dulu/ditolak/coba").status_code == 404
    assert desk.post("/sumber/dulu/ditolak/1/coba").status_code == 404
    assert desk.get("/sumber/lain/ditolak", 404)


def test_a_refusal_counts_once_in_the_hour_of_its_arrival(engine: Engine):
    for _ in range(3):
        keep(engine, a_row())
    with reading(engine) as conn:
        assert sum(row.rejected for row in hours.of(conn, SOURCE, clock.now() - timedelta(hours=2))) == 1


@pytest.mark.parametrize("path", [f"{LIST}?sebelum=x", f"{LIST}?sebelum=-1", f"{LIST}?alasan=" + "y" * 3000])
def test_odd_addresses_show_an_empty_list_or_the_first_page(desk: Desk, engine: Engine, path: str):
    keep(engine, a_row())
    assert "rekaman ditolak dari" in told(desk.get(path))


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("id", "Proses 4711 di loket-1 mengerjakannya"),
        ("en", "Process 4711 on loket-1 is working on them"),
    ],
)
def test_while_another_process_works_on_them_it_is_named_with_the_time_left(
    desk: Desk, engine: Engine, lang: str, words: str
):
    keep(engine, a_row())
    with writing(engine) as conn:
        claim(conn, f"rejected:{SOURCE}", "loket-1:4711:abcdef:rejected", clock.now(), 50)
    answer = desk.post(f"{LIST}/coba")
    assert answer.location.endswith("said=busy")
    desk.client.get(f"{LIST}?lang={lang}")
    page = told(desk.get(f"{LIST}?said=busy"))
    assert words in page
    assert re.search(r"(4\d|50) (detik|seconds)", page)


def test_what_a_killed_process_was_working_on_is_worked_on_at_once(desk: Desk, engine: Engine, app: App):
    keep(engine, a_row())
    with writing(engine) as conn:
        claim(conn, f"rejected:{SOURCE}", a_dead_process(app.home.path), clock.now(), 50)
    assert desk.post(f"{LIST}/coba").location.endswith("said=begun")
