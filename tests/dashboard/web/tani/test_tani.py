"""Among Tani on a telephone: a harvest is offered in four steps, taken, agreed on, handed over and paid."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import select

from dashboard.app import App
from dashboard.auth.visitor import COOKIE
from dashboard.config.load import MARKET, Config
from dashboard.config.sections.market import MarketSettings
from data import clock
from data.domain.access.roles import Role
from data.domain.market.deals import DealCommand, DealEventKind, DealSide
from data.domain.market.nouns import ListingState
from data.store.db.engine import reading, writing
from data.store.db.schema.cases import case, reporter
from data.store.db.schema.market import deal, demand, held_record, offer, party, trade
from data.store.market import deals, held, privacy
from data.store.market.deals import DealOrder
from data.store.market.writing import MarketWrite
from ingest.market.writer import refuse, release
from tests.dashboard.conftest import a_house, csrf_of, logged_in
from tests.dashboard.web.conftest import told
from tests.dashboard.web.tani.phones import Phone, a_picture, the, value
from tests.factories import SISIR
from tests.ingest.market.market_source import Stall, a_trade


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, config: Config, compiled: FileSystemBytecodeCache
) -> Iterator[App]:
    opened = replace(config, market=MarketSettings(open=True, per_account=25))
    with a_house(tmp_path_factory.mktemp("tani"), sqlite_template, opened, compiled) as made:
        yield made


@pytest.fixture
def farmer(app: App) -> Phone:
    return Phone(app, Role.FARMER).known()


@pytest.fixture
def buyer(app: App) -> Phone:
    return Phone(app, Role.BUYER, "UD Makmur").known()


@pytest.fixture(autouse=True)
def emptied(app: App) -> Iterator[None]:
    yield
    with writing(app.engine) as conn:
        for table in ("party_message", "trade", "deal_event", "deal", "offer", "demand", "held_record", "party"):
            conn.exec_driver_sql(f"DELETE FROM {table}")


def test_a_harvest_is_offered_in_four_steps_with_the_prices_shown_before_the_price_is_asked(app: App, farmer: Phone):
    stall = Stall(app.engine)
    now = clock.now()
    stall.tell(*(a_trade(n, at=now.isoformat(), price=str(9_800 + 100 * n)) for n in range(5)), now=now)
    page = farmer.post("/tani/jual", 200, step="1", commodity="apel")
    page = farmer.post("/tani/jual", 200, step="2", commodity="apel", quantity="1,5", unit="kuintal")
    key = value(page, "key")
    carried = {"commodity": "apel", "quantity": "1,5", "unit": "kuintal", "key": key}
    page = farmer.post("/tani/jual", 200, step="3", grade="A", photo=a_picture(), **carried)
    words = told(page)
    assert "Rp 10.000 /kg" in words
    assert "5 transaksi, 5 hari ini" in words
    assert "Batas wajar Rp 5.000 /kg biaya produksi" in words
    said = farmer.post("/tani/jual", step="4", grade="A", price="950.000", **carried)
    row = the(app, offer)
    assert (row.quantity, row.price, row.given) == (150_000, 9_500, "1.5 kuintal @ Rp950000")
    assert row.code in farmer.get(said)
    assert farmer.client.get(f"/tani/lapak/{row.code}/foto.jpg").mimetype == "image/jpeg"
    farmer.post("/tani/jual", step="4", grade="A", price="950.000", **carried)
    with reading(app.engine) as conn:
        assert len(conn.execute(select(offer.c.id)).all()) == 1


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"quantity": "-5"}, "lebih dari nol"),
        ({"quantity": "banyak"}, "bukan angka"),
        ({"unit": "peti"}, "belum diukur"),
        ({"commodity": "durian"}, "Pilih komoditasnya"),
        ({"price": "gratis"}, "Isi harga"),
        ({"grade": "Z"}, "Pilih mutunya"),
        ({"ready": "2020-01-01"}, "Tanggal panen"),
        ({"ready": "kemarin"}, "tidak dapat dibaca"),
        ({"price": "12.000.000"}, "mungkin salah satuan"),
    ],
)
def test_what_cannot_be_offered_is_told_on_its_page(farmer: Phone, changes: dict[str, str], word: str):
    assert word in told(farmer.sell(400, **changes))


def test_who_goes_back_corrects_the_lot_or_adds_one_of_another_grade_or_commodity(
    app: App, farmer: Phone, buyer: Phone
):
    key = str(uuid.uuid4())
    for _ in range(2):
        farmer.sell(key=key)
    farmer.sell(key=key, price="11.000")
    farmer.sell(key=key, grade="B")
    farmer.sell(key=key, commodity="kentang", quantity="70")
    with reading(app.engine) as conn:
        offers = conn.execute(select(offer).order_by(offer.c.id)).all()
    assert [(it.commodity, it.grade, it.price) for it in offers] == [
        ("apel", "A", 11_000),
        ("apel", "B", 10_000),
        ("kentang", "A", 10_000),
    ]
    key = value(buyer.get("/tani/cari"), "key")
    wanted = {"key": key, "quantity": "50", "unit": "kg", "grade": "C", "price": "9.000", "days": "7"}
    for commodity in ("apel", "kentang", "kentang"):
        buyer.post("/tani/cari", commodity=commodity, **wanted)
    with reading(app.engine) as conn:
        assert conn.execute(select(demand.c.commodity).order_by(demand.c.id)).scalars().all() == ["apel", "kentang"]


def test_what_is_sold_out_stays_so_though_an_old_page_withdraws_it(app: App, farmer: Phone, buyer: Phone):
    farmer.sell(quantity="100")
    code = the(app, offer).code
    buyer.post(f"/tani/lapak/{code}", quantity="100", seen=the(app, offer).version)
    assert the(app, offer).state == ListingState.DONE
    assert "ditarik" not in farmer.post(f"/tani/lapak/{code}/tarik")
    assert the(app, offer).state == ListingState.DONE


def test_what_is_checked_and_what_was_refused_is_told_to_who_offered_it(app: App, farmer: Phone, buyer: Phone):
    farmer.sell(price="12.000.000", sure="12.000.000")
    page = told(farmer.get("/tani"))
    assert "Diperiksa petugas pasar" in page
    assert "Apel 100 kg, Rp 12.000.000/kg" in page
    assert "sedang diperiksa" in page
    assert "Diperiksa petugas pasar" not in told(Phone(app, Role.FARMER, "Bu Sri").known().get("/tani"))
    assert "Diperiksa petugas pasar" not in told(buyer.get("/tani"))
    with writing(app.engine) as conn:
        (found,) = held.to_decide(conn, 9)
        refuse(conn, found.id, "petugas", clock.now())
        decided = held.by_id(conn, found.id)
    assert decided is not None
    assert farmer.number not in decided.payload
    assert "harganya salah" in told(farmer.get("/tani"))
    with writing(app.engine) as conn:
        privacy.erase(conn, privacy.parties_of(conn, farmer.number), clock.now())
        assert conn.execute(select(held_record.c.payload)).scalars().all() == ["{}"]


def test_a_price_that_is_meant_goes_to_the_market_officer(app: App, farmer: Phone):
    page = farmer.sell(400, price="12.000.000")
    assert value(page, "sure") == "12.000.000"
    assert "diperiksa petugas pasar" in told(farmer.get(farmer.sell(price="12.000.000", sure="12.000.000")))
    with reading(app.engine) as conn:
        assert held.count(conn)[0] == 1


def test_who_changed_the_telephone_while_an_offer_was_held_is_reached_by_the_new_one(app: App, farmer: Phone):
    farmer.sell(price="12.000.000", sure="12.000.000")
    farmer.post("/tani/saya", name="Bu Karto", phone="081299999999", village=SISIR)
    with writing(app.engine) as conn:
        (found,) = held.to_decide(conn, 9)
        release(conn, app.pipeline.market, found.id, "petugas", clock.now())
    assert (the(app, offer).price, the(app, party).name, the(app, party).phone) == (
        12_000_000,
        "Bu Karto",
        "081299999999",
    )


def test_a_harvest_is_sold_from_the_first_look_to_the_receipt(app: App, farmer: Phone, buyer: Phone):
    farmer.sell()
    code = the(app, offer).code
    assert code in buyer.get("/tani/lapak?komoditas=apel")
    page = buyer.get(f"/tani/lapak/{code}")
    assert farmer.number not in page
    path = buyer.post(f"/tani/lapak/{code}", seen=value(page, "seen"), quantity="60").partition("?")[0]
    mine, theirs = buyer.get(path), farmer.get(path)
    assert farmer.number not in mine
    assert buyer.number not in theirs
    farmer.post(path, command="agreed", seen="1")
    assert farmer.number in buyer.get(path)
    assert buyer.number in farmer.get(path)
    assert "sudah berubah" in told(farmer.post(path, 409, command="agreed", seen="1"))
    assert farmer.client.get(f"{path}/kuitansi").status_code == 404
    farmer.post(path, command="handed_over", seen="2", quantity="55,5")
    farmer.post(path, command="paid", seen="3")
    assert "Rp\u00a0555.000" in buyer.get(f"{path}/kuitansi")
    sold = the(app, trade)
    assert (sold.quantity, sold.total, the(app, offer).remaining) == (55_500, 555_000, 44_500)


def test_of_two_buyers_the_second_is_told_what_is_left(app: App, farmer: Phone, buyer: Phone):
    farmer.sell()
    code = the(app, offer).code
    other = Phone(app, Role.BUYER, "CV Segar").known()
    seen = value(buyer.get(f"/tani/lapak/{code}"), "seen")
    buyer.post(f"/tani/lapak/{code}", seen=seen, quantity="80")
    page = other.post(f"/tani/lapak/{code}", 409, seen=seen, quantity="80")
    assert "pembeli lain lebih dahulu" in told(page)
    assert "Sisanya sekarang 20 kg" in told(page)
    other.post(f"/tani/lapak/{code}", seen=value(page, "seen"), quantity="20")


def test_a_purchase_that_was_sent_twice_is_one_deal(app: App, farmer: Phone, buyer: Phone):
    farmer.sell()
    path, form = f"/tani/lapak/{the(app, offer).code}", {"seen": the(app, offer).version, "quantity": "60"}
    assert buyer.post(path, **form) == buyer.post(path, **form)
    with reading(app.engine) as conn:
        assert len(conn.execute(select(deal)).all()) == 1
    assert "pembeli lain lebih dahulu" in told(buyer.post(path, 409, **form | {"quantity": "61"}))


def test_a_dispute_that_ends_paid_has_a_receipt(app: App, farmer: Phone, buyer: Phone):
    farmer.sell()
    path = buyer.post(f"/tani/lapak/{the(app, offer).code}", seen="0", quantity="60").partition("?")[0]
    farmer.post(path, command="agreed", seen="1")
    buyer.post(path, command="disputed", seen="2", text="Timbangan")
    settled = DealOrder(the(app, deal).code, 3, DealCommand(DealEventKind.PAID, None, "Ya"), DealSide.OFFICER, "x")
    with writing(app.engine) as conn:
        deals.apply(MarketWrite(conn, MARKET, clock.now()), settled, app.config.city.market)
    assert "Rp\u00a0600.000" in farmer.get(f"{path}/kuitansi")


def test_a_request_is_answered_with_an_own_offer(app: App, farmer: Phone, buyer: Phone):
    form = {"commodity": "apel", "quantity": "50", "grade": "B", "price": "11.000", "days": "7"}
    assert "Isi jumlahnya" in told(buyer.post("/tani/cari", 400, **{**form, "quantity": ""}))
    buyer.post("/tani/cari", **form)
    code = the(app, demand).code
    assert code in farmer.get("/tani")
    assert "belum punya penawaran" in told(farmer.get(f"/tani/permintaan/{code}"))
    farmer.sell()
    page = farmer.get(f"/tani/permintaan/{code}")
    for odd in ("²", "9" * 5000):
        farmer.post(f"/tani/permintaan/{code}", 400, offer=f"{the(app, offer).code}/{odd}", quantity="50")
    assert "cocok dengan panen Anda" in told(farmer.get("/tani"))
    path = farmer.post(f"/tani/permintaan/{code}", offer=value(page, "offer"), quantity="50").partition("?")[0]
    buyer.post(path, command="agreed", seen="1")
    assert the(app, deal).state == "agreed"


def test_what_is_of_others_is_not_there(app: App, farmer: Phone, buyer: Phone):
    farmer.sell()
    code = the(app, offer).code
    path = buyer.post(f"/tani/lapak/{code}", seen="0", quantity="5").partition("?")[0]
    other, third = Phone(app, Role.BUYER, "CV Lain").known(), Phone(app, Role.FARMER, "Bu Sri").known()
    for stranger in (other, third):
        stranger.get(path, 404)
        stranger.post(path, 404, command="agreed", seen="1")
    third.post(f"/tani/lapak/{code}/tarik", 404)
    third.post(f"/tani/lapak/{code}", 403, seen="0", quantity="1")
    farmer.post(f"/tani/lapak/{code}/tarik")
    assert the(app, offer).state == "withdrawn"
    assert "sudah tidak berlaku" in told(other.post(f"/tani/lapak/{code}", 409, seen="2", quantity="1"))


def test_the_desk_is_not_for_traders_and_the_market_not_for_the_desk(app: App, farmer: Phone):
    for path in ("/meja", "/kinerja/", "/sumber", "/definisi"):
        farmer.get(path, 403)
    assert logged_in(app, Role.OPERATOR).get("/tani").status_code == 403
    assert app.flask.test_client().get("/tani").headers["Location"].startswith("/masuk")


def test_a_question_with_a_photo_is_a_case_with_the_farmer_as_its_reporter(app: App, farmer: Phone):
    assert "lebih banyak" in told(farmer.post("/tani/tanya", 400, text="hama"))
    said = farmer.post("/tani/tanya", text="Daun apel saya bercak cokelat sejak minggu lalu", photo=a_picture())
    assert "/lapor/" in said
    found = the(app, case)
    assert (found.source, found.village) == ("among_tani", SISIR)
    with reading(app.engine) as conn:
        who = conn.execute(select(reporter).where(reporter.c.case_id == found.id)).one()
    assert (who.name, who.phone) == (farmer.name, farmer.number)
    assert found.code in farmer.get("/tani")


def test_an_account_cannot_offer_without_end(farmer: Phone):
    for _ in range(25):
        farmer.sell()
    assert "terlalu banyak" in told(farmer.sell(429)).lower()


ODD = ("", "\x00", "😀" * 50, "9" * 400, "-1", "1e9", "NaN", "<script>", "' OR 1=1 --", "٣٤", "12,,5", "2026-02-30")
FORMS = {
    "/tani/saya": ("name", "phone", "village", "email"),
    "/tani/jual": ("step", "key", "commodity", "quantity", "unit", "ready", "grade", "price"),
    "/tani/tanya": ("key", "text"),
    "/tani/cari": ("key", "commodity", "quantity", "unit", "grade", "price", "days"),
    "/tani/lapak/LP-9999-0001": ("seen", "quantity"),
    "/tani/permintaan/PM-9999-0001": ("offer", "quantity"),
    "/tani/transaksi/TR-9999-0001": ("seen", "command", "quantity", "text"),
}


def test_whatever_is_sent_no_page_fails(app: App, farmer: Phone, buyer: Phone):
    plain = {
        "commodity": "apel",
        "quantity": "5",
        "unit": "kg",
        "grade": "A",
        "price": "9.000",
        "days": "7",
        "step": "4",
    }
    for phone in (farmer, buyer):
        cookie = phone.client.get_cookie(COOKIE)
        token = csrf_of(app, cookie.value if cookie else "")
        for path, fields in FORMS.items():
            for n, name in enumerate(fields):
                form = {**plain, name: ODD[n % len(ODD)], fields[-1]: ODD[(n + 5) % len(ODD)]}
                assert phone.client.post(f"{path}?csrf={token}", data=form).status_code < 500, (path, form)
        for odd in ODD:
            for path in (
                "/tani/lapak/{}",
                "/tani/permintaan/{}",
                "/tani/transaksi/{}/kuitansi",
                "/tani?said={}&kode={}",
            ):
                assert phone.client.get(path.format(odd or "x", odd)).status_code < 500, (path, odd)
