"""/lapor/CODE/lengkapi: the reporter writes what was asked for, and the case goes on."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from dashboard.api.open311.form import has_invalid_characters, without_html
from dashboard.web.deps import WebDeps
from dashboard.web.portal.status import Found, look_up, page
from data.domain.cases.commands.model import Actor, Command, CommandKind
from data.domain.cases.model import ActorKind
from data.domain.cases.tracking_code import shown
from data.domain.sla.terms import terms
from data.store.cases.commands import CommandRefused, CommandRules, Order, apply
from data.store.db.engine import writing

TEXT_MOST = 5000
CITIZEN = Actor("", ActorKind.CITIZEN)


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the page."""
    rules = CommandRules(deps.config.city, partial(terms, deps.config.city, deps.context.calendars))

    @web.route("/lapor/<code>/lengkapi", methods=["GET", "POST"])
    def portal_completion(code: str) -> Response:
        found = look_up(deps, code)
        if not isinstance(found, Found):
            return found
        text, fault = request.form.get("text", "").strip(), ""
        if found.asked and request.method == "POST" and not (fault := _fault(text)):
            _reply(deps, found, without_html(text), rules)
        elif found.asked:
            return _page(found, fault)
        return redirect(url_for("web.portal_status", code=shown(found.code)), 303)


def _fault(text: str) -> str:
    if not text:
        return "no_words"
    if len(text) > TEXT_MOST:
        return "too_long"
    return "characters" if has_invalid_characters(text) else ""


def _page(found: Found, fault: str) -> Response:
    answer = page("web/portal/completion.html", code=400 if fault else 200, found=found, fault=fault, most=TEXT_MOST)
    answer.headers["Referrer-Policy"] = "strict-origin"  # as of the rating
    return answer


def _reply(deps: WebDeps, found: Found, text: str, rules: CommandRules) -> None:
    """A case that goes on already, or was closed a moment ago, stays as it is: its page says so."""
    order = Order(found.mine.facts.code, found.mine.version, Command(CommandKind.RESUME, text=text), CITIZEN)
    try:
        with writing(deps.engine) as conn:
            apply(conn, order, rules, g.now)
    except CommandRefused:
        return
