"""/meja/eskalasi and /respon/eskalasi: what was raised, and its acknowledgement by whoever was told."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.auth.visitor import person_now
from dashboard.web.deps import WebDeps
from data.domain.access.roles import Person, Role
from data.domain.escalation.receivers import may_acknowledge
from data.domain.sla.terms import terms
from data.store.db.engine import reading, writing
from data.store.escalation.steps import LadderRules, NothingToAcknowledge, acknowledge
from data.store.queries.desk.escalations import escalated

LISTS = {"desk": "web.desk_escalations", "respond": "web.agency_escalations"}


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register both lists and their forms."""
    pages = EscalationPages(deps)

    @web.get("/meja/eskalasi")
    def desk_escalations() -> str:
        return pages.listed("desk")

    @web.post("/meja/<code>/eskalasi")
    def desk_escalation_seen(code: str) -> Response:
        return pages.acknowledge(code, "desk")

    @web.get("/respon/eskalasi")
    def agency_escalations() -> str:
        return pages.listed("respond")

    @web.post("/respon/<code>/eskalasi")
    def respond_escalation_seen(code: str) -> Response:
        return pages.acknowledge(code, "respond")


def _person() -> Person:
    person = person_now()
    if person is None:
        abort(403)
    return person


class EscalationPages:
    """The list of those whom a person may see, and the acknowledgement."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps, self._city = deps, deps.config.city
        self._rules = LadderRules(self._city, partial(terms, self._city, deps.context.calendars))

    def listed(self, room: str) -> str:
        """`room`: desk or respond."""
        person = _person()
        with reading(self._deps.engine) as conn:
            rows = escalated(conn, person.audience)
        return render_template(
            "web/escalations.html",
            room=room,
            rows=[(row, may_acknowledge(person, row.raised.receiver, row.raised.agency)) for row in rows],
            over=request.args.get("lewat", "")[:40],
            opens_cases=person.role is not Role.HEAD,
            place=self._city,
        )

    def acknowledge(self, code: str, room: str) -> Response:
        """Back to where it was pressed; what is over by now is said in the list.

        An agency is told the same of a code that never was: another agency's case does not show by its answer.
        """
        person = _person()
        try:
            with writing(self._deps.engine) as conn:
                acknowledge(conn, code, person, self._rules, g.now)
        except LookupError as error:
            if room == "desk" and not isinstance(error, NothingToAcknowledge):
                abort(404)
            return redirect(url_for(LISTS[room], lewat=code), 303)
        if request.form.get("back") == "case":
            return redirect(url_for(f"web.{room}_case", code=code), 303)
        return redirect(url_for(LISTS[room]), 303)
