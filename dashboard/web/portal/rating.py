"""/lapor/CODE/nilai: one question after the answer, once in each cycle, and three of the nine elements of the survey;
'not solved' in time asks for reopening.
"""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from dashboard.api.open311.form import has_invalid_characters, without_html
from dashboard.web.deps import WebDeps
from dashboard.web.portal.status import Found, look_up, page
from data.domain.cases.model import NOT_SOLVED, ActorKind, CaseEvent, EventKind
from data.domain.cases.satisfaction import POINTS, asked_of
from data.domain.cases.tracking_code import shown
from data.domain.sla.terms import terms
from data.store.cases import cases
from data.store.citizens import ratings
from data.store.citizens.ratings import NO, SCORES, SOLVED, TEXT_MOST, Rating
from data.store.db.engine import writing


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the page."""

    @web.route("/lapor/<code>/nilai", methods=["GET", "POST"])
    def portal_rating(code: str) -> Response:
        found = look_up(deps, code)
        if not isinstance(found, Found):
            return found
        if not found.may_vote:
            return redirect(url_for("web.portal_status", code=shown(found.code)), 303)
        solved, text = request.form.get("solved", ""), request.form.get("text", "").strip()
        fault = _fault(solved, text) if request.method == "POST" else ""
        if request.method == "GET" or fault:
            return _page(deps, found, fault)
        _vote(deps, found, solved, without_html(text))
        return redirect(url_for("web.portal_status", code=shown(found.code)), 303)


def asks_reopening(deps: WebDeps, found: Found) -> bool:
    """Whether 'not solved' would still ask for reopening."""
    ended_at = found.ended_at
    return ended_at is not None and g.now <= ended_at + deps.config.portal.reopen_within


def _page(deps: WebDeps, found: Found, fault: str) -> Response:
    answer = page(
        "web/portal/rating.html",
        code=400 if fault else 200,
        found=found,
        fault=fault,
        asks=asks_reopening(deps, found),
        until=found.ended_at + deps.config.portal.reopen_within if found.ended_at else None,
        scores=SCORES,
        elements=asked_of(found.mine.id, found.cycle),
        most=TEXT_MOST,
    )
    # The form must say the origin that it comes from; the path, with the code in it, it never says.
    answer.headers["Referrer-Policy"] = "strict-origin"
    return answer


def _fault(solved: str, text: str) -> str:
    if solved not in SOLVED:
        return "solved"
    if len(text) > TEXT_MOST:
        return "too_long"
    return "characters" if has_invalid_characters(text) else ""


def _vote(deps: WebDeps, found: Found, solved: str, text: str) -> None:
    """Vote and event in one transaction; a second vote of the cycle changes nothing."""
    given = request.form.get("score", "")
    score = int(given) if given in {str(each) for each in SCORES} else None
    asks = solved == NO and asks_reopening(deps, found)
    status, facts = found.mine.status, found.mine.facts
    vote = Rating(found.mine.id, found.cycle, g.now, solved, score, text, asks)
    event = CaseEvent(
        g.now, EventKind.RATED, ActorKind.CITIZEN, reason=NOT_SOLVED if solved == NO else None, text=text or None
    )
    policy = (status.policy, status.policy_version)
    case_terms = terms(deps.config.city, deps.context.calendars, facts.category, policy, facts.service_class)
    with writing(deps.engine) as conn:
        if ratings.add(conn, vote):
            seq = cases.append(conn, found.mine.id, [event], case_terms, g.now).seq
            assert seq is not None
            ratings.add_elements(conn, vote, _elements(vote), seq)


def _elements(vote: Rating) -> dict[str, int]:
    """The points given to those elements that are asked of this case; the others are nobody's answer."""
    given = {name: request.form.get(f"element_{name}", "") for name in asked_of(vote.case_id, vote.cycle)}
    return {name: int(points) for name, points in given.items() if points in {str(each) for each in POINTS}}
