"""/penyuluh: farmers' questions of a field assistant's villages, one of them with what he can do, and his farmers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.auth.forms import allow_body
from dashboard.portal.questions import question_agency
from dashboard.web.assist.represented import FARMER, assistant_now
from dashboard.web.cases.case_view import CaseViews, HistoryLine, history_lines
from dashboard.web.cases.command_form import BODY_MOST, PHOTO, CommandForms, Outcome, kind_of
from dashboard.web.deps import WebDeps
from dashboard.web.portal.browser import new_key
from dashboard.web.tani.checked import checked
from data.domain.access.roles import Person
from data.domain.cases.commands.model import Actor, CommandKind, Standing
from data.domain.cases.commands.rules import possible
from data.domain.cases.model import HANDED_BACK, TELLING, ActorKind
from data.domain.market.nouns import OPEN_DEALS, DealState
from data.domain.reasons import reason
from data.reference.places.villages import by_code as villages
from data.store.assistants import represented, village_questions
from data.store.cases.cases import Reporter, StoredCase, by_code, events_of, terms_for
from data.store.cases.commands import standing_of
from data.store.db.engine import Connection, reading
from data.store.queries.desk.surroundings import CasePhoto, photos_of, reporter_of

MOST, ENDED_MOST, FARMERS_MOST = 50, 10, 1000
ALLOWED = frozenset({CommandKind.ACKNOWLEDGE, CommandKind.NOTE, CommandKind.ANSWER, CommandKind.RESOLVE})
SAID = frozenset({"ditawarkan", "ditahan", "ditarik", "selesai", "dikembalikan"})
Answer = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question for the assistant of its village."""

    found: StoredCase
    standing: Standing
    can: frozenset[CommandKind]
    """Empty when it has ended, or another agency has it."""
    reporter: Reporter | None
    """While it is open: the telephone is needed for the answer."""
    history: tuple[HistoryLine, ...]
    photos: tuple[CasePhoto, ...]
    """Those that came with it."""
    masked: bool = False


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the first page, a question and its commands."""
    pages = QuestionPages(deps)

    @web.get("/penyuluh")
    def assist() -> Answer:
        return pages.home()

    @web.get("/penyuluh/tanya/<code>")
    def assist_question(code: str) -> Answer:
        return pages.question(code)

    @web.post("/penyuluh/tanya/<code>")
    @allow_body(BODY_MOST, token_in_query=True)
    def assist_answer(code: str) -> Answer:
        return pages.command(code)


class QuestionPages:
    """The pages."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps, self._city = deps, deps.config.city
        views = CaseViews(deps)
        self._rules, self._forms = views.rules, CommandForms(deps, views)

    def home(self) -> Answer:
        """What waits: questions first, then the farmers for whom he sells."""
        person, is_open = assistant_now(), self._deps.config.market.open
        with reading(self._deps.engine) as conn:
            asked = village_questions.open_in(conn, person.villages, MOST)
            ended = village_questions.ended_in(conn, person.villages, ENDED_MOST)
            waiting = village_questions.count_open(conn, person.villages)
            sales = self._sales(conn, person) if is_open else {}
        said = request.args.get("said", "")
        return render_template(
            "web/assist/home.html",
            room="assist",
            said=said if said in SAID else "",
            code=request.args.get("kode", "")[:40],
            asked=asked,
            waiting=waiting,
            ended=ended,
            own=[villages[code].name for code in sorted(person.villages) if code in villages],
            sells=is_open,
            **sales,
            answers=frozenset({DealState.OFFERED, DealState.RESERVED}),
            commodities=self._city.market.commodities,
            villages=villages,
            place=self._city,
            farmer=FARMER,
        )

    def _sales(self, conn: Connection, person: Person) -> dict[str, Any]:
        """What the farmers for whom he acts offer and have agreed on."""
        mine = represented.all_of(conn, person.name, FARMERS_MOST)
        farmers = {it.party.id: it.party for it in mine}
        deals = represented.deals_of(conn, farmers, MOST * 4)
        return {
            "farmers": farmers,
            "offers": represented.offers_of(conn, farmers, MOST * 4),
            "held": checked(conn, self._city, {it.external_id for it in mine}, g.now, g.lang),
            "deals": [it for it in deals if it.state in OPEN_DEALS],
            "closed": [it for it in deals if it.state not in OPEN_DEALS][:ENDED_MOST],
        }

    def question(self, code: str, outcome: Outcome | None = None) -> Answer:
        """After a fault with the form as it was typed, and why nothing was done."""
        with reading(self._deps.engine) as conn:
            view = self._read(conn, code, assistant_now())
        said = request.args.get("said", "")
        text = render_template(
            "web/assist/question.html",
            room="assist",
            view=view,
            village=villages.get(view.found.facts.village or ""),
            lines=[it for it in view.history if it.event.kind not in TELLING],
            outcome=outcome,
            typed=request.form if outcome else {},
            key=new_key(),
            said=said if said in set(CommandKind) else "",
            place=self._city,
            handed_back=HANDED_BACK,
        )
        return text if outcome is None else (text, outcome.status)

    def command(self, code: str) -> Answer:
        """An answer, a note, an acceptance: as the agency's own people give it, whose assistant he is."""
        person, kind = assistant_now(), kind_of(request.form)
        with reading(self._deps.engine) as conn:
            view = self._read(conn, code, person)
        if kind not in ALLOWED or (
            not view.found.status.open and self._forms.sent_before(request.form, person) is None
        ):
            return self.question(
                code, Outcome(None, reason("command.wrong_state" if kind in ALLOWED else "command.not_yours"))
            )
        sent = request.files.get(PHOTO)
        picture = sent.read() if sent else b""
        outcome = self._forms.send(code, request.form, person, g.now, picture, actor=self._actor(person))
        if outcome.version is None:
            return self.question(code, outcome)
        if kind is CommandKind.RESOLVE:
            return redirect(url_for("web.assist", said="selesai", kode=code), 303)
        if request.form.get("reason") == HANDED_BACK:
            return redirect(url_for("web.assist", said="dikembalikan", kode=code), 303)
        return redirect(url_for("web.assist_question", code=code, said=kind), 303)

    def _actor(self, person: Person) -> Actor:
        agency = question_agency(self._city)
        agencies = frozenset() if agency is None else frozenset({agency})
        return Actor(person.name, ActorKind.AGENCY, agencies, before_dispatch=True)

    def _read(self, conn: Connection, code: str, person: Person) -> QuestionView:
        """404 for one of another village, or a case that is no question: it is not said that it is there."""
        found = by_code(conn, code)
        if found is None or not village_questions.is_for(found, person.villages):
            abort(404)
        events, about = events_of(conn, found.id), terms_for(found, self._rules.terms_of)
        standing, pictures = standing_of(found, events, about), photos_of(conn, found.id)
        is_open = found.status.open
        can: Any = possible(self._actor(person), standing) & ALLOWED if is_open else frozenset()
        return QuestionView(
            found,
            standing,
            can,
            reporter_of(conn, found.id) if is_open else None,
            history_lines(events, pictures),
            tuple(each for each in pictures if each.version is None),
        )
