"""Who has the code sees the way of the report and nothing of a person; who guesses learns nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.app import App
from data import clock
from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.cases.satisfaction import asked_of
from data.domain.cases.tracking_code import code_of, read_code, shown
from data.store.cases import cases
from data.store.citizens import ratings, requests, tracking
from data.store.citizens.ratings import Rating
from data.store.db.change_feed import latest
from data.store.db.engine import reading, writing
from data.store.queries.figures import satisfaction
from tests.dashboard.web.conftest import told
from tests.dashboard.web.portal.reporting import Citizen
from tests.factories import a_case, stored, terms_for, terms_of

WRONG = shown(code_of(12345))
Act = Callable[..., int]


@pytest.fixture
def act(app: App) -> Act:
    """An agency does something with the case of a code; the case's id."""

    def to(code: str, kind: EventKind, *, ago: timedelta = timedelta(0), **more: object) -> int:
        now = clock.now()
        event = replace(CaseEvent(now - ago, kind, ActorKind.AGENCY, "petugas rahasia"), **more)  # type: ignore[arg-type]
        with writing(app.engine) as conn:
            case_id = tracking.case_id_of(conn, read_code(code) or "")
            assert case_id is not None
            found = cases.by_id(conn, case_id)
            assert found is not None
            cases.append_events(conn, case_id, [event], cases.terms_for(found, terms_of()), now)
        return case_id

    return to


def votes(app: App, case_id: int, cycle: int = 1) -> Rating | None:
    with reading(app.engine) as conn:
        return ratings.of_cycle(conn, case_id, cycle)


def test_the_way_of_the_report_is_told_without_who_acted_or_reported(citizen: Citizen, act: Act):
    code = citizen.report(name="Bu Sri", phone="081234567890", text="Rumah saya nomor tujuh")
    act(code, EventKind.DISPATCHED, agency="dlh")
    act(code, EventKind.NOTE, text="Catatan dalam")
    act(code, EventKind.ANSWERED, agency="dlh", text="Kami datang <b>besok</b>, hubungi 081299998888")
    page = citizen.client.get(f"/lapor/{code}").text
    assert "Diteruskan kepada DLH" in page
    assert "Kami datang &lt;b&gt;besok" in page
    assert "Target selesai" in page
    for hidden in ("Bu Sri", "0812", "nomor tujuh", "Catatan dalam", "petugas rahasia"):
        assert hidden not in page
    assert "Sent to DLH" in citizen.client.get(f"/lapor/{code}?lang=en", follow_redirects=True).text


def test_of_a_private_category_only_the_steps_are_told(citizen: Citizen, act: Act):
    code = citizen.report(category="narkoba", text="Ada yang menjual sabu")
    act(code, EventKind.DISPATCHED, agency="bnn")
    act(code, EventKind.ANSWERED, agency="bnn", text="Kami selidiki")
    page = citizen.client.get(f"/lapor/{code}").text
    for hidden in ("BNN", "Narkoba", "sabu", "selidiki"):
        assert hidden not in page
    assert "Diteruskan kepada OPD" in page


def test_a_confidential_report_tells_the_answer_but_no_category(citizen: Citizen, act: Act):
    code = citizen.report(secret="1")
    act(code, EventKind.ANSWERED, agency="dlh", text="Sudah kami catat")
    page = told(citizen.client.get(f"/lapor/{code}").text)
    assert "Sudah kami catat" in page
    assert "Jenis laporan Rahasia" in page
    assert "Jenis laporan Sampah" not in page


def test_a_code_is_read_as_people_type_it_and_nobody_keeps_or_lists_the_page(citizen: Citizen):
    code = citizen.report()
    answer = citizen.post("/lapor/status", code=f" {code.lower().replace('-', ' ')}")
    assert answer.headers["Location"] == f"/lapor/{code}"
    answer = citizen.client.get(f"/lapor/{code}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_wrong_and_unknown_codes_have_the_very_same_answer(citizen: Citizen):
    pages = {
        (answer.status_code, answer.text.replace(f"/lapor/{path}?", "").replace(f'value="{path}"', 'value=""'))
        for path in (WRONG, "XXXX", "AW-2611-0001", "1", WRONG[:-1] + "U")
        for answer in [citizen.client.get(f"/lapor/{path}")]
    }
    assert len(pages) == 1
    status, page = pages.pop()
    assert status == 404
    assert '<input id="code" name="code"' in page


def test_many_wrong_codes_are_slowed_down_whether_right_ones_are_among_them_or_not(app: App, citizen: Citizen):
    code = citizen.report()
    for _ in range(app.config.portal.misses_per_address):
        assert citizen.client.get(f"/lapor/{WRONG}").status_code == 404
    assert citizen.client.get(f"/lapor/{WRONG}").status_code == 429
    assert citizen.client.get(f"/lapor/{code}").status_code == 429


def test_a_merged_report_tells_what_happens_to_the_one_that_speaks_for_it(app: App, citizen: Citizen, act: Act):
    code = citizen.report()
    now = clock.now()
    with writing(app.engine) as conn:
        new = a_case(category="sampah")
        head = stored(conn, new, [CaseEvent(now, EventKind.RECEIVED, ActorKind.CITIZEN)], now)
        mine = tracking.case_id_of(conn, read_code(code) or "")
        assert mine is not None
        cases.merge(conn, mine, head, terms_for(new), now)
        done = CaseEvent(now, EventKind.RESOLVED, ActorKind.AGENCY, agency="dlh", text="Sudah diangkut")
        cases.append_events(conn, head, [done], terms_for(new), now)
    page = citizen.client.get(f"/lapor/{code}").text
    assert "Sudah diangkut" in page
    assert page.count("Laporan diterima") == 1
    assert citizen.post(f"/lapor/{code}/nilai", solved="no").status_code == 303
    assert votes(app, mine) is not None
    with writing(app.engine) as conn:
        for kind in (EventKind.REOPENED, EventKind.RESOLVED):
            cases.append_events(conn, head, [replace(done, kind=kind)], terms_for(new), now)
    assert citizen.client.get(f"/lapor/{code}/nilai").status_code == 200
    assert citizen.post(f"/lapor/{code}/nilai", solved="yes").status_code == 303
    again = votes(app, mine, 2)
    assert again is not None
    assert again.solved == "yes"


def test_a_vote_is_taken_once_in_each_cycle_on_its_own_scale(app: App, citizen: Citizen, act: Act):
    code = citizen.report()
    assert citizen.client.get(f"/lapor/{code}/nilai").status_code == 303, "nothing to rate yet"
    case_id = act(code, EventKind.RESOLVED, agency="dlh", text="Sudah bersih")
    assert "Beri nilai" in citizen.client.get(f"/lapor/{code}").text
    assert citizen.post(f"/lapor/{code}/nilai", solved="maybe", text="Catatan saya").status_code == 400
    answer = citizen.post(f"/lapor/{code}/nilai", solved="yes", score="4", text="Terima kasih <i>")
    assert answer.headers["Location"] == f"/lapor/{code}"
    citizen.post(f"/lapor/{code}/nilai", solved="no", score="1")
    vote = votes(app, case_id)
    assert vote is not None
    assert (vote.solved, vote.score, vote.asks_reopening) == ("yes", 4, False)
    with reading(app.engine) as conn:
        rated = [each for each in cases.events_of(conn, case_id) if each.kind is EventKind.RATED]
    assert [(each.score, each.reason, each.actor_kind) for each in rated] == [(None, None, ActorKind.CITIZEN)]
    assert "Terima kasih atas penilaian" in citizen.client.get(f"/lapor/{code}").text
    act(code, EventKind.REOPENED, agency="dlh")
    act(code, EventKind.RESOLVED, agency="dlh", text="Sekali lagi")
    assert citizen.client.get(f"/lapor/{code}/nilai").status_code == 200
    citizen.post(f"/lapor/{code}/nilai", solved="unknown")
    assert votes(app, case_id, 2) is not None


@pytest.mark.parametrize(("days", "asks"), [(1, True), (15, False)])
def test_not_solved_asks_for_reopening_within_the_days_allowed(
    app: App, citizen: Citizen, act: Act, days: int, asks: bool
):
    code = citizen.report()
    with writing(app.engine) as conn:  # it came long ago
        case_id = tracking.case_id_of(conn, read_code(code) or "")
        conn.exec_driver_sql("UPDATE case_event SET at = at - 1728000")
    act(code, EventKind.RESOLVED, ago=timedelta(days=days), agency="dlh", text="Sudah bersih")
    citizen.post(f"/lapor/{code}/nilai", solved="no", text="Masih menumpuk")
    with reading(app.engine) as conn:
        assert ratings.asks(conn, case_id) == asks
    assert ("membuka kembali" in citizen.client.get(f"/lapor/{code}").text) == asks
    act(code, EventKind.REOPENED, agency="dlh")
    with reading(app.engine) as conn:
        assert not ratings.asks(conn, case_id)


def test_the_rating_page_tells_its_origin_but_never_its_path(citizen: Citizen, act: Act):
    code = citizen.report()
    act(code, EventKind.RESOLVED, agency="dlh", text="Sudah bersih")
    assert citizen.client.get(f"/lapor/{code}/nilai").headers["Referrer-Policy"] == "strict-origin"
    assert citizen.client.get(f"/lapor/{WRONG}/nilai").status_code == 404


def test_who_is_asked_to_complete_a_report_does_so_on_its_page(citizen: Citizen, act: Act, app: App):
    code = citizen.report()
    act(code, EventKind.DISPATCHED, agency="dlh", ago=timedelta(minutes=2))
    case_id = act(code, EventKind.PAUSED, reason="citizen", text="Nomor rumahnya?", ago=timedelta(minutes=1))
    assert "Kami menunggu kelengkapan dari Anda." in told(citizen.client.get(f"/lapor/{code}").text)
    form = citizen.client.get(f"/lapor/{code}/lengkapi").text
    assert "Nomor rumahnya?" in form
    assert citizen.post(f"/lapor/{code}/lengkapi", text=" ").status_code == 400
    assert citizen.post(f"/lapor/{code}/lengkapi", text="Nomor 7 <b>").status_code == 303
    with reading(app.engine) as conn:
        last = cases.events_of(conn, case_id)[-1]
    assert (last.kind, last.actor_kind, last.actor) == (EventKind.RESUMED, ActorKind.CITIZEN, "")
    assert str(last.text).startswith("Nomor 7")
    assert citizen.client.get(f"/lapor/{code}/lengkapi").status_code == 303
    assert "Nomor 7" not in citizen.client.get(f"/lapor/{code}").text


def test_a_report_that_was_not_completed_says_that_it_was_closed_and_may_be_opened_again(citizen: Citizen, act: Act):
    code = citizen.report()
    act(code, EventKind.CLOSED, actor_kind=ActorKind.SYSTEM, reason="no_reply")
    page = told(citizen.client.get(f"/lapor/{code}").text)
    for said in ("ditutup karena tidak dilengkapi", "Ditutup, karena tidak dilengkapi", "pilih 'Belum selesai'"):
        assert said in page.replace("&#39;", "'"), said
    assert "Selesai" not in page


def test_a_reporter_asks_about_personal_data_and_reads_the_answer(citizen: Citizen, act: Act, app: App):
    code = citizen.report(name="Bu Sri", phone="081234567890")
    case_id = act(code, EventKind.NOTE)
    assert f'href="/lapor/{code}/data"' in citizen.client.get(f"/lapor/{code}").text
    assert citizen.post(f"/lapor/{code}/data", kind="gossip").status_code == 400
    assert citizen.post(f"/lapor/{code}/data", kind="correction").status_code == 400
    for _ in range(2):
        assert citizen.post(f"/lapor/{code}/data", kind="access", text="Semua <i>data</i>").status_code == 303
    with writing(app.engine) as conn:
        (asked,) = requests.of_case(conn, case_id)
        assert asked.due_at - asked.received_at == timedelta(hours=72)
        requests.answer(conn, asked.id, "admin rahasia", "Ambil di <b>loket</b>.", clock.now(), done=True)
    page = citizen.client.get(f"/lapor/{code}/data")
    assert "Ambil di &lt;b&gt;loket" in page.text
    for hidden in ("admin rahasia", "Bu Sri", "0812", "Semua"):
        assert hidden not in page.text
    assert citizen.client.get(f"/lapor/{WRONG}/data").status_code == 404


def test_three_of_nine_elements_are_asked_and_kept_on_their_own_scale(citizen: Citizen, act: Act, app: App):
    code = citizen.report()
    act(code, EventKind.DISPATCHED, agency="dlh", ago=timedelta(minutes=2))
    case_id = act(code, EventKind.RESOLVED, agency="dlh", text="Bersih")
    one, other, left = asked_of(case_id, 1)
    (never, *_) = asked_of(case_id + 1, 1)
    form = citizen.client.get(f"/lapor/{code}/nilai").text
    assert [f'name="element_{name}"' in form for name in (one, other, left, never)] == [True, True, True, False]
    points = {f"element_{one}": "4", f"element_{other}": "9", f"element_{never}": "1"}
    assert citizen.post(f"/lapor/{code}/nilai", solved="yes", **points).status_code == 303
    now = clock.now() + timedelta(minutes=1)
    with reading(app.engine) as conn:
        seq = latest(conn)
        assert satisfaction.points(conn, now - timedelta(hours=1), now, seq, {case_id}) == {one: (0, 0, 0, 1)}
        assert satisfaction.points(conn, now - timedelta(hours=1), now, seq - 1, {case_id}) == {}
        assert satisfaction.points(conn, now - timedelta(hours=1), now, seq, {case_id + 1}) == {}
