"""/permintaan: requests about personal data under their clock of 72 hours, for the administrator and the supervisor.

The supervisor sees them; the administrator gives out, corrects, erases. Each look at one is in the audit, and so in the
log of processing that an access gives out.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dashboard.auth.visitor import person_now
from dashboard.portal.answering import RequestAnswer, answer_request
from dashboard.portal.form import EMAIL, PHONE
from dashboard.web.deps import WebDeps
from data.domain.access.roles import Role
from data.domain.cases.privacy_requests import RequestKind
from data.store.citizens import privacy, requests
from data.store.citizens.requests import TEXT_MOST, PrivacyRequest
from data.store.db.engine import reading

LISTED = 200
CONTACT = ("name", "phone", "email")
NAME_MOST = 200
DESTROYS = frozenset({RequestKind.ERASURE, RequestKind.WITHDRAWAL})


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the list, a request, its file and its answer."""

    @web.get("/permintaan")
    def privacy_requests() -> str:
        with reading(deps.engine) as conn:
            found = requests.listed(conn, LISTED)
        return render_template("web/privacy_requests.html", found=found)

    @web.get("/permintaan/<code>/<int:number>")
    def privacy_request(code: str, number: int) -> str:
        return _page(deps, _asked(deps, code, number))

    @web.get("/permintaan/<code>/<int:number>/data.json")
    def privacy_request_file(code: str, number: int) -> Response:
        asked = _asked(deps, code, number)
        with reading(deps.engine) as conn:
            told = {"cases": [privacy.told_of(conn, asked.case_id)]}
        answer = Response(json.dumps(told, ensure_ascii=False, indent=2), content_type="application/json")
        answer.headers["Content-Disposition"] = f'attachment; filename="{asked.code}.json"'
        return answer

    @web.post("/permintaan/<code>/<int:number>")
    def privacy_request_answer(code: str, number: int) -> AnyResponse | tuple[str, int]:
        asked = _asked(deps, code, number)
        fault = _fault(asked)
        if fault:
            return _page(deps, asked, fault), 422
        person = person_now()
        assert person is not None
        given = RequestAnswer(person.name, request.form["text"].strip(), _is_done(), _contact(asked))
        if not answer_request(deps.engine, deps.home.path, asked, given, g.now):
            return _page(deps, _asked(deps, code, number), "overtaken"), 409
        return redirect(url_for("web.privacy_request", code=code, number=number), 303)


def _asked(deps: WebDeps, code: str, number: int) -> PrivacyRequest:
    with reading(deps.engine) as conn:
        asked = requests.by_id(conn, number)
    if asked is None or asked.code != code:
        abort(404)
    return asked


def _page(deps: WebDeps, asked: PrivacyRequest, fault: str = "") -> str:
    person = person_now()
    with reading(deps.engine) as conn:
        contact = requests.contact_of(conn, asked.case_id)
    return render_template(
        "web/privacy_request.html",
        asked=asked,
        fault=fault,
        contact=contact | {name: request.form[name] for name in CONTACT if name in request.form},
        answers=person is not None and person.role is Role.ADMINISTRATOR,
        opens_case=person is not None and person.role is Role.SUPERVISOR,
        destroys=asked.kind in DESTROYS,
        most=TEXT_MOST,
    )


def _is_done() -> bool:
    return request.form.get("outcome") == "done"


def _contact(asked: PrivacyRequest) -> dict[str, str | None]:
    """Of a correction."""
    if asked.kind is not RequestKind.CORRECTION:
        return {}
    return {name: request.form.get(name, "").strip() or None for name in CONTACT}


def _fault(asked: PrivacyRequest) -> str:
    text, contact = request.form.get("text", "").strip(), _contact(asked)
    if request.form.get("outcome") not in {"done", "refused"}:
        return "outcome"
    if not text or len(text) > TEXT_MOST or "\x00" in text:
        return "text"
    if not _is_done():
        return ""
    if asked.kind in DESTROYS and request.form.get("sure") != "yes":
        return "sure"
    name, phone, email = (contact.get(each) for each in CONTACT)
    if (phone and not PHONE.fullmatch(phone)) or (email and not EMAIL.fullmatch(email)):
        return "contact"
    return "contact" if name and (len(name) > NAME_MOST or "\x00" in name) else ""
