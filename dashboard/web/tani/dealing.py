"""/tani/transaksi: one deal with what its side can do now, and its receipt. It is there for its two sides only."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.config.load import MARKET
from dashboard.portal.form import Page
from dashboard.web.deps import WebDeps
from dashboard.web.tani.forms import Filled, quantity_of
from dashboard.web.tani.traders import Sellers, Trader, Traders, midnight
from data.domain.market.deals import TEXT_MOST, DealCommand, DealEventKind, possible
from data.domain.market.nouns import KNOWN_TO_EACH_OTHER, DealState, Party, Side
from data.domain.reasons import encode_reason
from data.reference.places.villages import by_code
from data.store.db.engine import reading, writing
from data.store.market import deals, listings, parties
from data.store.market.deals import DealOrder, DealRefused, DealView
from data.store.market.writing import MarketWrite

Answer = str | Response | tuple[str, int]
SOLD = frozenset({DealState.HANDED_OVER, DealState.PAID})
ORDER = (
    DealEventKind.AGREED,
    DealEventKind.HANDED_OVER,
    DealEventKind.PAID,
    DealEventKind.DISPUTED,
    DealEventKind.CANCELLED,
)
"""Of the buttons: what leads on comes first."""


@dataclass(frozen=True, slots=True)
class _Mine:
    trader: Trader
    view: DealView
    other: Party
    """The other side; his name and telephone are for this side only once both have agreed."""
    offer: str

    @property
    def knows_other(self) -> bool:
        return self.view.status.state in KNOWN_TO_EACH_OTHER


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register a deal, its commands and its receipt."""
    pages = DealPages(deps, Traders(deps))

    @web.get("/tani/transaksi/<code>")
    def tani_deal(code: str) -> Answer:
        return pages.deal(code)

    @web.post("/tani/transaksi/<code>")
    def tani_command(code: str) -> Answer:
        return pages.command(code)

    @web.get("/tani/transaksi/<code>/kuitansi")
    def tani_receipt(code: str) -> Answer:
        return pages.receipt(code)


class DealPages:
    """The pages."""

    def __init__(self, deps: WebDeps, sellers: Sellers) -> None:
        self._deps, self._sellers, self._market = deps, sellers, deps.config.city.market

    def deal(self, code: str, filled: Filled | None = None, status: int = 200) -> Answer:
        """After a fault with the form as it was typed, and why nothing was done."""
        mine = self._mine(code)
        found = possible(mine.trader.deal_side, mine.view.status)
        text = render_template(
            "web/tani/deal.html",
            room=self._sellers.room,
            seller=mine.trader.party,
            it=mine.view.deal,
            status=mine.view.status,
            events=mine.view.events,
            of=self._market.commodities[mine.view.deal.commodity],
            side=mine.trader.side,
            other=mine.other if mine.knows_other else None,
            other_code=mine.other.code,
            villages=by_code,
            offer=mine.offer,
            commands=[kind for kind in ORDER if kind in found],
            waits=mine.trader.deal_side in mine.view.status.agreed,
            sold=mine.view.status.state in SOLD,
            values={"quantity": "", "text": "", **(filled.values if filled else {})},
            faults=filled.faults if filled else {},
            said=request.args.get("said", ""),
        )
        return (text, status) if status != 200 else text

    def command(self, code: str) -> Answer:
        """One step of the deal. Raises nothing: what is refused is told on the page."""
        mine = self._mine(code)
        kind = request.form.get("command", "")
        if kind not in set(ORDER):
            abort(400)
        page = Page()
        said = page.text(request.form, "text", TEXT_MOST)
        quantity = request.form.get("quantity", "").strip()[:40]
        filled = Filled({**page.values, "quantity": quantity, "unit": ""}, dict(page.faults))
        parts = self._parts(mine, filled) if kind == DealEventKind.HANDED_OVER and quantity else None
        if filled.faults:
            return self.deal(code, filled, 400)
        command = DealCommand(DealEventKind(kind), parts, said)
        seen = request.form.get("seen", -1, type=int)
        order = DealOrder(code, seen, command, mine.trader.deal_side, mine.trader.actor)
        try:
            with writing(self._deps.engine) as conn:
                deals.apply(MarketWrite(conn, MARKET, g.now), order, self._market)
        except DealRefused as wrong:
            filled.faults["form"] = encode_reason(wrong.reason)
            return self.deal(code, filled, 409)
        return redirect(url_for(f"web.{self._sellers.room}_deal", code=code, said=kind), 303)

    def _parts(self, mine: _Mine, filled: Filled) -> int | None:
        of = self._market.commodities[mine.view.deal.commodity]
        return quantity_of(filled, of, midnight(self._deps).date())

    def receipt(self, code: str) -> Answer:
        """Of what was handed over."""
        mine = self._mine(code)
        if mine.view.status.state not in SOLD:
            abort(404)
        of = self._market.commodities[mine.view.deal.commodity]
        sides = {mine.trader.side: mine.trader.party, mine.other.side: mine.other}
        events = mine.view.events
        paid = next((it for it in events if it.kind is DealEventKind.PAID), None)
        handed = [it for it in events if it.kind is DealEventKind.HANDED_OVER] or [it for it in (paid,) if it]
        return render_template(
            "web/tani/receipt.html",
            room=self._sellers.room,
            it=mine.view.deal,
            of=of,
            farmer=sides[Side.FARMER],
            buyer=sides[Side.BUYER],
            villages=by_code,
            handed=handed[-1],
            paid=paid,
        )

    def _mine(self, code: str) -> _Mine:
        """404 for a deal of others: it is not said that it is there."""
        with reading(self._deps.engine) as conn:
            view = deals.by_code(conn, code, self._market)
        if view is None:
            abort(404)
        trader = self._sellers.owner(view.deal.farmer) or self._sellers.owner(view.deal.buyer)
        if trader is None:
            abort(404)
        theirs = view.deal.buyer if trader.party.id == view.deal.farmer else view.deal.farmer
        with reading(self._deps.engine) as conn:
            other = parties.by_ids(conn, [theirs])[theirs]
            about = listings.offer_by_id(conn, view.deal.offer)
        return _Mine(trader, view, other, about.code if about else "")
