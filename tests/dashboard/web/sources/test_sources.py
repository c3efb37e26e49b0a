"""/sumber: each source with its state in words, its last days, and what to do."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from data import clock
from data.domain.reasons import encode_reason, reason
from data.store.cases.cases import Reporter
from data.store.citizens import outbox
from data.store.db.engine import Engine, writing
from data.store.intake import hours, rejected, sources
from data.store.intake.rejected import RejectedRecord
from tests.dashboard.web.conftest import SOURCE, Desk, told
from tests.factories import NOW, a_case, received, stored

HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    """The pages read the clock themselves."""
    return clock.now()


def busy(engine: Engine, name: str, now: datetime, silent_h: int = 0) -> None:
    """A dozen records in every hour of three weeks, nothing in the last `silent_h`."""
    with writing(engine) as conn:
        for n in range(500):
            hours.count(conn, name, now - n * HOUR, delivered=0 if n < silent_h else 12, fetches=9)
        sources.succeeded(conn, name, now - silent_h * HOUR, records=12, newest=now - silent_h * HOUR)
        sources.succeeded(conn, name, now)


def test_a_source_that_fails_stands_first_with_its_error_and_since_when(desk: Desk, engine: Engine, now: datetime):
    busy(engine, "open311", now)
    with writing(engine) as conn:
        sources.failed(conn, SOURCE, now - 3 * HOUR, "folder <tidak> ada")
    page = told(desk.get("/sumber"))
    assert "1 sumber perlu dilihat" in page
    assert "Gagal sejak 3,0 jam. folder &lt;tidak&gt; ada" in page
    assert page.index("Berkas dari OPD") < page.index("Among Warga")
    assert "tersambung" in page


def test_what_is_to_be_said_of_a_source_that_works_stands_on_its_card_and_is_no_failure(
    desk: Desk, engine: Engine, now: datetime
):
    said = encode_reason(reason("open311.remarks", each=(reason("open311.outside", n=998),)))
    with writing(engine) as conn:
        sources.succeeded(conn, SOURCE, now, remark=said)
    assert "998 laporan terletak di luar rentang waktu" in told(desk.get("/sumber"))
    desk.client.get("/sumber?lang=en")
    page = told(desk.get(f"/sumber/{SOURCE}"))
    assert "998 requests lay outside the window" in page
    assert "Last failures" not in page
    with writing(engine) as conn:
        sources.succeeded(conn, SOURCE, now)
    assert "outside the window" not in told(desk.get("/sumber"))


def test_a_source_that_answers_and_brings_nothing_is_said_to_be_silent(desk: Desk, engine: Engine, now: datetime):
    busy(engine, "open311", now, silent_h=3)
    with writing(engine) as conn:
        sources.succeeded(conn, SOURCE, now)
    for _ in range(2):  # one rhythm is learnt at a time
        page = told(desk.get("/sumber"))
    assert "menurut iramanya sendiri sudah harus terdengar lagi pada" in page
    assert re.search(r"Laporan baru terakhir \d+ \w+ \d\d:\d\d;", page)
    assert "Tanyakan kepada pengirimnya" in page
    assert "jam diam" in page


def test_the_strip_tells_each_day_in_words_and_by_a_letter(desk: Desk, engine: Engine, now: datetime):
    with writing(engine) as conn:
        hours.count(conn, "open311", now - timedelta(days=2), delivered=1234, updated=5, fetches=1)
        hours.count(conn, "open311", now, fetches=1)
        rejected.add(conn, RejectedRecord("open311", "1", "rusak", "{}"), now)
    page = desk.get("/sumber")
    assert "1.234 baru, 5 diperbarui" in page
    assert "1 ditolak" in page
    assert "jam tidak terhubung" in page  # yesterday nobody asked
    assert "belum dicatat" in page
    assert page.count('<li title="') == 14 * 2


def test_a_source_never_heard_is_told_what_to_look_at(desk: Desk):
    page = told(desk.get("/sumber"))
    assert "belum ada data" in page
    assert "Periksa alamat atau foldernya di config.yaml" in page


def test_a_script_asks_for_the_changing_part_alone(desk: Desk):
    part = desk.get("/sumber", **{"X-Fragment": "1"})
    assert "<html" not in part
    assert "Among Warga" in part
    whole = desk.get("/sumber")
    assert 'id="live" data-every="15"' in whole
    assert "<noscript>" in whole


def test_one_source_shows_its_hours_its_rhythm_and_its_cursor(desk: Desk, engine: Engine, now: datetime):
    busy(engine, SOURCE, now)
    with writing(engine) as conn:
        hours.count(conn, SOURCE, now - 2 * HOUR, failures=7)
        at = (now - timedelta(days=2)).replace(microsecond=0)
        sources.set_cursor(conn, SOURCE, f'{{"after": "{at.isoformat()}", "x": "<b>"}}')
    page = told(desk.get(f"/sumber/{SOURCE}"))
    assert "Pada hari seperti ini biasanya 288 rekaman, pada jam ini sekitar 12." in page
    assert "Paling lambat terdengar lagi" in page
    assert "7 kali tidak dapat ditanyai" in page
    assert "2,0 hari Terambil sampai" in page or "Terambil sampai 2,0 hari" in page
    assert "&lt;b&gt;" in page
    assert "<html" not in desk.get(f"/sumber/{SOURCE}", **{"X-Fragment": "1"})


def test_of_a_source_without_a_history_it_is_said_that_no_rhythm_is_known(desk: Desk):
    assert "Iramanya belum dikenal" in told(desk.get(f"/sumber/{SOURCE}"))


def test_both_pages_are_there_in_english_too(desk: Desk, engine: Engine, now: datetime):
    busy(engine, SOURCE, now, silent_h=3)
    desk.client.get("/sumber?lang=en")
    assert "Files of the agencies" in told(desk.get("/sumber"))
    page = told(desk.get(f"/sumber/{SOURCE}"))
    assert "by its own rhythm it should have been heard again by" in page
    assert "Usually 288 records on a day like this" in page


def test_refused_files_are_told_of_a_source_that_is_well(desk: Desk, engine: Engine, now: datetime):
    refused = reason("drop.unreadable", n=2, folder="/srv/opd", files=(reason("drop.file", name="a.csv", why="x"),))
    with writing(engine) as conn:
        sources.succeeded(conn, "open311", now, records=1, newest=now)
        sources.succeeded(conn, SOURCE, now, remark=encode_reason(refused))
    page = told(desk.get("/sumber"))
    assert "perlu dilihat" not in page
    assert "2 berkas di /srv/opd ditolak; alasannya ada di berkas hasil di sampingnya. a.csv: x" in page
    desk.client.set_cookie("batt_lang", "en")
    assert "2 files refused in /srv/opd" in told(desk.get("/sumber"))


def test_messages_that_were_given_up_are_shown_and_can_be_sent_again(desk: Desk):
    assert "Pesan kepada warga" not in desk.get("/sumber")
    with writing(desk.app.engine) as conn:
        stored(conn, a_case(reporter=Reporter(email="a@b.id", lang="id")), [received()])
        [message] = outbox.due(conn, NOW + HOUR, [outbox.EMAIL], 9, dead_blocks=False)
        outbox.give_up(conn, message.id, "550 <b>no such user", NOW)
    page = desk.get("/sumber")
    assert message.code in page
    assert "550 &lt;b&gt;no such user" in page
    assert "Kanalnya tidak ada" in desk.done("/sumber/pesan")
