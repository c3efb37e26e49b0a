"""What a buyer does: looks at offers, takes a part of one, asks for what nobody offers; and how a farmer answers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from dashboard.config.load import MARKET
from dashboard.portal.draft_photos import is_key
from dashboard.portal.service import Refused
from dashboard.web.deps import WebDeps
from dashboard.web.page_context import PHOTO_POLICY
from dashboard.web.portal.browser import new_key
from dashboard.web.tani.forms import DAYS, Filled, lot_of, price_of, quantity_of, read_demand, units_of
from dashboard.web.tani.selling import groups_of
from dashboard.web.tani.traders import Trader, Traders, midnight
from data.domain.market.deals import DealSide
from data.domain.market.nouns import Demand, Grade, ListingState, Offer, Side
from data.domain.market.units import decimal_of
from data.domain.reasons import encode_reason
from data.reference.places.villages import by_code
from data.store.db.engine import reading, writing
from data.store.market import deals, listings, views
from data.store.market.deals import DealRefused, Proposal
from data.store.market.writing import MarketWrite
from ingest.market_record import MarketKind, MarketRecord
from ingest.photos.storage import PhotoStorage
from ingest.source import OutcomeKind, Unreadable

OFFERS_MOST = 60
Answer = str | Response | tuple[str, int]


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register offers, their photos, and requests."""
    pages = BuyPages(deps)

    @web.get("/tani/lapak")
    def tani_offers() -> Answer:
        return pages.offers()

    @web.get("/tani/lapak/<code>")
    def tani_offer(code: str) -> Answer:
        return pages.offer(code)

    @web.post("/tani/lapak/<code>")
    def tani_take(code: str) -> Answer:
        return pages.take(code)

    @web.get("/tani/lapak/<code>/foto.jpg")
    def tani_photo(code: str) -> Response:
        return pages.photo(code)

    @web.route("/tani/cari", methods=["GET", "POST"])
    def tani_request() -> Answer:
        return pages.request_new()

    @web.route("/tani/permintaan/<code>", methods=["GET", "POST"])
    def tani_demand(code: str) -> Answer:
        return pages.demand(code)

    @web.post("/tani/permintaan/<code>/tarik")
    def tani_demand_withdraw(code: str) -> Answer:
        return pages.withdraw(code)


class BuyPages:
    """The pages."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps, self._traders, self._market = deps, Traders(deps), deps.config.city.market
        self._gallery = PhotoStorage(deps.home.path)

    def offers(self) -> Answer:
        """What can be bought now."""
        trader, market = self._traders.now(), self._market
        chosen = request.args.get("komoditas", "")
        chosen = chosen if chosen in market.commodities else ""
        with reading(self._deps.engine) as conn:
            found = views.open_offers(conn, g.now, OFFERS_MOST, commodity=chosen or None, but_of=trader.person.id)
        return render_template(
            "web/tani/offers.html",
            offers=found,
            chosen=chosen,
            commodities=market.commodities,
            villages=by_code,
            most=OFFERS_MOST,
        )

    def offer(self, code: str, filled: Filled | None = None, status: int = 200) -> Answer:
        """One of them, with the form to take a part of it."""
        trader = self._traders.now()
        with reading(self._deps.engine) as conn:
            found = views.one_offer(conn, code)
        if found is None or not self._may_see(trader, found.offer):
            abort(404)
        text = render_template(
            "web/tani/offer.html",
            it=found,
            of=self._market.commodities[found.offer.commodity],
            villages=by_code,
            own=found.offer.farmer == trader.party.id,
            can_take=trader.side is Side.BUYER and self._is_open(found.offer),
            values=filled.values if filled else {"quantity": ""},
            faults=filled.faults if filled else {},
        )
        return (text, status) if status != 200 else text

    def _is_open(self, offer: Offer) -> bool:
        return offer.state is ListingState.OPEN and offer.expires_at > g.now and offer.remaining > 0

    def _may_see(self, trader: Trader, offer: Offer) -> bool:
        """What is open is for every trader; what is over for its farmer."""
        return self._is_open(offer) or offer.farmer == trader.party.id or trader.side is Side.BUYER

    def photo(self, code: str) -> Response:
        """Of an offer, for every trader, and for the assistant who offers for others."""
        if not self._deps.config.market.open:
            abort(404)
        with reading(self._deps.engine) as conn:
            found = views.one_offer(conn, code)
        if found is None or found.photo is None:
            abort(404)
        path = self._gallery.path(found.photo, thumb="besar" not in request.args).absolute()
        try:
            answer = send_file(path, mimetype="image/jpeg", etag=path.stem)
        except FileNotFoundError:
            abort(404)
        answer.headers["Content-Security-Policy"] = PHOTO_POLICY
        return answer

    def take(self, code: str) -> Answer:
        """A part of an offer; of two buyers the first wins and the other is told."""
        trader = self._traders.now()
        if trader.side is not Side.BUYER:
            abort(403)
        with reading(self._deps.engine) as conn:
            found = listings.offer_by_code(conn, code)
        if found is None:
            abort(404)
        filled = Filled({"quantity": request.form.get("quantity", "").strip()[:40], "unit": ""})
        of = self._market.commodities[found.commodity]
        parts = quantity_of(filled, of, self._today())
        if parts is None:
            return self.offer(code, filled, 400)
        seen = request.form.get("seen", -1, type=int)
        return self._propose(filled, Proposal(code, seen, parts, trader.party.id, DealSide.BUYER, trader.person.name))

    def _propose(self, filled: Filled, proposal: Proposal) -> Answer:
        try:
            self._traders.limit()
            with writing(self._deps.engine) as conn:
                made = deals.propose(MarketWrite(conn, MARKET, g.now), proposal, self._market)
        except Refused as refused:
            filled.faults["form"] = f"refused_{refused.code}"
            return self._again(filled, proposal, 429)
        except DealRefused as wrong:
            with reading(self._deps.engine) as conn:
                before = deals.made_before(conn, proposal, g.now)
            if before is not None:
                return redirect(url_for("web.tani_deal", code=before, said="baru"), 303)
            filled.faults["form"] = encode_reason(wrong.reason)
            return self._again(filled, proposal, 409)
        return redirect(url_for("web.tani_deal", code=made.code, said="baru"), 303)

    def _again(self, filled: Filled, proposal: Proposal, status: int) -> Answer:
        if proposal.demand is None:
            return self.offer(proposal.offer, filled, status)
        return self._demand_page(self._demand(proposal.demand), filled, status)

    def request_new(self) -> Answer:
        """What a buyer wants."""
        trader, market = self._traders.now(), self._market
        if trader.side is not Side.BUYER:
            abort(403)
        if request.method == "GET":
            values = {"key": new_key(), "commodity": request.args.get("komoditas", ""), "grade": "C", "days": "7"}
            return self._request_page(Filled(values))
        filled = read_demand(request.form, market, self._today())
        if filled.faults:
            return self._request_page(filled, status=400)
        try:
            outcome = self._traders.tell(self._record(trader, filled))
        except Refused as refused:
            filled.faults["form"] = f"refused_{refused.code}"
            return self._request_page(filled, status=429)
        except Unreadable as wrong:
            filled.faults["form"] = encode_reason(wrong.reason)
            return self._request_page(filled, status=400)
        said = "ditahan" if outcome.kind is OutcomeKind.HELD else "dicari"
        return redirect(url_for("web.tani", said=said, kode=outcome.code or ""), 303)

    def _record(self, trader: Trader, filled: Filled) -> MarketRecord:
        price = price_of(filled)
        assert price is not None
        values, party = filled.values, trader.party
        values["key"] = values["key"] if is_key(values["key"]) else new_key()
        return MarketRecord(
            kind=MarketKind.DEMAND,
            external_id=lot_of(values),
            at=g.now,
            commodity=values["commodity"],
            quantity=decimal_of(values["quantity"]),
            unit=values["unit"] or None,
            price=price,
            grade=Grade(values["grade"]),
            buyer=trader.external_id,
            buyer_name=party.name,
            buyer_phone=party.phone,
            village=party.village,
            expires_at=g.now + timedelta(days=int(values["days"])),
            demo=self._deps.config.demo,
        )

    def _request_page(self, filled: Filled, status: int = 200) -> Answer:
        market = self._market
        empty = dict.fromkeys(("key", "commodity", "quantity", "unit", "grade", "price", "days"), "")
        values: dict[str, Any] = {**empty, **filled.values}
        of = market.commodities.get(values["commodity"])
        text = render_template(
            "web/tani/request.html",
            values=values,
            faults=filled.faults,
            groups=groups_of(market.commodities.values()),
            units=units_of(of, self._today()) if of else [],
            grades=list(Grade),
            days=DAYS,
        )
        return (text, status) if status != 200 else text

    def demand(self, code: str) -> Answer:
        """A request, and a farmer's answer to it from what he offers."""
        self._traders.now()
        with reading(self._deps.engine) as conn:
            found = listings.demand_by_code(conn, code)
        if found is None:
            abort(404)
        if request.method == "GET":
            return self._demand_page(found, Filled({"quantity": "", "offer": ""}))
        return self._answer(found)

    def _answer(self, found: Demand) -> Answer:
        trader = self._traders.now()
        if trader.side is not Side.FARMER:
            abort(403)
        filled = Filled({"quantity": request.form.get("quantity", "").strip()[:40], "unit": "", "offer": ""})
        offered, _, seen = request.form.get("offer", "").partition("/")
        own = {each.code: each for each in self._fitting(trader, found)}
        if offered not in own or not (seen.isascii() and seen.isdigit() and len(seen) < 10):
            filled.fault("offer", "offer")
            return self._demand_page(found, filled, 400)
        filled.values["offer"] = offered
        of = self._market.commodities[found.commodity]
        parts = quantity_of(filled, of, self._today())
        if parts is None:
            return self._demand_page(found, filled, 400)
        proposal = Proposal(
            offered, int(seen), parts, found.buyer, DealSide.FARMER, trader.person.name, demand=found.id
        )
        return self._propose(filled, proposal)

    def _demand_page(self, found: Demand, filled: Filled, status: int = 200) -> Answer:
        trader = self._traders.now()
        text = render_template(
            "web/tani/demand.html",
            it=found,
            of=self._market.commodities[found.commodity],
            villages=by_code,
            own=found.buyer == trader.party.id,
            is_open=found.state is ListingState.OPEN and found.expires_at > g.now,
            is_farmer=trader.side is Side.FARMER,
            offers=self._fitting(trader, found),
            values={"quantity": "", "offer": "", **filled.values},
            faults=filled.faults,
        )
        return (text, status) if status != 200 else text

    def _fitting(self, trader: Trader, found: Demand) -> list[Offer]:
        """Of the farmer's open offers those that are of this commodity and good enough."""
        if trader.side is not Side.FARMER:
            return []
        with reading(self._deps.engine) as conn:
            own = views.own_offers(conn, trader.party.id, OFFERS_MOST)
        return [
            it
            for it in own
            if self._is_open(it) and it.commodity == found.commodity and it.grade.satisfies(found.grade)
        ]

    def _demand(self, demand_id: int) -> Demand:
        with reading(self._deps.engine) as conn:
            found = listings.demand_by_id(conn, demand_id)
        assert found is not None
        return found

    def withdraw(self, code: str) -> Answer:
        """Only one's own."""
        trader = self._traders.now()
        with writing(self._deps.engine) as conn:
            found = listings.demand_by_code(conn, code)
            if found is None or found.buyer != trader.party.id or trader.side is not Side.BUYER:
                abort(404)
            done = listings.withdraw(MarketWrite(conn, MARKET, g.now), Side.BUYER, found.id)
        return redirect(url_for("web.tani", said="ditarik" if done else None, kode=code), 303)

    def _today(self) -> date:
        return midnight(self._deps).date()
