"""/atas-nama: what a village or field officer entered for others, and a slip with the tracking code of each."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, make_response, render_template, url_for
from markupsafe import Markup

from dashboard.auth.second_factor import qr_code
from dashboard.web.deps import WebDeps
from dashboard.web.portal.browser import POLICY, officer_now
from data.domain.cases.model import CaseState
from data.domain.cases.tracking_code import shown
from data.reference.places.villages import village_named
from data.store.assistants.village_questions import count_open
from data.store.citizens import on_behalf
from data.store.db.engine import reading
from layouts.kit.words import words

LISTED = 50


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the list and the slip."""

    @web.get("/atas-nama")
    def on_behalf_list() -> Response:
        officer = officer_now(deps)
        if officer is None:
            abort(403)
        with reading(deps.engine) as conn:
            reports = on_behalf.entered_by(conn, officer.user_id, LISTED)
            questions = count_open(conn, officer.villages)
        return _page("on_behalf.html", deps, officer=officer, reports=reports, questions=questions, states=CaseState)

    @web.get("/atas-nama/<code>")
    def on_behalf_slip(code: str) -> Response:
        officer = officer_now(deps)
        with reading(deps.engine) as conn:
            report = None if officer is None else on_behalf.report_of(conn, officer.user_id, code)
        if report is None:
            abort(404)
        address = url_for("web.portal_status", code=shown(report.tracking), _external=True)
        picture = Markup(qr_code(address, words(g.lang)("portal.slip.picture")))
        found = village_named(report.village) if report.village else None
        village = found.name if found else ""
        return _page("slip.html", deps, report=report, code=shown(report.tracking), picture=picture, village=village)


def _page(template: str, deps: WebDeps, **values: object) -> Response:
    text = render_template(f"web/portal/{template}", categories=deps.config.city.categories, **values)
    answer = make_response(text)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
