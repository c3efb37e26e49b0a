"""What a responder's telephone keeps for the time without network: the empty page, and the last list of cases.

The list is safe to be kept: it has no words, no reporter and no position, of a private case its code alone. It belongs
to the account that fetched it (`mark_of`), is forgotten at the logout, and shown for twelve hours at most.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, g, jsonify, make_response, render_template, url_for

from dashboard.auth.visitor import person_now, token_now
from dashboard.boards import PAGE_BOARDS
from dashboard.web.cases.case_view import agency_choices
from dashboard.web.deps import WebDeps
from dashboard.web.installable import Installable
from dashboard.web.page_context import POLICY
from data.domain.cases.commands.model import CommandKind
from data.domain.cases.commands.rules import listed
from data.domain.cases.model import ActorKind
from data.domain.city.model import TRIAGE
from data.domain.desk.lists import DeskRow
from data.store.db.engine import reading
from layouts.boards.desk_list import QUEUE_ROWS, left
from layouts.kit.words import words

APP = Installable(
    "respon",
    page="web.respond",
    shell="web.respond_shell",
    pages=(r"^/respon(/[^/]+)?$",),
    scripts=("web.css", "phone.js", "respond.js"),
)
QUEUE = PAGE_BOARDS["respond_queue"]
APP_POLICY = f"{POLICY}; worker-src 'self'; manifest-src 'self'"
"""Content-Security-Policy of the responders' pages."""


@dataclass(frozen=True, slots=True)
class CaseForms:
    """The forms of a case's commands."""

    code: str
    version: int
    action: str
    can: frozenset[CommandKind]
    pauses: tuple[str, ...]
    agency: str
    today: str
    """The local day; empty in the page that is kept."""
    is_on_the_way: bool = False
    """The agency has already said so."""


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register what the worker, the browser and the scripts ask for."""

    @web.get("/respon/manifest.webmanifest")
    def respond_manifest() -> Response:
        return APP.manifest()

    @web.get("/respon/kerangka")
    def respond_shell() -> Response:
        answer = make_response(_shell(deps))
        answer.headers["Content-Security-Policy"] = APP_POLICY
        return answer

    @web.get("/respon/pekerja.js")
    def respond_worker() -> Response:
        return APP.worker(lambda: _shell(deps))

    @web.get("/respon/segel")
    def respond_seal() -> Response:
        """For what waited on the telephone while another session was open."""
        token = token_now(deps.config.server.public_url)
        return jsonify(csrf=deps.gate.seals.csrf_token(token), mark=mark_of(deps))

    @web.get("/respon/simpan")
    def respond_kept() -> Response:
        return jsonify(mark=mark_of(deps), cases=_cases(deps))


def mark_of(deps: WebDeps) -> str:
    """By which a telephone tells accounts apart; it says nothing of them. Empty for a stranger."""
    person = person_now()
    return "" if person is None else deps.gate.seals.mark(person.id)


def _shell(deps: WebDeps) -> str:
    """Without anything of who is logged in."""
    city = deps.config.city
    forms = CaseForms("", 0, url_for("web.respond"), frozenset(CommandKind), tuple(city.pauses), "", "")
    return render_template(
        "web/respond_shell.html",
        person=None,
        navigation=[],
        home_page=url_for("web.respond"),
        mark="",
        it=forms,
        typed={},
        templates={},
        agencies=[pair for pair in agency_choices(city) if pair[0] != TRIAGE],
        place=city,
    )


def _cases(deps: WebDeps) -> list[dict[str, Any]]:
    person = person_now()
    assert person is not None
    audience = replace(person.audience, private=False)
    with reading(deps.engine) as conn:
        found = QUEUE.ask(conn, replace(deps.context.query, audience=audience), g.now, QUEUE_ROWS)
    return [_case(deps, row) for row in found.rows]


def _case(deps: WebDeps, row: DeskRow) -> dict[str, Any]:
    it, say = row.case, words(g.lang)
    can = [kind.value for kind in listed(ActorKind.AGENCY, it.state)]
    told = {"code": it.code, "version": row.version, "state": say(f"case.{it.state}"), "can": can}
    if it.private:
        return told
    category = deps.config.city.categories.get(it.category)
    name = category.name[g.lang] if category else it.category
    return {**told, "category": name, "village": it.village or "", "due": left(row, deps.context.page_viewport(g.lang))}
