"""/tani/jual: an offer in four pages that work without script, each carrying what the pages before it were told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from dashboard.auth.forms import allow_body
from dashboard.config.load import MARKET
from dashboard.portal.draft_photos import is_key
from dashboard.portal.service import Refused
from dashboard.web.deps import WebDeps
from dashboard.web.portal.browser import new_key
from dashboard.web.portal.form import photo_of
from dashboard.web.tani.forms import STEPS, Filled, lot_of, price_of, read_offer, units_of
from dashboard.web.tani.traders import Sellers, Trader, Traders, midnight
from data.domain.market.nouns import Grade, Side
from data.domain.market.prices import absurd
from data.domain.market.units import decimal_of, in_own_unit, price_in_own_unit, unit_named
from data.domain.reasons import encode_reason
from data.reference.places.villages import by_code
from data.store.db.engine import reading, writing
from data.store.market import listings, trades
from data.store.market.price_guide import PriceGuide, price_guide
from data.store.market.writing import MarketWrite
from ingest.market_record import MarketKind, MarketRecord
from ingest.photos.sanitizing import BYTES_MOST
from ingest.photos.storage import PhotoStorage
from ingest.source import OutcomeKind, Unreadable

BODY_MOST = BYTES_MOST + 200_000
Answer = str | Response | tuple[str, int]


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the four pages, and the withdrawal."""
    pages = SellPages(deps, Traders(deps))

    @web.route("/tani/jual", methods=["GET", "POST"])
    @allow_body(BODY_MOST, token_in_query=True)
    def tani_sell() -> Answer:
        return pages.answer()

    @web.post("/tani/lapak/<code>/tarik")
    def tani_withdraw(code: str) -> Answer:
        return pages.withdraw(code)


@dataclass(frozen=True, slots=True)
class _Page:
    trader: Trader
    step: int
    filled: Filled
    refused: str = ""
    status: int = 200


class SellPages:
    """The pages."""

    def __init__(self, deps: WebDeps, sellers: Sellers) -> None:
        self._deps, self._sellers = deps, sellers
        self._market, self._zone = deps.config.city.market, ZoneInfo(deps.config.city.timezone)
        self._gallery = PhotoStorage(deps.home.path)

    def answer(self) -> Answer:
        """The page that was asked for, or the next one when this one has no fault."""
        trader = self._sellers.now()
        if request.method == "GET":
            values = {"commodity": request.args.get("komoditas", "")}
            return self._shown(_Page(trader, 1, Filled({**dict.fromkeys(("key", "quantity", "unit"), ""), **values})))
        try:
            step = request.form.get("step", 1, type=int)
        except RequestEntityTooLarge:
            return self._shown(_Page(trader, 3, Filled(faults={"photo": "too_heavy"}), status=413))
        step = min(max(step, 1), STEPS)
        filled = read_offer(request.form, step, self._market, self._today())
        filled.values["key"] = filled.values["key"] if is_key(filled.values["key"]) else new_key()
        if "back" in request.form:
            return self._shown(_Page(trader, max(1, step - 1), Filled(filled.values)))
        if step == 3:
            self._keep_photo(filled)
        if filled.faults:
            return self._shown(_Page(trader, _first_fault(filled, step), filled, status=400))
        return self._offer(trader, filled) if step == STEPS else self._shown(_Page(trader, step + 1, filled))

    def _keep_photo(self, filled: Filled) -> None:
        try:
            _, wrong = photo_of(self._deps.portal, filled.values["key"], remove="remove_photo" in request.form)
        except Refused:
            filled.fault("photo", "busy")
            return
        if wrong is not None:
            filled.fault("photo", wrong)

    def _offer(self, trader: Trader, filled: Filled) -> Answer:
        price = price_of(filled)
        assert price is not None
        if (asked := self._asked_again(filled, price)) is not None:
            return self._shown(_Page(trader, 4, asked, status=400))
        try:
            outcome = self._sellers.tell(self._record(trader, filled, price))
        except Refused as refused:
            return self._shown(_Page(trader, 4, filled, refused=f"portal.refused.{refused.code}", status=429))
        except Unreadable as wrong:
            filled.faults["price"] = encode_reason(wrong.reason)
            return self._shown(_Page(trader, 4, filled, status=400))
        self._deps.portal.photos.remove(filled.values["key"])
        said = "ditahan" if outcome.kind is OutcomeKind.HELD else "ditawarkan"
        return redirect(url_for(f"web.{self._sellers.room}", said=said, kode=outcome.code or ""), 303)

    def _asked_again(self, filled: Filled, price: Decimal) -> Filled | None:
        """A price that is probably a slip is asked once more before it goes to the market officer."""
        if request.form.get("sure") == filled.values["price"]:
            return None
        of = self._market.commodities[filled.values["commodity"]]
        factor = in_own_unit(of.unit, unit_named(filled.values["unit"] or of.unit), of.conversions, self._today())
        own = max(1, price_in_own_unit(price, factor))
        with reading(self._deps.engine) as conn:
            lately = trades.lately_paid(conn, of.code, g.now)
        why = absurd(own, lately, of.usual, self._market.absurd_factor)
        if why is None:
            return None
        return Filled({**filled.values, "sure": filled.values["price"]}, {"price": encode_reason(why)})

    def _record(self, trader: Trader, filled: Filled, price: Decimal) -> MarketRecord:
        values, party = filled.values, trader.party
        ready = date.fromisoformat(values["ready"] or self._today().isoformat())
        photo = self._deps.portal.photos.get(values["key"])
        return MarketRecord(
            kind=MarketKind.OFFER,
            external_id=lot_of(values),
            at=g.now,
            commodity=values["commodity"],
            quantity=decimal_of(values["quantity"]),
            unit=values["unit"] or None,
            price=price,
            grade=Grade(values["grade"]),
            farmer=trader.external_id,
            farmer_name=party.name,
            farmer_phone=party.phone,
            village=party.village,
            ready_at=g.now if ready == self._today() else datetime.combine(ready, time(), self._zone),
            photo=None if photo is None else self._gallery.put(photo).digest,
            demo=self._deps.config.demo,
        )

    def withdraw(self, code: str) -> Answer:
        """Only one's own, and only what is open."""
        with reading(self._deps.engine) as conn:
            found = listings.offer_by_code(conn, code)
        if found is None or self._sellers.owner(found.farmer) is None:
            abort(404)
        with writing(self._deps.engine) as conn:
            done = listings.withdraw(MarketWrite(conn, MARKET, g.now), Side.FARMER, found.id)
        return redirect(url_for(f"web.{self._sellers.room}", said="ditarik" if done else None, kode=code), 303)

    def _shown(self, page: _Page) -> Answer:
        market, values = self._market, {**_EMPTY, **page.filled.values}
        of = market.commodities.get(values["commodity"])
        guide = self._guide(values["commodity"]) if page.step == 4 else None
        text = render_template(
            "web/tani/sell.html",
            room=self._sellers.room,
            seller=page.trader.party,
            step=page.step,
            values=values,
            faults=page.filled.faults,
            refused=page.refused,
            villages=by_code,
            groups=groups_of(market.commodities.values()),
            of=of,
            units=units_of(of, self._today()) if of else [],
            grades=list(Grade),
            today=self._today().isoformat(),
            guide=guide,
            has_photo=is_key(values["key"]) and self._deps.portal.photos.thumb(values["key"]) is not None,
        )
        return (text, page.status) if page.status != 200 else text

    def _guide(self, code: str) -> PriceGuide | None:
        market = self._market
        of = market.commodities.get(code)
        if of is None:
            return None
        with reading(self._deps.engine) as conn:
            return price_guide(conn, of, market, g.now, midnight(self._deps))

    def _today(self) -> date:
        return midnight(self._deps).date()


_EMPTY = dict.fromkeys(("key", "commodity", "quantity", "unit", "ready", "grade", "price", "sure"), "")
_PAGE_OF: Mapping[str, int] = {"commodity": 1, "quantity": 2, "ready": 2, "grade": 3, "photo": 3, "price": 4}


def _first_fault(filled: Filled, step: int) -> int:
    """The first page with a fault: what earlier pages told may have been changed on the way."""
    return min((_PAGE_OF.get(name, step) for name in filled.faults), default=step)


def groups_of(commodities: Any) -> dict[str, list[Any]]:
    """By group, in the order of our table."""
    found: dict[str, list[Any]] = {}
    for each in commodities:
        found.setdefault(each.group, []).append(each)
    return found
