"""/kota/usaha: small businesses register or correct their entry. An officer checks it before anything is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.api.rate_limits import address_of
from dashboard.portal.form import Page
from dashboard.portal.service import Refused, device_id
from dashboard.web.city.business_form import FIELDS, contact_of, fields_of, read
from dashboard.web.city.deps import CityDeps
from dashboard.web.city.places import categories_of, category_name
from dashboard.web.city.publishing import address
from dashboard.web.portal.browser import POLICY, device_cookie, is_robot, remember_device
from data.domain.cases.tracking_code import read_code, shown
from data.domain.guide.nouns import Place, PlaceKind
from data.reference.places.villages import VILLAGES
from data.store.db.engine import reading, writing
from data.store.guide import places, submissions
from data.store.guide.public import public_by_code
from data.store.guide.submissions import Submission, SubmissionKind, SubmissionState
from data.store.guide.writing import GuideWrite

SOURCE, PURPOSE = "usaha", "usaha"
LEAST, MOST = timedelta(seconds=3), timedelta(hours=24)
"""How old a form is when it is sent: robots are faster, and its seal does not last for ever."""
AGAIN = timedelta(hours=1)
CODE_MOST = 60


def register(web: Blueprint, city: CityDeps) -> None:
    """Register the form, the way to a code, and what became of it."""
    pages = BusinessPages(city)

    @web.route("/kota/usaha", methods=["GET", "POST"])
    def public_business() -> Response:
        return pages.form()

    @web.post("/kota/usaha/cari")
    def public_business_find() -> Response:
        typed = request.form.get("code", "")[:CODE_MOST].strip()
        code = read_code(typed)
        known = shown(code) if code else typed.replace("/", "-") or "-"
        return redirect(url_for("web.public_business_status", code=known), 303)

    @web.get("/kota/usaha/<code>")
    def public_business_status(code: str) -> Response:
        return pages.status(code)


class BusinessPages:
    """The pages."""

    def __init__(self, city: CityDeps) -> None:
        self._city, self._deps = city, city.web

    def form(self) -> Response:
        """A registration, or with ?tempat=CODE a correction."""
        self._city.check_open()
        place = self._corrected()
        if request.method == "GET":
            return self._drawn(place, self._known(place), {})
        page = read(request.form, self._categories())
        try:
            if (why := self._refusal()) is not None:
                return self._drawn(place, page.values, {"form": why}, 400)
            if page.faults:
                return self._drawn(place, page.values, page.faults, 400)
            self._limit()
        except Refused as refused:
            return self._drawn(place, page.values, {"form": refused.code}, 429)
        code = self._keep(page, place)
        answer = redirect(url_for("web.public_business_status", code=shown(code), terkirim=1), 303)
        return remember_device(answer, self._deps)

    def status(self, typed: str) -> Response:
        """What became of it, for who has its code."""
        self._city.check_open()
        where = address_of(request)
        if not self._deps.portal.may_look_up(where):
            return self._unknown(429)
        with reading(self._deps.engine) as conn:
            found = submissions.by_code(conn, typed[:CODE_MOST])
            place = self._published(found, conn) if found else None
        if found is None:
            self._deps.portal.missed(where, g.now)
            return self._unknown(404)
        just_sent = "terkirim" in request.args
        return _page(
            "web/city/business_status.html", found=found, shown_code=shown(found.code), place=place, just_sent=just_sent
        )

    def _published(self, found: Submission, conn: Any) -> Place | None:
        if found.state is not SubmissionState.ACCEPTED or found.place_id is None:
            return None
        place = places.by_id(conn, found.place_id)
        return None if place is None else public_by_code(conn, place.code)

    def _corrected(self) -> Place | None:
        """The business that is corrected; 404 for one that is not there."""
        code = request.args.get("tempat")
        if code is None:
            return None
        with reading(self._deps.engine) as conn:
            found = public_by_code(conn, code[:CODE_MOST])
        if found is None or found.kind is not PlaceKind.BUSINESS:
            abort(404)
        return found

    def _categories(self) -> list[str]:
        return [code for code, it in categories_of(self._deps.config).items() if it.kind is PlaceKind.BUSINESS]

    def _known(self, place: Place | None) -> dict[str, Any]:
        """What is public of it stands in the form."""
        values: dict[str, Any] = dict.fromkeys(FIELDS, "")
        if place is None:
            return values
        for name in ("name", "category", "village", "opening_hours", "phone", "url"):
            values[name] = getattr(place, name) or ""
        for name in ("nib", "kbli", "pirt", "halal"):
            values[name] = getattr(place.business, name, None) or ""
        values["text"] = (place.text or {}).get(g.lang, "")
        return values

    def _refusal(self) -> str | None:
        """A robot, or a form that is too young or too old."""
        if is_robot():
            return "robot"
        moment, _, signed = request.form.get("stamp", "")[:100].partition(".")
        if not (moment.isascii() and moment.isdigit() and self._deps.gate.seals.is_signed(signed, PURPOSE, moment)):
            return "stale"
        age = g.now - datetime.fromtimestamp(int(moment), UTC)
        return "too_fast" if age < LEAST else "stale" if age > MOST else None

    def _limit(self) -> None:
        """Raises Refused."""
        settings = self._deps.config.public_page
        self._deps.portal.limit("business_device", self._device(), settings.per_device, g.now)
        self._deps.portal.limit("business_address", address_of(request), settings.per_address, g.now)

    def _device(self) -> str:
        return device_id(device_cookie(self._deps), self._deps.home.secret())

    def _keep(self, page: Page, place: Place | None) -> str:
        """Its code; what was sent a second time keeps the first one's."""
        fields = fields_of(page.values, g.lang, g.now)
        contact = contact_of(page.values, g.lang, self._device())
        kind = SubmissionKind.CORRECTION if place else SubmissionKind.REGISTRATION
        with writing(self._deps.engine) as conn:
            for each in submissions.waiting(conn):
                if each.contact == contact and _same(each.fields, fields) and g.now - each.at < AGAIN:
                    return each.code
            write = GuideWrite(conn, SOURCE, g.now)
            return submissions.submit(write, kind, fields, contact, place.id if place else None)

    def _drawn(
        self, place: Place | None, values: Mapping[str, Any], faults: Mapping[str, str], code: int = 200
    ) -> Response:
        moment = str(int(g.now.timestamp()))
        return _page(
            "web/city/business.html",
            code=code,
            place=place,
            values=values,
            faults=faults,
            stamp=f"{moment}.{self._deps.gate.seals.sign(PURPOSE, moment)}",
            villages=VILLAGES,
            categories=[(each, category_name(self._deps.config, each)) for each in self._categories()],
        )

    def _unknown(self, code: int) -> Response:
        return _page("web/city/business_unknown.html", code=code, wait=code == 429)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """But for the moment of the consent."""
    return {**one, "phone_consent_at": None} == {**other, "phone_consent_at": None}


def _page(template: str, *, code: int = 200, **values: object) -> Response:
    """A page that nobody keeps."""
    answer = make_response(render_template(template, to=address, **values), code)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer
