"""/pasar: what the market officer decides. Disputes are settled; matches are proposed to both sides or refused; held
prices are released or refused; buyers who press farmers, buyers with several names and villages without a field
assistant are shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.auth.visitor import person_now
from dashboard.web.deps import WebDeps
from dashboard.web.market_officer.export import trades_csv
from dashboard.web.market_officer.view import OfficerView
from data.domain.cases.commands.rules import has_words
from data.domain.market.deals import TEXT_MOST, DealCommand, DealEventKind, DealSide
from data.domain.market.units import Unfit, decimal_of, to_parts
from data.domain.reasons import Reason, reason
from data.store.db.engine import reading, writing
from data.store.market import matches
from data.store.market.deals import OWN, DealOrder, DealRefused, apply, by_code
from data.store.market.matches import Match
from data.store.market.writing import MarketWrite
from ingest.market.writer import AlreadyDecided, refuse, release
from layouts.boards.maps.outlines import outlines
from layouts.boards.market_board.amounts import commodity_name
from layouts.kit.words import words

RESULTS = frozenset({"settled", "accepted", "refused", "released", "rejected", "gone"})
WHY_MOST = 500
SETTLEMENTS = (DealEventKind.HANDED_OVER, DealEventKind.PAID, DealEventKind.CANCELLED)
"""How a dispute may end."""


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the page, its forms and the export."""
    pages = OfficerPages(deps)

    @web.get("/pasar")
    def market_officer() -> str:
        return pages.page()

    @web.post("/pasar/usulan")
    def market_officer_match() -> str | Response | tuple[str, int]:
        return pages.match(request.form)

    @web.post("/pasar/sengketa/<code>")
    def market_officer_dispute(code: str) -> Response | tuple[str, int]:
        return pages.settle(code, request.form)

    @web.post("/pasar/ditahan/<int:held_id>")
    def market_officer_held(held_id: int) -> Response:
        return pages.held(held_id, request.form.get("do", ""))

    @web.get("/pasar/transaksi.csv")
    def market_officer_trades() -> Response:
        return trades_csv(deps, request.args.get("bulan", ""))


class OfficerPages:
    """Shows the page and does what its forms say."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps

    def page(self, fault: Reason | None = None, typed: Mapping[str, str] = MappingProxyType({})) -> str:
        """Everything that waits for a decision. `typed`: what was sent with the form that has the fault."""
        with reading(self._deps.engine) as conn:
            view = OfficerView(self._deps, conn, g.now, g.lang)
            shown = view.read()
        said = request.args.get("hasil", "")
        return render_template(
            "web/market_officer.html",
            shown=shown,
            coverage_map=outlines(self._deps.context.drawing),
            commodity=lambda code: commodity_name(self._deps.config.city, code, g.lang),
            unit_of=lambda code: self._deps.config.city.market.commodities[code].unit,
            said=said if said in RESULTS else None,
            fault=words(g.lang).sentence(fault) if fault else "",
            typed=typed,
            settlements=SETTLEMENTS,
        )

    def match(self, form: Any) -> str | Response | tuple[str, int]:
        """Propose a match to both sides, or refuse it, which needs a reason: it is not proposed again."""
        chosen, refusal = _match(form), str(form.get("why", ""))[:WHY_MOST].strip()
        person = person_now()
        by = person.name if person else ""
        if form.get("do") == "refuse" and not has_words(refusal):
            return self.page(reason("market.refusal_needs_text", offer=chosen.offer, demand=chosen.demand)), 422
        try:
            with writing(self._deps.engine) as conn:
                write = MarketWrite(conn, OWN, g.now)
                if form.get("do") == "refuse":
                    done = matches.refuse(write, chosen, refusal, by)
                    return _back("refused" if done else "gone")
                why = reason("market.matched", km=str(form.get("km", ""))[:12], days=str(form.get("days", ""))[:12])
                matches.accept(write, chosen, why, by, self._deps.config.city.market)
        except LookupError:
            return _back("gone")
        except DealRefused as refused:
            return self.page(refused.reason if isinstance(refused.reason, Reason) else None), 409
        return _back("accepted")

    def settle(self, code: str, form: Mapping[str, str]) -> Response | tuple[str, int]:
        """How a dispute ended; both sides are told."""
        kind, text = form.get("do", ""), form.get("text", "").replace("\0", "").strip()
        if kind not in SETTLEMENTS or not form.get("seen", "").isdecimal():
            abort(400)
        person, market = person_now(), self._deps.config.city.market
        typed = {"code": code, "text": text[: TEXT_MOST + 1], "quantity": form.get("quantity", "").strip()[:40]}
        try:
            with writing(self._deps.engine) as conn:
                found = by_code(conn, code, market)
                if found is None:
                    return _back("gone")
                parts = _parts(typed["quantity"], market.commodities[found.deal.commodity].unit)
                command = DealCommand(DealEventKind(kind), parts, text if has_words(text) else "")
                order = DealOrder(code, int(form["seen"][:9]), command, DealSide.OFFICER, person.name if person else "")
                apply(MarketWrite(conn, OWN, g.now), order, market)
        except (DealRefused, Unfit) as refused:
            return self.page(refused.reason if isinstance(refused.reason, Reason) else None, typed), 409
        return _back("settled")

    def held(self, held_id: int, do: str) -> Response:
        """Release or refuse a record that is held."""
        person = person_now()
        by = person.name if person else ""
        if do not in {"release", "reject"}:
            abort(400)
        try:
            with writing(self._deps.engine) as conn:
                if do == "release":
                    release(conn, self._deps.pipeline.market, held_id, by, g.now)
                else:
                    refuse(conn, held_id, by, g.now)
        except AlreadyDecided:
            return _back("gone")
        return _back("released" if do == "release" else "rejected")


def _parts(typed: str, unit: str) -> int | None:
    """None: as it was told last. Raises Unfit."""
    return to_parts(decimal_of(typed), unit) if typed else None


def _match(form: Any) -> Match:
    """What the form says; 400 for one that is none of ours."""
    try:
        seen, quantity = int(form.get("seen", "")), int(form.get("quantity", ""))
    except ValueError:
        abort(400)
    if not 0 < quantity < 10**12 or not 0 <= seen < 2**31:
        abort(400)
    return Match(str(form.get("offer", ""))[:32], seen, str(form.get("demand", ""))[:32], quantity)


def _back(result: str) -> Response:
    return redirect(url_for("web.market_officer", hasil=result), 303)
