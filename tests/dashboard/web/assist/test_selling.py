"""A field assistant offers for farmers without a telephone, and makes their deals; for no others."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from dashboard.app import App
from data.domain.access.roles import Role
from data.store.db.engine import reading, writing
from data.store.db.schema.market import deal, deal_event, offer, party, party_message, trade
from data.store.market import messages
from tests.assistants import SITI, there_are
from tests.dashboard.web.conftest import told
from tests.dashboard.web.tani.phones import Phone, a_picture, the, value
from tests.factories import BEJI, SISIR

MBAH = {"name": "Mbah Karto", "phone": "", "own_phone": "0812 999 8877", "village": SISIR, "consent": "1"}


def entered(by: Phone, code: int = 303, **changes: Any) -> str:
    """The first of the four pages of selling, after the farmer was named."""
    return by.post("/penyuluh/petani", code, **{**MBAH, **changes})


def offered(app: App, by: Phone, **changes: Any) -> Any:
    """For Mbah Karto: its row."""
    form = {"commodity": "apel", "quantity": "100", "unit": "kg", "grade": "A", "price": "10.000", "step": "4"}
    by.post(entered(by), **{**form, **changes})
    return the(app, offer)


@pytest.fixture
def buyer(app: App) -> Phone:
    return Phone(app, Role.BUYER, "UD Makmur").known()


def test_a_farmer_without_a_telephone_sells_from_the_offer_to_the_money(app: App, assistant: Phone, buyer: Phone):
    page = assistant.get(entered(assistant))
    assert "Atas nama Mbah Karto , Sisir" in told(page)
    first = entered(assistant)
    page = assistant.post(first, 200, step="1", commodity="apel")
    page = assistant.post(first, 200, step="2", commodity="apel", quantity="100", unit="kg")
    carried = {"commodity": "apel", "quantity": "100", "unit": "kg", "key": value(page, "key")}
    page = assistant.post(first, 200, step="3", grade="A", photo=a_picture(), **carried)
    said = assistant.post(first, step="4", grade="A", price="10.000", **carried)
    row = the(app, offer)
    assert row.code in assistant.get(said)
    assert assistant.client.get(f"/tani/lapak/{row.code}/foto.jpg").mimetype == "image/jpeg"
    assert row.code in buyer.get("/tani/lapak?komoditas=apel")
    page = buyer.get(f"/tani/lapak/{row.code}")
    assert "Mbah Karto" not in page
    path = buyer.post(f"/tani/lapak/{row.code}", seen=value(page, "seen"), quantity="60").partition("?")[0]
    mine = path.replace("/tani/", "/penyuluh/")
    assert mine in assistant.get("/penyuluh")
    assert buyer.number not in assistant.get(mine)
    assistant.post(mine, command="agreed", seen="1")
    assert buyer.number in assistant.get(mine)
    page = told(buyer.get(path))
    assert "Mbah Karto , 08129998877" in page
    assert "lewat penyuluh" in page
    assistant.post(mine, command="handed_over", seen="2", quantity="55,5")
    assistant.post(mine, command="paid", seen="3")
    assert "Rp\u00a0555.000" in assistant.get(f"{mine}/kuitansi")
    assert the(app, trade).total == 555_000
    with reading(app.engine) as conn:
        actors = conn.execute(select(deal_event.c.actor, deal_event.c.side).order_by(deal_event.c.n)).all()
    assert [side for _, side in actors] == ["buyer", "farmer", "farmer", "farmer"]
    assert all(actor.startswith("wakil:field-") for actor, side in actors if side == "farmer")


def test_a_farmer_is_known_again_by_assistant_village_and_name(app: App, assistant: Phone, other: Phone):
    entered(assistant)
    entered(assistant, name="  mbah   KARTO ", own_phone="0812 999 0000")
    entered(assistant, name="Mbah Darmi")
    entered(other, village=BEJI)
    with reading(app.engine) as conn:
        found = conn.execute(select(party.c.name, party.c.phone).order_by(party.c.id)).all()
    assert [name for name, _ in found] == ["mbah KARTO", "Mbah Darmi", "Mbah Karto"]
    page = told(assistant.get("/penyuluh/petani"))
    assert "Mbah Darmi, Sisir" in page
    assert "Beji" not in page


def test_the_farmers_own_telephone_comes_first(app: App, assistant: Phone):
    entered(assistant, phone="0857 111 2222")
    assert the(app, party).phone == "08571112222"


def test_the_assistants_telephone_is_known_from_the_table(app: App, assistant: Phone):
    with writing(app.engine) as conn:
        there_are(conn, SITI)
    assert 'value="0812 111"' in assistant.get("/penyuluh/petani")
    with writing(app.engine) as conn:
        there_are(conn)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"name": ""}, "Isi nama petaninya"),
        ({"own_phone": ""}, "Isi telepon petani, atau telepon Anda"),
        ({"phone": "satu"}, "8 sampai 15 angka"),
        ({"village": BEJI}, "Pilih desanya"),
        ({"village": "x"}, "Pilih desanya"),
        ({"consent": ""}, "tidak ada yang disimpan"),
    ],
)
def test_what_is_missing_is_told_and_nothing_is_kept(app: App, assistant: Phone, changes: dict[str, str], word: str):
    assert word in told(entered(assistant, 400, **changes))
    with reading(app.engine) as conn:
        assert conn.execute(select(party.c.id)).all() == []


def test_messages_lead_to_the_page_of_the_assistant(app: App, assistant: Phone, buyer: Phone):
    row = offered(app, assistant)
    buyer.post(f"/tani/lapak/{row.code}", seen="0", quantity="60")
    with reading(app.engine) as conn:
        kept = conn.execute(select(party_message)).one()
        (found,) = messages.due(conn, kept.next_at, ["webhook"], 9, dead_blocks=False)
    assert (found.address, found.represented) == ("08129998877", True)


def test_an_assistant_acts_for_the_farmers_whom_he_entered_and_no_others(
    app: App, assistant: Phone, other: Phone, farmer: Phone, buyer: Phone
):
    row = offered(app, assistant)
    path = buyer.post(f"/tani/lapak/{row.code}", seen="0", quantity="60").partition("?")[0]
    mine = path.replace("/tani/", "/penyuluh/")
    for address in (mine, f"{mine}/kuitansi", f"/penyuluh/lapak/{row.code}"):
        other.get(address, 404)
    other.post(mine, 404, command="agreed", seen="1")
    other.post(f"/penyuluh/lapak/{row.code}/tarik", 404)
    code = _farmers_code(app)
    assert other.client.get(f"/penyuluh/jual?petani={code}").headers["Location"] == "/penyuluh/petani"
    farmer.sell()
    own = the(app, offer)
    assistant.get(f"/penyuluh/lapak/{own.code}", 404)
    assistant.post(f"/penyuluh/lapak/{own.code}/tarik", 404)
    farmer.post(f"/tani/lapak/{row.code}/tarik", 404)
    farmer.get(path, 404)
    assert the(app, deal).state == "reserved"


def _farmers_code(app: App) -> str:
    with reading(app.engine) as conn:
        return str(conn.execute(select(party.c.code).where(party.c.name == "Mbah Karto")).scalar_one())


def test_an_offer_is_withdrawn_and_selling_needs_a_farmer(app: App, assistant: Phone):
    assert assistant.client.get("/penyuluh/jual").headers["Location"] == "/penyuluh/petani"
    row = offered(app, assistant)
    assert "Tarik kembali" in told(assistant.get(f"/penyuluh/lapak/{row.code}"))
    said = assistant.post(f"/penyuluh/lapak/{row.code}/tarik")
    assert the(app, offer).state == "withdrawn"
    assert "sudah ditarik" in told(assistant.get(said))


def test_one_account_cannot_enter_farmers_without_end(assistant: Phone):
    for n in range(25):
        entered(assistant, name=f"Petani {n}")
    assert "terlalu banyak" in told(entered(assistant, 429, name="Satu lagi")).lower()


ODD = ("", "\x00", "😀" * 50, "9" * 400, "-1", "<script>", "' OR 1=1 --", "%", "wakil:%")


def test_whatever_is_sent_no_page_fails(assistant: Phone):
    for name in MBAH:
        for odd in ODD:
            answer = assistant.client.post("/penyuluh/petani", data={**MBAH, name: odd})
            assert answer.status_code < 500
    for odd in ODD:
        assert assistant.client.get("/penyuluh/jual", query_string={"petani": odd}).status_code == 303
        assert assistant.client.get("/penyuluh", query_string={"said": odd, "kode": odd}).status_code == 200
