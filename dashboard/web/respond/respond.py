"""/respon: the queue of an agency's responders, and one case with what they can do. For a telephone, first of all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, g, jsonify, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from dashboard.auth.forms import allow_body
from dashboard.auth.visitor import FRAGMENT, person_now, token_now
from dashboard.web.cases.case_view import CaseView, CaseViews, agency_choices, map_of
from dashboard.web.cases.command_form import BODY_MOST, PHOTO, CommandForms, Outcome, kind_of
from dashboard.web.cases.templates import chosen_template, offered
from dashboard.web.deps import WebDeps
from dashboard.web.respond import offline
from dashboard.web.respond.offline import APP_POLICY, QUEUE, CaseForms, mark_of
from data.domain.access.roles import Person
from data.domain.cases.commands.model import CommandKind
from data.domain.cases.commands.rules import is_on_the_way
from data.domain.city.model import TRIAGE
from data.domain.reasons import encode_reason
from data.store.db.engine import Connection, reading
from layouts.boards.desk_list import QUEUE_ROWS
from layouts.kit.markup import to_html
from layouts.kit.words import words

GONE = frozenset({CommandKind.TRANSFER, CommandKind.RESOLVE})
"""After these the queue is shown."""
FROM_QUEUE = "X-Queue"
"""A command that waited on the telephone says so: its answer is JSON."""


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the queue, a case and its commands, and what opens them without network."""
    views = CaseViews(deps)
    pages = RespondPages(deps, views)
    forms = CommandForms(deps, views)
    offline.register(web, deps)

    @web.get("/respon")
    def respond() -> Response:
        return _of_app(pages.queue())

    @web.get("/respon/<code>")
    def respond_case(code: str) -> Response | tuple[Response, int]:
        page = pages.case(code, None)
        return _of_app(page) if page is not None else pages.gone(code)

    @web.post("/respon/<code>")
    @allow_body(BODY_MOST, token_in_query=True)
    def respond_command(code: str) -> Response | tuple[Response, int]:
        if forms.sent_before(request.form, _person()) is None and not pages.has(code):
            return pages.gone(code)
        sent = request.files.get(PHOTO)
        try:
            outcome = forms.send(code, request.form, _person(), g.now, sent.read() if sent else b"")
        except LookupError:
            return pages.gone(code)
        if outcome.version is None:
            if FROM_QUEUE in request.headers:
                return jsonify(said=words(g.lang).stored_sentence(encode_reason(outcome.fault or ""))), outcome.status
            page = pages.case(code, outcome)
            return (_of_app(page), outcome.status) if page is not None else pages.gone(code)
        address = _onward(code, kind_of(request.form))
        if FROM_QUEUE in request.headers:
            return jsonify(version=outcome.version, address=address), 200
        return redirect(address, 303)


def _of_app(page: str) -> Response:
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = APP_POLICY
    return answer


def _onward(code: str, kind: CommandKind | None) -> str:
    """Where the person goes on after a command."""
    done: dict[str, Any] = {"selesai": code, "perintah": kind or ""}
    return url_for("web.respond", **done) if kind in GONE else url_for("web.respond_case", code=code, **done)


def _person() -> Person:
    person = person_now()
    if person is None:
        abort(403)
    return person


class RespondPages:
    """Shows the queue and its cases."""

    def __init__(self, deps: WebDeps, views: CaseViews) -> None:
        self._deps, self._views = deps, views

    def queue(self) -> str:
        """The cases of the person's agencies."""
        with reading(self._deps.engine) as conn:
            regions = self._regions(conn, _person())
        page = "web/respond_live.html" if FRAGMENT in request.headers else "web/respond.html"
        return render_template(page, regions=regions, done=_done(), mark=mark_of(self._deps))

    def has(self, code: str) -> bool:
        """Whether this person may see the case."""
        with reading(self._deps.engine) as conn:
            return self._views.read(conn, code, _person(), g.now) is not None

    def gone(self, code: str) -> tuple[Response, int]:
        """404 with what was typed, for a case that this person has not (any more): the same for one that never was."""
        typed = request.form.get("text", "").strip()
        page = render_template("web/respond_gone.html", code=code[:40], typed=typed, mark=mark_of(self._deps))
        return _of_app(page), 404

    def case(self, code: str, outcome: Outcome | None) -> str | None:
        """One case; after a fault with the form as it was typed, and why nothing was done. None: it is not this
        person's.
        """
        with reading(self._deps.engine) as conn:
            view = self._views.read(conn, code, _person(), g.now)
        if view is None:
            return None
        templates = offered(self._deps.config.desk, view, self._deps.config.city, g.lang)
        return render_template(
            "web/respond_case.html",
            view=view,
            outcome=outcome,
            typed=request.form if outcome else chosen_template(templates),
            templates=templates,
            map=self._map(view),
            done=_done(),
            mark=mark_of(self._deps),
            commands=self._forms(view),
            agencies=[pair for pair in agency_choices(self._deps.config.city) if pair[0] != TRIAGE],
            place=self._deps.config.city,
        )

    def _forms(self, view: CaseView) -> CaseForms:
        it, city = view.standing, self._deps.config.city
        token = token_now(self._deps.config.server.public_url)
        csrf = self._deps.gate.seals.csrf_token(token)
        action = url_for("web.respond_command", code=it.code, csrf=csrf)
        today = g.now.astimezone(ZoneInfo(city.timezone)).date().isoformat()
        return CaseForms(it.code, it.version, action, view.can, it.pauses, it.agency, today, is_on_the_way(it))

    def _map(self, view: CaseView) -> Markup | None:
        drawn = map_of(view, self._deps, words(g.lang)("desk.map"))
        return None if drawn is None else Markup(to_html(drawn))

    def _regions(self, conn: Connection, person: Person) -> dict[str, Markup]:
        query = replace(self._deps.context.query, audience=person.audience)
        found = QUEUE.ask(conn, query, g.now, QUEUE_ROWS)
        drawn = QUEUE.draw(found, self._deps.context.page_viewport(g.lang), g.now, self._deps.context.drawing)
        return {name: Markup(to_html(tag)) for name, tag in drawn.items()}


def _done() -> dict[str, Any] | None:
    code, kind = request.args.get("selesai", ""), request.args.get("perintah", "")
    return {"code": code[:40], "kind": kind} if code and kind in set(CommandKind) else None
