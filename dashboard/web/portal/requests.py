"""/lapor/CODE/data: what a reporter asks for about the personal data of the report (UU 27/2022)."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from dashboard.api.open311.form import has_invalid_characters, without_html
from dashboard.web.deps import WebDeps
from dashboard.web.portal.status import Found, look_up, page
from data.domain.cases.privacy_requests import ANSWER_WITHIN, RequestKind
from data.domain.cases.tracking_code import shown
from data.store.citizens import requests
from data.store.citizens.requests import TEXT_MOST, NewRequest
from data.store.db.engine import reading, writing


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the page."""

    @web.route("/lapor/<code>/data", methods=["GET", "POST"])
    def portal_data(code: str) -> Response:
        found = look_up(deps, code)
        if not isinstance(found, Found):
            return found
        kind, text = request.form.get("kind", ""), request.form.get("text", "").strip()
        fault = _fault(kind, text) if request.method == "POST" else ""
        if request.method == "GET" or fault:
            return _page(deps, found, fault)
        with writing(deps.engine) as conn:
            requests.ask(conn, NewRequest(found.mine.id, RequestKind(kind), without_html(text)), g.now)
        return redirect(url_for("web.portal_data", code=shown(found.code)), 303)


def _fault(kind: str, text: str) -> str:
    if kind not in set(RequestKind):
        return "kind"
    if len(text) > TEXT_MOST:
        return "too_long"
    if kind == RequestKind.CORRECTION and not text:
        return "no_words"
    return "characters" if has_invalid_characters(text) else ""


def _page(deps: WebDeps, found: Found, fault: str) -> Response:
    with reading(deps.engine) as conn:
        asked = requests.of_case(conn, found.mine.id)
    answer = page(
        "web/portal/data.html",
        code=400 if fault else 200,
        found=found,
        fault=fault,
        asked=asked,
        kinds=list(RequestKind),
        hours=int(ANSWER_WITHIN.total_seconds() // 3600),
        most=TEXT_MOST,
    )
    answer.headers["Referrer-Policy"] = "strict-origin"  # as of the rating
    return answer
