"""/tani: the first page of a farmer or a buyer, who he is, and his questions to the agriculture agency."""

from __future__ import annotations

import secrets

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from dashboard.auth.forms import allow_body
from dashboard.config.load import MARKET
from dashboard.portal.draft_photos import is_key
from dashboard.portal.form import TEXT_MOST, WORDS_LEAST, Page, read_contact
from dashboard.portal.questions import QuestionIntake
from dashboard.portal.service import Refused
from dashboard.web.deps import WebDeps
from dashboard.web.portal.browser import new_key
from dashboard.web.portal.form import photo_of, reachable
from dashboard.web.tani.checked import checked
from dashboard.web.tani.selling import BODY_MOST
from dashboard.web.tani.traders import Contact, Trader, Traders
from data.domain.cases.tracking_code import BITS, code_of, shown
from data.domain.market.nouns import OPEN_DEALS, DealState, Side
from data.reference.places.villages import VILLAGES, by_code, village_named
from data.store.assistants import questions
from data.store.cases import photos
from data.store.citizens import tracking
from data.store.db.engine import Connection, reading
from data.store.market import views
from data.store.market.messages import Reach
from ingest.photos.storage import PhotoStorage
from ingest.source import Outcome, Raw

MOST, DEALS_MOST, WANTED_MOST = 30, 200, 12
SAID = frozenset({"ditawarkan", "ditahan", "ditarik", "dicari", "disimpan"})
Answer = str | Response | tuple[str, int]


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the first page, the profile and the questions."""
    pages = TaniPages(deps)

    @web.get("/tani")
    def tani() -> Answer:
        return pages.home()

    @web.route("/tani/saya", methods=["GET", "POST"])
    def tani_profile() -> Answer:
        return pages.profile()

    @web.route("/tani/tanya", methods=["GET", "POST"])
    @allow_body(BODY_MOST, token_in_query=True)
    def tani_ask() -> Answer:
        return pages.ask()


class TaniPages:
    """The pages."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps, self._traders = deps, Traders(deps)
        self._intake = QuestionIntake(deps.config.city, demo=deps.config.demo)
        self._gallery = PhotoStorage(deps.home.path)

    def home(self) -> Answer:
        """What is open, what waits for whom, and what fits."""
        trader = self._traders.now()
        is_farmer = trader.side is Side.FARMER
        with reading(self._deps.engine) as conn:
            deals = views.own_deals(conn, trader.side, trader.party.id, DEALS_MOST)
            offers = views.own_offers(conn, trader.party.id, MOST) if is_farmer else []
            demands = [] if is_farmer else views.own_demands(conn, trader.party.id, MOST)
            wanted = self._wanted(conn, trader, [it.commodity for it in offers]) if is_farmer else []
            held = checked(conn, self._deps.config.city, {trader.external_id}, g.now, g.lang)
            asked = questions.of_account(conn, MARKET, trader.person.name, MOST) if is_farmer else []
        said = request.args.get("said", "")
        return render_template(
            "web/tani/home.html",
            side=trader.side,
            me=trader.party,
            said=said if said in SAID else "",
            code=request.args.get("kode", "")[:40],
            deals=[it for it in deals if it.state in OPEN_DEALS],
            ended=[it for it in deals if it.state not in OPEN_DEALS][:10],
            offers=offers,
            held=held,
            demands=demands,
            wanted=wanted,
            wanted_most=WANTED_MOST,
            asked=[(each, shown(each.tracking) if each.tracking else "") for each in asked],
            commodities=self._deps.config.city.market.commodities,
            villages=by_code,
            waiting=frozenset({DealState.OFFERED, DealState.RESERVED}),
        )

    def _wanted(self, conn: Connection, trader: Trader, commodities: list[str]) -> list[views.ListedDemand]:
        """First what fits what the farmer offers, then everything else that is wanted."""
        every = views.open_demands(conn, g.now, MOST * 10, but_of=trader.person.id)
        return sorted(every, key=lambda it: it.demand.commodity not in commodities)[:WANTED_MOST]

    def profile(self) -> Answer:
        """Who it is: for the other side once both have agreed, and for messages."""
        self._traders.person()
        reach, addresses = self._traders.reach(), reachable(self._deps)
        if request.method == "GET":
            return self._profile_page(self._told(reach))
        page = read_contact(request.form, addresses or ("phone",))
        village = village_named(request.form.get("village", ""))
        page.values["village"] = village.code if village else ""
        for name in ("name", "phone", "village"):
            if not page.values.get(name):
                page.faults.setdefault(name, f"needs_{name}")
        if page.faults:
            return self._profile_page(page, 400)
        told, before = page.values, reach or Reach(None, None)
        lang = (g.lang if told["news"] else None) if addresses else before.lang
        email = (told["email"] or None) if "email" in addresses else before.email
        self._traders.save(Contact(told["name"], told["phone"], told["village"], Reach(email, lang)))
        return redirect(url_for("web.tani", said="disimpan"), 303)

    def _told(self, reach: Reach | None) -> Page:
        """The profile as it is kept."""
        known = self._traders.known()
        if known is None or reach is None:
            return Page({**dict.fromkeys(("name", "phone", "email", "village"), ""), "news": True})
        party = known.party
        values = {"name": party.name, "phone": party.phone, "village": party.village, "email": reach.email}
        return Page({**values, "news": reach.lang is not None})

    def _profile_page(self, page: Page, status: int = 200) -> Answer:
        text = render_template(
            "web/tani/profile.html",
            values=page.values,
            faults=page.faults,
            villages=sorted(VILLAGES, key=lambda it: it.name),
            reachable=reachable(self._deps),
        )
        return (text, status) if status != 200 else text

    def ask(self) -> Answer:
        """A question with a photo: a case of the agriculture agency, with the clocks of every other."""
        trader = self._traders.now()
        if trader.side is not Side.FARMER:
            abort(403)
        if request.method == "GET":
            return self._ask_page(Page({"key": new_key(), "text": ""}))
        try:
            given = request.form.get("key", "")
        except RequestEntityTooLarge:
            return self._ask_page(Page({"key": new_key(), "text": ""}, {"photo": "too_heavy"}), 413)
        page = Page({"key": given if is_key(given) else new_key()})
        text = page.text(request.form, "text", TEXT_MOST)
        if "text" not in page.faults and len(text.split()) < WORDS_LEAST:
            page.faults["text"] = "few_words"
        try:
            _, wrong = photo_of(self._deps.portal, page.values["key"], remove="remove_photo" in request.form)
            if wrong is not None:
                page.faults["photo"] = "photo"
            if page.faults:
                return self._ask_page(page, 400)
            self._traders.limit()
        except Refused as refused:
            page.faults["form"] = f"refused_{refused.code}"
            return self._ask_page(page, 429)
        code = self._send(trader, page.values["key"], text)
        return redirect(url_for("web.portal_status", code=shown(code), terkirim=1), 303)

    def _send(self, trader: Trader, key: str, text: str) -> str:
        """Its tracking code. The same form again is the same question."""
        picture = self._deps.portal.photos.get(key)
        kept = None if picture is None else self._gallery.put(picture)
        code, party = code_of(secrets.randbits(BITS)), trader.party
        told = {"text": text, "village": party.village, "name": party.name, "phone": party.phone}
        raw = Raw(key, {**told, "account": trader.person.name, "lang": g.lang, "received_at": g.now.isoformat()})

        def also(conn: Connection, outcome: Outcome) -> None:
            assert outcome.case_id is not None
            assert outcome.code is not None
            tracking.add(conn, outcome.case_id, code)
            if kept is not None:
                photos.add_received(conn, outcome.code, kept, g.now)

        pipeline = self._deps.pipeline
        pipeline.write(MARKET, raw, pipeline.prepare(self._intake, raw, g.now), g.now, once=True, also=also)
        self._deps.portal.photos.remove(key)
        with reading(self._deps.engine) as conn:
            found = tracking.code_of_report(conn, MARKET, key)
        assert found is not None
        return found

    def _ask_page(self, page: Page, status: int = 200) -> Answer:
        key = page.values["key"]
        has_photo = is_key(key) and self._deps.portal.photos.thumb(key) is not None
        text = render_template("web/tani/ask.html", values=page.values, faults=page.faults, has_photo=has_photo)
        return (text, status) if status != 200 else text
