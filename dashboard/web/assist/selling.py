"""/penyuluh/jual: a field assistant offers for a farmer without a telephone: first who it is, then the four pages."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.auth.forms import allow_body
from dashboard.config.load import MARKET
from dashboard.portal.form import Page, read_contact
from dashboard.portal.service import Refused
from dashboard.web.assist.represented import FARMER, Represented
from dashboard.web.deps import WebDeps
from dashboard.web.tani.dealing import DealPages
from dashboard.web.tani.selling import BODY_MOST, SellPages
from dashboard.web.tani.traders import limit
from data.domain.access.roles import Person
from data.domain.market.nouns import Side
from data.reference.places.villages import by_code as villages
from data.store.assistants import assistants, represented
from data.store.db.engine import reading, writing
from data.store.market import parties, views
from data.store.market.told import PartyTold
from data.store.market.writing import MarketWrite

KNOWN_MOST = 200
Answer = str | Response | tuple[str, int]


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the farmer, the four pages, and what comes of them."""
    who = Represented(deps)
    sells, farmers, deals = SellPages(deps, who), FarmerPages(deps, who), DealPages(deps, who)

    @web.route("/penyuluh/petani", methods=["GET", "POST"])
    def assist_farmer() -> Answer:
        return farmers.answer()

    @web.route("/penyuluh/jual", methods=["GET", "POST"])
    @allow_body(BODY_MOST, token_in_query=True)
    def assist_sell() -> Answer:
        return sells.answer()

    @web.get("/penyuluh/lapak/<code>")
    def assist_offer(code: str) -> Answer:
        return farmers.offer(code)

    @web.post("/penyuluh/lapak/<code>/tarik")
    def assist_withdraw(code: str) -> Answer:
        return sells.withdraw(code)

    @web.get("/penyuluh/transaksi/<code>")
    def assist_deal(code: str) -> Answer:
        return deals.deal(code)

    @web.post("/penyuluh/transaksi/<code>")
    def assist_command(code: str) -> Answer:
        return deals.command(code)

    @web.get("/penyuluh/transaksi/<code>/kuitansi")
    def assist_receipt(code: str) -> Answer:
        return deals.receipt(code)


class FarmerPages:
    """Who the farmer is, and one of his offers."""

    def __init__(self, deps: WebDeps, who: Represented) -> None:
        self._deps, self._who = deps, who

    def answer(self) -> Answer:
        """A farmer who is known is chosen; another one is entered, with his consent."""
        person = self._who.person()
        if request.method == "GET":
            village = next(iter(sorted(person.villages))) if len(person.villages) == 1 else ""
            return self._page(person, Page({"village": village, "own_phone": self._own_phone(person)}))
        page = _read(request.form, person)
        if page.faults:
            return self._page(person, page, 400)
        try:
            limit(self._deps, person)
        except Refused as refused:
            page.faults["form"] = f"refused_{refused.code}"
            return self._page(person, page, 429)
        return redirect(url_for("web.assist_sell", petani=self._kept(person, page)), 303)

    def _kept(self, person: Person, page: Page) -> str:
        """The code of the farmer. Whoever has no telephone is reached by the assistant's."""
        told, phone = page.values, page.values.get("phone") or page.values["own_phone"]
        key = parties.represented_key(person.name, told["village"], told["name"])
        farmer = PartyTold(Side.FARMER, key, told["name"], phone, village=told["village"], lang=g.lang)
        with writing(self._deps.engine) as conn:
            ids = parties.resolve(MarketWrite(conn, MARKET, g.now), [farmer], demo=self._deps.config.demo)
            return parties.by_ids(conn, ids.values())[ids[parties.key_of(farmer)]].code

    def _own_phone(self, person: Person) -> str:
        """The assistant's, when the table of assistants has one alone for these villages."""
        with reading(self._deps.engine) as conn:
            mine = [each for each in assistants.assistants(conn) if person.villages & set(each.villages)]
        return mine[0].phone or "" if len(mine) == 1 else ""

    def _page(self, person: Person, page: Page, status: int = 200) -> Answer:
        with reading(self._deps.engine) as conn:
            known = represented.all_of(conn, person.name, KNOWN_MOST)
        text = render_template(
            "web/assist/farmer.html",
            room="assist",
            values=page.values,
            faults=page.faults,
            known=[each.party for each in known],
            villages=villages,
            own=sorted(person.villages),
            farmer=FARMER,
        )
        return (text, status) if status != 200 else text

    def offer(self, code: str) -> Answer:
        """With its withdrawal."""
        with reading(self._deps.engine) as conn:
            found = views.one_offer(conn, code)
        trader = None if found is None else self._who.owner(found.offer.farmer)
        if found is None or trader is None:
            abort(404)
        return render_template(
            "web/tani/offer.html",
            room="assist",
            seller=trader.party,
            it=found,
            of=self._deps.config.city.market.commodities[found.offer.commodity],
            villages=villages,
            own=True,
            can_take=False,
            values={},
            faults={},
        )


def _read(form: Mapping[str, str], person: Person) -> Page:
    page = read_contact(form, ("phone",))
    own = read_contact({"phone": form.get("own_phone", "")}, ("phone",))
    page.values["own_phone"] = own.values.get("phone", "")
    page.values["village"] = form.get("village", "")
    page.values["consent"] = form.get("consent") == "1"
    if own.faults:
        page.faults["own_phone"] = own.faults["phone"]
    elif not page.values.get("phone") and not page.values["own_phone"] and "phone" not in page.faults:
        page.faults["own_phone"] = "needs_phone"
    if page.values["village"] not in person.villages:
        page.values["village"] = ""
        page.faults["village"] = "needs_village"
    page.values["name"] = " ".join(page.values["name"].split())
    if not page.values["name"]:
        page.faults.setdefault("name", "needs_name")
    if not page.values["consent"]:
        page.faults["consent"] = "needs_consent"
    return page
