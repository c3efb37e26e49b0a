"""/meja: the operators' desk. The inbox of new cases, beside it one case with all that can be done to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, g, jsonify, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from dashboard.auth.visitor import FRAGMENT, person_now
from dashboard.boards import PAGE_BOARDS
from dashboard.web.cases.case_view import CaseView, CaseViews, agency_choices, category_choices, map_of
from dashboard.web.cases.command_form import CommandForms, Outcome, kind_of
from dashboard.web.cases.templates import chosen_template, offered
from dashboard.web.deps import WebDeps
from data.domain.access.roles import Person
from data.domain.cases.commands.model import REFUSALS, UNDO_WITHIN, CommandKind
from data.domain.city.model import TRIAGE, Priority
from data.domain.desk.lists import DeskList
from data.store.accounts import presence
from data.store.db.engine import Connection, reading, writing
from data.store.queries.desk import lists
from layouts.boards.desk_list import DESK_ROWS
from layouts.kit.markup import to_html
from layouts.kit.words import words

LEAVES_INBOX = frozenset({CommandKind.DISPATCH, CommandKind.REFUSE, CommandKind.DECLINE, CommandKind.FOLD})
"""After these the next case is shown."""
UNDOABLE = frozenset(
    {
        CommandKind.VERIFY,
        CommandKind.DISPATCH,
        CommandKind.TRANSFER,
        CommandKind.RECLASSIFY,
        CommandKind.PRIORITISE,
        CommandKind.FOLD,
    }
)
GATHERED, TAKEN_BACK = "gather", "ungather"
"""What was done to several cases at once."""
INBOX = PAGE_BOARDS["desk_inbox"]
BESIDE_INBOX = "X-Beside-Inbox"
"""The desk's script sends it: it has the inbox, and asks for what stands beside it."""


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the pages and the form of commands."""
    views = CaseViews(deps)
    desk_page = DeskPage(deps, views)
    forms = CommandForms(deps, views)

    @web.get("/meja")
    def desk() -> str | Response:
        return desk_page.show(None)

    @web.get("/meja/<code>")
    def desk_case(code: str) -> str | Response:
        return desk_page.show(code)

    @web.post("/meja/<code>")
    def desk_command(code: str) -> str | Response | tuple[str, int]:
        person, kind = _person(), kind_of(request.form)
        following = desk_page.next_after(code) if kind in LEAVES_INBOX else None
        try:
            outcome = forms.send(code, request.form, person, g.now)
        except LookupError:
            abort(404)
        if outcome.applied is None:
            return desk_page.show_fault(code, outcome), outcome.status
        return _onward(_after(outcome, kind, following))

    _register_gathering(web, desk_page, forms)

    @web.post("/meja/<code>/hadir")
    def desk_presence(code: str) -> dict[str, list[str]]:
        with writing(deps.engine) as conn:
            if views.read(conn, code, _person(), g.now) is None:
                abort(404)
            found = presence.seen(conn, code, _person().name, g.now)
        return {"others": found}


def _register_gathering(web: Blueprint, desk_page: DeskPage, forms: CommandForms) -> None:
    @web.post("/meja/<code>/gabung")
    def desk_gather(code: str) -> str | Response | tuple[str, int]:
        outcome = forms.gather(code, request.form.getlist("other"), _person(), g.now)
        if outcome.applied is None:
            return desk_page.show_fault(code, outcome), outcome.status
        return _onward(url_for("web.desk_case", code=code, selesai=code, perintah=GATHERED))

    @web.post("/meja/<code>/gabung/batal")
    def desk_take_back(code: str) -> str | Response | tuple[str, int]:
        outcome = forms.take_back_gathering(code, _person(), g.now)
        if outcome.applied is None:
            return desk_page.show_fault(code, outcome), outcome.status
        return _onward(url_for("web.desk_case", code=code, selesai=code, perintah=TAKEN_BACK))


def _onward(address: str) -> Response:
    """To the next page; the desk's script is told where that is, and goes there itself."""
    asked = request.accept_mimetypes.best == "application/json"
    return jsonify(to=address) if asked else redirect(address, 303)


def _after(outcome: Outcome, kind: CommandKind | None, following: str | None) -> str:
    """The address to go on to: the next case of the inbox, or the same case; it says what was done."""
    applied = outcome.applied
    assert applied is not None
    leaves = kind in LEAVES_INBOX
    done = {"selesai": applied.code, "perintah": kind or ""}
    if kind in UNDOABLE:
        done |= {"versi": str(applied.first), "dilihat": str(applied.version)}
    if leaves and following is None:
        return url_for("web.desk", **done)  # type: ignore[arg-type]
    return url_for("web.desk_case", code=following if leaves else applied.code, **done)  # type: ignore[arg-type]


def _person() -> Person:
    person = person_now()
    if person is None:
        abort(403)
    return person


class DeskPage:
    """Shows the desk."""

    def __init__(self, deps: WebDeps, views: CaseViews) -> None:
        self._deps, self._views = deps, views

    def show(self, code: str | None) -> str | Response:
        """The inbox with this case, else with its first one."""
        person, is_part = _person(), BESIDE_INBOX in request.headers
        with reading(self._deps.engine) as conn:
            inbox = None if is_part and code else self._inbox(conn, person)
            regions = None if is_part or inbox is None else self._regions(inbox)
            if FRAGMENT in request.headers:
                return render_template("web/desk_live.html", regions=regions)
            first = inbox.rows[0].case.code if inbox is not None and inbox.rows else None
            chosen = code or first
            view = None if chosen is None else self._views.read(conn, chosen, person, g.now)
        if code is not None and view is None:
            abort(404)
        return self._page(view, regions, None)

    def show_fault(self, code: str, outcome: Outcome) -> str:
        """The case as it is now, the form as it was typed, and why nothing was done."""
        person, is_part = _person(), BESIDE_INBOX in request.headers
        with reading(self._deps.engine) as conn:
            regions = None if is_part else self._regions(self._inbox(conn, person))
            view = self._views.read(conn, code, person, g.now)
        if view is None:
            abort(404)
        return self._page(view, regions, outcome)

    def next_after(self, code: str) -> str | None:
        """The case that follows in the inbox; after the last one the first."""
        with reading(self._deps.engine) as conn:
            codes = lists.inbox_codes(conn, DESK_ROWS, audience=_person().audience)
        at = codes.index(code) if code in codes else -1
        others = [*codes[at + 1 :], *codes[: max(at, 0)]]
        return others[0] if others else None

    def _inbox(self, conn: Connection, person: Person) -> DeskList:
        query = replace(self._deps.context.query, audience=person.audience)
        found = INBOX.ask(conn, query, g.now, DESK_ROWS)
        assert isinstance(found, DeskList)
        return found

    def _regions(self, inbox: DeskList) -> dict[str, Markup]:
        viewport = self._deps.context.page_viewport(g.lang)
        drawn = INBOX.draw(inbox, viewport, g.now, self._deps.context.drawing)
        return {name: Markup(to_html(tag)) for name, tag in drawn.items()}

    def _page(self, view: CaseView | None, regions: dict[str, Markup] | None, outcome: Outcome | None) -> str:
        """Without regions what stands beside the inbox."""
        city = self._deps.config.city
        return render_template(
            "web/desk_shown.html" if regions is None else "web/desk.html",
            regions=regions,
            view=view,
            outcome=outcome,
            done=_done(),
            authorities=self._deps.config.desk.authorities,
            agencies=[pair for pair in agency_choices(city) if pair[0] != TRIAGE],
            categories=category_choices(city, g.lang),
            priorities=list(Priority),
            refusals=REFUSALS,
            place=city,
            **({} if view is None else self._around(view, outcome)),
        )

    def _around(self, view: CaseView, outcome: Outcome | None) -> dict[str, Any]:
        drawing = map_of(view, self._deps, words(g.lang)("desk.map"))
        templates = offered(self._deps.config.desk, view, self._deps.config.city, g.lang)
        return {
            "map": None if drawing is None else Markup(to_html(drawing)),
            "templates": templates,
            "typed": request.form if outcome else chosen_template(templates),
        }


def _done() -> dict[str, Any] | None:
    """What the last command did, as the address says; the undo is checked again when it is asked for."""
    code, kind = request.args.get("selesai", ""), request.args.get("perintah", "")
    if not code or kind not in {*CommandKind, GATHERED, TAKEN_BACK}:
        return None
    version, seen = request.args.get("versi", type=int), request.args.get("dilihat", type=int)
    undo: dict[str, Any] | None = None
    if kind == GATHERED:
        undo = {"action": url_for("web.desk_take_back", code=code), "fields": {}}
    elif version is not None and seen is not None:
        fields = {"seen": seen, "undoes": version, "command": CommandKind.UNDO}
        undo = {"action": url_for("web.desk_command", code=code), "fields": fields}
    return {"code": code[:40], "kind": kind, "undo": undo, "seconds": int(UNDO_WITHIN.total_seconds())}
