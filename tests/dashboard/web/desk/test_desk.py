"""The operators' desk: what it shows, what it does, what it refuses."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from dashboard.app import App
from dashboard.boards import ALL_BOARDS, ROOMS
from dashboard.web.cases.templates import filled
from dashboard.web.desk.desk import BESIDE_INBOX
from data import clock
from data.domain.access.roles import Role
from data.domain.cases.model import CaseState, Precision
from data.store.accounts import presence
from data.store.cases import cases
from data.store.cases.cases import Reporter, StoredCase
from data.store.citizens import tracking
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.cases import case_event
from tests.city_store import a_place, north
from tests.dashboard.conftest import logged_in
from tests.dashboard.web.conftest import Desk, told
from tests.factories import a_case, a_history, received, stored

MINUTE = timedelta(minutes=1)
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


@pytest.fixture
def operator(app: App) -> Desk:
    return Desk(app, logged_in(app, Role.OPERATOR))


def report(engine: Engine, category: str = "jalan_rusak", dispatched: bool = False, **changes: Any) -> str:
    """A case of a few minutes ago; its code."""
    at = clock.now().replace(microsecond=0) - 5 * MINUTE
    new = a_case(category, **changes)
    agency = str(changes.get("agency", "dpupr"))
    with writing(engine) as conn:
        stored(conn, new, a_history(at, agency, dispatched=MINUTE) if dispatched else [received(at)], at)
    return new.code


def the(engine: Engine, code: str) -> StoredCase:
    with reading(engine) as conn:
        found = cases.by_code(conn, code)
    assert found is not None
    return found


def kinds(engine: Engine, code: str) -> list[str]:
    with reading(engine) as conn:
        return [str(event.kind) for event in cases.events_of(conn, the(engine, code).id)]


def test_a_new_case_is_shown_with_all_that_a_person_needs_to_decide(operator: Desk, engine: Engine):
    with writing(engine) as conn:
        at = clock.now() - 30 * MINUTE
        stored(conn, a_case(title="Lubang lama", reporter=Reporter(phone="0812")), [received(at)], at)
        stored(conn, a_case(title="Lubang tetangga", reporter=None), [received(at)], at)
    code = report(engine, title="Lubang di Sisir", text="Sedalam lutut.", reporter=Reporter("Bu Sri", "0812"))
    page = operator.get(f"/meja/{code}")
    words = told(page)
    for said in ("Lubang di Sisir", "Sedalam lutut.", "Bu Sri", "0812", "Lubang lama", "Lubang tetangga", "DPUPR"):
        assert said in words, said
    assert "3 laporan baru" in words
    assert '<svg class="place-map"' in page
    assert re.search(r"Verifikasi.*berjalan", words)
    for cell in (
        "desk_inbox--list",
        'data-room="meja"',
        'data-key="v"',
        f'name="seen" value="{the(engine, code).version}"',
    ):
        assert cell in page, cell


@pytest.mark.parametrize(("lang", "said"), [("id", "150 m dari Alun-alun"), ("en", "150 m from Alun-alun")])
def test_beside_the_map_stands_what_the_case_lies_near(operator: Desk, engine: Engine, lang: str, said: str):
    with writing(engine) as conn:
        a_place(conn)
    lat, lon = north(140)
    exact, street = (report(engine, lat=lat, lon=lon, precision=known) for known in (Precision.EXACT, Precision.STREET))
    operator.client.set_cookie("batt_lang", lang)
    assert said in told(operator.get(f"/meja/{exact}"))
    assert "Alun-alun" not in told(operator.get(f"/meja/{street}"))


def test_a_dispatch_leads_to_the_next_case_and_can_be_taken_back(operator: Desk, engine: Engine):
    first, second = report(engine), report(engine, "sampah")
    answer = operator.post(f"/meja/{first}", command="dispatch", agency="dpupr", seen="0")
    assert answer.headers["Location"].startswith(f"/meja/{second}?")
    page = operator.get(answer.headers["Location"])
    assert f"{first} diteruskan." in told(page)
    assert the(engine, first).status.state is CaseState.DISPATCHED
    undo = dict(re.findall(r'name="(seen|undoes)" value="(\d+)"', page.split('class="done"')[1].split("</form>")[0]))
    operator.done(f"/meja/{first}", command="undo", **undo)
    assert the(engine, first).status.state is CaseState.RECEIVED
    assert "dibatalkan" in told(operator.get(f"/meja/{first}"))
    assert kinds(engine, first) == ["received", "verified", "dispatched", "undone"]


def test_the_desks_script_is_told_where_to_go_on_and_of_a_fault_gets_the_page(operator: Desk, engine: Engine):
    code, asks = report(engine), {"Accept": "application/json"}
    form = {"csrf": operator.csrf_token(), "command": "note", "text": "Saya cek.", "seen": "0"}
    done = operator.client.post(f"/meja/{code}", data=form, headers=asks)
    assert (done.status_code, done.json) == (200, {"to": f"/meja/{code}?selesai={code}&perintah=note"})
    late = operator.client.post(f"/meja/{code}", data=form, headers=asks)
    assert (late.status_code, "sudah berubah" in told(late.text)) == (409, True)
    assert kinds(engine, code) == ["received", "note"]


def test_the_desks_script_gets_what_stands_beside_the_inbox_alone(operator: Desk, engine: Engine):
    first = report(engine, title="Lubang satu")
    beside = {BESIDE_INBOX: "1"}
    for path in (f"/meja/{first}", "/meja"):
        part = operator.get(path, **beside)
        assert "Lubang satu" in told(part)
        assert f'data-case="{first}"' in part
        assert not re.search("<html|desk_inbox--list|<dialog", part)
    assert operator.client.get("/meja/AW-0000-0000", headers=beside).status_code == 404

    form = {"csrf": operator.csrf_token(), "command": "note", "text": "Saya cek.", "seen": "0"}
    operator.client.post(f"/meja/{first}", data=form, headers=beside)
    late = operator.client.post(f"/meja/{first}", data=form, headers=beside)
    assert (late.status_code, "sudah berubah" in told(late.text), "<html" in late.text) == (409, True, False)


def test_who_comes_second_is_told_who_did_what_and_keeps_the_text(operator: Desk, app: App, engine: Engine):
    code = report(engine)
    other = Desk(app, logged_in(app, Role.SUPERVISOR))
    other.done(f"/meja/{code}", command="dispatch", agency="dlh", seen="0")
    answer = operator.post(
        f"/meja/{code}", command="refuse", reason="not_ours", authority="PLN", text=HOSTILE, seen="0"
    )
    assert answer.status_code == 409
    words = told(answer.text)
    assert "sudah berubah sejak Anda membukanya" in words
    assert "Diteruskan ke DLH (supervisor-dlh-" in words
    assert HOSTILE not in answer.text
    assert HOSTILE in unescape(answer.text)
    assert '<details id="refuse" data-key="b" open>' in answer.text
    assert kinds(engine, code) == ["received", "verified", "dispatched"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"command": "dispatch", "agency": ""}, "Pilih OPD"),
        ({"command": "dispatch", "agency": "tidak_ada"}, "Pilih OPD"),
        ({"command": "answer", "text": "  "}, "Tuliskan keterangannya"),
        ({"command": "answer", "text": " .\u200b-"}, "Tuliskan keterangannya"),
        ({"command": "answer", "text": "x" * 5001}, "terlalu panjang"),
        ({"command": "refuse", "reason": "not_ours", "text": "ya"}, "instansi yang berwenang"),
        ({"command": "acknowledge"}, "Peran Anda"),
        ({"command": "drop table"}, "Peran Anda"),
        ({"command": "separate"}, "keadaan laporan"),
        ({"command": "fold", "head": "AW-2611-9999\x00"}, "kode laporan"),
        ({"command": "undo", "undoes": "-1"}, "Tidak dapat dibatalkan"),
        ({"command": "answer", "text": "ya", "seen": "abc"}, "sudah berubah"),
    ],
)
def test_a_command_that_is_not_possible_says_what_to_do_and_does_nothing(
    operator: Desk, engine: Engine, form: dict[str, str], said: str
):
    code = report(engine)
    answer = operator.post(f"/meja/{code}", **{"seen": "0", **form})
    assert answer.status_code in (409, 422)
    assert said in told(answer.text)
    assert kinds(engine, code) == ["received"]


def test_what_citizens_write_is_text_and_never_markup(operator: Desk, engine: Engine):
    code = report(engine, title=HOSTILE, text=HOSTILE, address=HOSTILE, reporter=Reporter(HOSTILE, HOSTILE, HOSTILE))
    operator.done(f"/meja/{code}", command="note", text=HOSTILE, seen="0")
    page = operator.get(f"/meja/{code}") + operator.get(f"/meja/cari?kata={code}")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert page.count("&lt;script&gt;") > 5


def test_every_end_is_its_own_and_the_citizens_answer_counts(operator: Desk, engine: Engine):
    declined, refused, asked = report(engine), report(engine), report(engine, dispatched=True)
    operator.done(f"/meja/{declined}", command="decline", text="Sesuai standar.", seen="0")
    operator.done(f"/meja/{refused}", command="refuse", reason="not_ours", authority="PLN", text="Milik PLN.", seen="0")
    operator.done(f"/meja/{asked}", command="pause", reason="citizen", text="Di mana?", seen="0")
    states = [the(engine, code).status.state for code in (declined, refused, asked)]
    assert states == [CaseState.CLOSED, CaseState.REJECTED, CaseState.WAITING]
    assert the(engine, declined).status.answered_at is not None
    assert "Sesuai standar, tidak dikerjakan" in told(operator.get(f"/meja/{declined}"))
    assert "Bukan wewenang: PLN" in told(operator.get(f"/meja/{refused}"))


def test_what_is_near_is_proposed_with_its_evidence_and_a_person_folds_it_all_at_once(operator: Desk, engine: Engine):
    head = report(engine, title="Pohon tumbang di jalan", text="Menutup jalan.")
    others = [report(engine, title=f"Ada pohon tumbang {n}", reporter=None, lat=-7.8697) for n in range(3)]
    far = report(engine, title="Pohon tumbang jauh", lat=-7.88)
    page = operator.get(f"/meja/{head}")
    chosen = re.findall(r'name="other" value="([^"]+)"', page)
    assert sorted(chosen) == [f"{code}:0" for code in sorted(others)]
    assert re.search(r"11 m · kata mirip \d+ %", told(page))
    operator.done(f"/meja/{others[0]}", command="note", text="Saya cek.", seen="0")
    assert operator.post(f"/meja/{head}/gabung", other=chosen).status_code == 409
    assert the(engine, head).folded == 0
    again = re.findall(r'name="other" value="([^"]+)"', operator.get(f"/meja/{head}"))
    assert f"{head} " in told(operator.done(f"/meja/{head}/gabung", other=again))
    assert (the(engine, head).folded, the(engine, far).folded) == (3, 0)
    assert {the(engine, code).status.state for code in others} == {CaseState.MERGED}
    assert operator.post(f"/meja/{head}/gabung", other=[f"{head}:0"]).status_code == 422
    assert operator.post(f"/meja/{head}/gabung", other=[]).status_code == 422


def test_what_was_folded_at_once_stands_in_the_heads_history_and_is_taken_back_at_once(
    operator: Desk, app: App, engine: Engine
):
    head = report(engine, title="Pohon tumbang di jalan")
    before = report(engine, title="Pohon roboh")
    operator.done(f"/meja/{before}", command="fold", head=head, seen="0")
    with writing(engine) as conn:
        earlier = clock.now() - MINUTE
        conn.execute(case_event.update().where(case_event.c.kind == "merged").values(at=earlier))
    others = [report(engine, title=f"Ada pohon tumbang {n}") for n in range(2)]
    page = operator.done(f"/meja/{head}/gabung", other=[f"{code}:0" for code in others])
    history = told(page.split('class="history"')[1])
    assert all(f"Digabung ke sini: {code}" in history for code in (*others, before))
    undo = page.split('class="done"')[1].split("</form>")[0]
    assert f'action="/meja/{head}/gabung/batal"' in undo
    other = Desk(app, logged_in(app, Role.OPERATOR))
    assert other.post(f"/meja/{head}/gabung/batal").status_code == 422
    assert "dibatalkan" in told(operator.done(f"/meja/{head}/gabung/batal"))
    assert {the(engine, code).status.state for code in others} == {CaseState.RECEIVED}
    assert the(engine, head).folded == 1
    again = operator.post(f"/meja/{head}/gabung/batal")
    assert (again.status_code, "Tidak dapat dibatalkan" in told(again.text)) == (422, True)


def test_a_head_whose_fold_is_taken_back_has_its_own_again(operator: Desk, engine: Engine):
    child, head, above = (report(engine, title=title) for title in ("Lubang", "Lubang dalam", "Jalan berlubang"))
    alone = report(engine, title="Lubang lain")
    operator.done(f"/meja/{child}", command="fold", head=head, seen="0")
    operator.done(f"/meja/{alone}", command="fold", head=f" {above.lower()}", seen="0")
    page = operator.done(f"/meja/{head}", command="fold", head=above, seen="0")
    assert (the(engine, above).folded, the(engine, head).folded) == (3, 0)
    undo = dict(re.findall(r'name="(seen|undoes)" value="(\d+)"', page.split('class="done"')[1].split("</form>")[0]))
    operator.done(f"/meja/{head}", command="undo", **undo)
    assert (the(engine, above).folded, the(engine, head).folded) == (1, 1)
    assert the(engine, child).facts.head_id == the(engine, head).id


def test_a_case_says_where_it_came_from_who_can_be_asked_and_where_a_text_goes(operator: Desk, engine: Engine):
    known, unknown = report(engine, dispatched=True, source="open311"), report(engine, reporter=None)
    page = operator.get(f"/meja/{known}")
    assert "· Among Warga" in told(page.split('class="crumbs"')[1].split("</p>")[0])
    assert "menurut kategorinya" in told(page)
    asks = page.split('<details id="pause"')[1].split("</details>")[0]
    assert "Teks untuk pelapor" in told(asks.split("<label>")[1])
    assert '<details id="pause"' not in operator.get(f"/meja/{unknown}")
    with writing(engine) as conn:
        tracking.add(conn, the(engine, unknown).id, "K7QJ3X8M2P4RT")
    assert '<details id="pause"' in operator.get(f"/meja/{unknown}")
    operator.done(f"/meja/{known}", command="transfer", agency="dlh", seen=str(the(engine, known).version))
    moved = told(operator.get(f"/meja/{known}"))
    assert ("dialihkan dari usulan" in moved, "menurut kategorinya" in moved) == (True, False)


def test_reports_without_a_word_in_common_are_not_marked_to_be_folded(operator: Desk, engine: Engine):
    head = report(engine, "pohon_tumbang", title="Pohon tumbang", text="menutup jalan")
    other = report(engine, "pohon_tumbang", title="Kabel putus", text="bahaya sekali")
    page = operator.get(f"/meja/{head}")
    assert re.findall(r'name="other" value="([^:"]+):0"( checked)?', page) == [(other, "")]
    assert "0 m · kata mirip 0 %" in told(page)


def test_a_template_is_filled_in_for_the_case_without_a_script(app: App, operator: Desk, engine: Engine):
    code = report(engine, dispatched=True)
    page = operator.get(f"/meja/{code}?untuk=answer&templat=diterima.id")
    field = page.split('id="answer"')[1].split("</textarea>")[0]
    assert f"laporan {code} tentang Jalan_Rusak" in field
    assert "Dinas DPUPR" in field
    assert filled("{code} {oops} {{code}}", {"code": "{title}", "title": "x"}) == "{title} {oops} {{title}}"
    assert app.config.desk.templates["diterima"].commands == ["answer"]


def test_two_who_have_the_same_case_open_see_each_other(operator: Desk, app: App, engine: Engine):
    code = report(engine)
    other = Desk(app, logged_in(app, Role.SUPERVISOR))
    assert other.post("/meja/AW-0000-0000/hadir").status_code == 404
    assert other.post(f"/meja/{code}/hadir").json == {"others": []}
    [name] = operator.post(f"/meja/{code}/hadir").json["others"]
    assert name.startswith("supervisor-")
    with writing(engine) as conn:
        late = clock.now() + presence.LASTS + MINUTE
        assert presence.seen(conn, code, "budi", late) == []


def test_what_is_late_in_the_whole_city_is_called_so_and_leads_to_its_list(operator: Desk, app: App, engine: Engine):
    at = clock.now().replace(microsecond=0) - timedelta(days=90)
    late = a_case("jalan_rusak", title="Lubang tua")
    with writing(engine) as conn:
        stored(conn, late, a_history(at, "dpupr", dispatched=MINUTE), at)
    page = operator.get("/meja")
    assert "1 terlambat di seluruh kota" in told(page)
    assert late.code in told(operator.get(re.findall(r'href="(/meja/cari[^"]*keadaan=overdue)"', page)[0]))
    queue = Desk(app, logged_in(app, Role.RESPONDER, "dpupr")).get("/respon")
    assert ("1 terlambat" in told(queue), "seluruh kota" in told(queue), "/cari" in queue) == (True, False, False)


def test_a_search_finds_by_code_words_place_and_state_and_its_file_has_the_same(operator: Desk, engine: Engine):
    found = report(engine, dispatched=True, title="Lubang 100% dalam", text="dekat _masjid_")
    report(engine, "sampah", title="Bau")
    hidden = report(engine, "narkoba", title="Rahasia sekali")
    for query in (f"kata={found[-5:]}", "kata=100%25", "kata=_masjid_+lubang", "kata=lubang&keadaan=open&opd=dpupr"):
        words = told(operator.get(f"/meja/cari?{query}"))
        assert found in words, query
        assert "Bau" not in words, query
    assert hidden in operator.get("/meja/cari?kata=rahasia")
    assert "1 laporan" in told(operator.get("/meja/cari?kata=lubang").split("<table")[0])
    assert "Tidak ada yang cocok" in told(operator.get("/meja/cari?kata=lubang&dari=2001-01-01&sampai=2001-01-02"))
    assert "tukar keduanya" in told(operator.get("/meja/cari?dari=2001-01-03&sampai=2001-01-02"))
    assert "tukar keduanya" not in told(operator.get("/meja/cari?dari=2001-01-02&sampai=2001-01-02"))
    assert operator.get("/meja/cari?dari=bukan&sampai=9999-99-99&keadaan=%27&hal=7&tempat=%25")
    book = operator.client.get("/meja/cari.xlsx?kata=lubang")
    assert book.data[:2] == b"PK"
    assert "laporan.xlsx" in book.headers["Content-Disposition"]


def test_a_search_is_kept_under_a_name_by_each_person_for_himself(operator: Desk, app: App, engine: Engine):
    report(engine, title="Lubang dalam", dispatched=True)
    said = operator.done("/meja/cari/simpan", nama=f" Lubang {HOSTILE}", kata="lubang", opd="dpupr", lain="x")
    assert "Pencarian disimpan." in told(said)
    assert "<script>alert" not in said
    [address] = re.findall(r'href="(/meja/cari\?[^"]*opd=[^"]*)">Lubang', said)
    assert unescape(address) == "/meja/cari?kata=lubang&opd=dpupr"
    assert "Lubang dalam" in told(operator.get(unescape(address)))
    other = Desk(app, logged_in(app, Role.SUPERVISOR))
    assert "Pencarian tersimpan" not in told(other.get("/meja/cari"))
    assert "Beri nama" in told(operator.done("/meja/cari/simpan", nama=" \x00", kata="lubang"))
    [name] = re.findall(r'<input type="hidden" name="nama" value="([^"]*)"', operator.get("/meja/cari"))
    other.done("/meja/cari/lupakan", nama=unescape(name))
    assert "Pencarian tersimpan" in told(operator.get("/meja/cari"))
    assert "Pencarian dihapus." in told(operator.done("/meja/cari/lupakan", nama=unescape(name), kata="x"))
    assert "Pencarian tersimpan" not in told(operator.get("/meja/cari"))


def test_likely_reports_of_one_event_are_marked_to_be_folded(operator: Desk, engine: Engine):
    head = report(engine, "pohon_tumbang", title="Pohon tumbang di jalan", text="")
    same = report(engine, "pohon_tumbang", title="Pohon roboh di jalan", text="")
    far = report(engine, "pohon_tumbang", title="Kucing", text="naik atap", lat=-7.8708)
    page = operator.get(f"/meja/{head}")
    ticked = dict(re.findall(r'name="other" value="([^:"]+):0"( checked)?', page))
    assert ticked == {same: " checked", far: ""}
    assert "2 laporan, mungkin satu kejadian" in told(page)


def test_the_inbox_puts_what_cannot_wait_first_and_is_a_room_of_the_hub(operator: Desk, engine: Engine):
    report(engine, "sampah", title="Bau")
    report(engine, "longsor", title="Tebing runtuh")
    page = operator.get("/meja", **{"X-Fragment": "1"})
    assert page.index("Tebing runtuh") < page.index("Bau")
    assert 'data-critical=""' in page
    assert "<main" not in page
    assert all(board in ALL_BOARDS for boards in ROOMS.values() for board in boards)


def test_a_case_that_is_not_there_is_said_to_be_missing(operator: Desk):
    for path in ("/meja/AW-0000-0000", "/kasus/AW-0000-0000/foto/x.jpg", f"/kasus/AW-1/foto/{'0' * 64}.jpg"):
        operator.get(path, code=404)
    assert operator.post("/meja/AW-0000-0000", command="dispatch", agency="dlh", seen="0").status_code == 404


def test_in_english_the_desk_is_english(operator: Desk, engine: Engine):
    code = report(engine)
    operator.client.get("/meja?lang=en")
    words = told(operator.get(f"/meja/{code}"))
    assert "Verify & dispatch" in unescape(words)
    assert "Terverifikasi" not in words
