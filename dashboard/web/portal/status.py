"""/lapor/CODE: what became of a report. A wrong code and an unknown one have the same answer, in the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from dashboard.api.rate_limits import address_of
from dashboard.web.deps import WebDeps
from dashboard.web.page_context import PHOTO_POLICY
from dashboard.web.portal.browser import POLICY, device_now, officer_now
from dashboard.web.portal.steps import WORD_OF_STATE, Step, after_merging, steps, was_private
from data.domain.cases.citizen_messages import ASKED_BACK
from data.domain.cases.model import NO_REPLY, CaseEvent, CaseState, EventKind, without_undone
from data.domain.cases.tracking_code import read_code, shown
from data.domain.city.model import CaseKind
from data.domain.sla.pauses import closes_at
from data.domain.sla.terms import terms
from data.store.cases import cases
from data.store.cases.cases import StoredCase
from data.store.citizens import on_behalf, ratings, tracking
from data.store.citizens.ratings import Rating
from data.store.db.engine import Connection, reading
from data.store.queries.desk.surroundings import photos_of
from ingest.photos.storage import PhotoStorage
from layouts.kit.words import words

CODE_MOST = 60
ENDED = frozenset({CaseState.RESOLVED, CaseState.CLOSED})


@dataclass(frozen=True, slots=True)
class Found:
    """The report of a code."""

    code: str
    mine: StoredCase
    speaks: StoredCase
    """The case that tells its state: itself, or the one into which it was merged."""
    steps: list[Step]
    vote: Rating | None
    """Of `cycle`."""
    private: bool
    """Neither category nor place are shown."""
    entered_here: bool
    """An officer looks at it, or it was entered in this browser for somebody else: no vote is taken here."""
    asked: Step | None = None
    """What the reporter was asked to complete, when it is for that that the case waits."""
    closes_at: datetime | None = None
    """When it closes by itself without an answer to that."""
    unreplied: bool = False
    """It did."""

    @property
    def state(self) -> str:
        """`portal.state.WORD`."""
        return "closed" if self.unreplied else WORD_OF_STATE[self.speaks.status.state]

    @property
    def cycle(self) -> int:
        """Of a vote: another one when the case that speaks is reopened."""
        return vote_cycle(self.mine, self.speaks)

    @property
    def may_vote(self) -> bool:
        """Whether the one question is asked."""
        return not self.entered_here and self.vote is None and self.speaks.status.state in ENDED

    @property
    def ended_at(self) -> datetime | None:
        """When it was resolved, else closed."""
        status = self.speaks.status
        return status.resolved_at or status.ended_at


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the routes."""

    gallery = PhotoStorage(deps.home.path)

    @web.get("/lapor/<code>/jawaban/<digest>.jpg")
    def portal_answer_photo(code: str, digest: str) -> Response:
        return _answer_photo(deps, gallery, code, digest)

    @web.post("/lapor/status")
    def portal_find() -> Response:
        typed = request.form.get("code", "")[:CODE_MOST].strip()
        code = read_code(typed)
        return redirect(url_for("web.portal_status", code=shown(code) if code else typed.replace("/", "-") or "-"), 303)

    @web.get("/lapor/<code>")
    def portal_status(code: str) -> Response:
        found = look_up(deps, code)
        if not isinstance(found, Found):
            return found
        city = deps.config.city
        return page(
            "web/portal/status.html",
            found=found,
            category=city.categories.get(found.mine.facts.category),
            agency=city.agencies.get(found.speaks.status.agency),
            within=deps.config.portal.reopen_within,
            just_sent="terkirim" in request.args,
            link=url_for("web.portal_status", code=shown(found.code), _external=True),
        )


def _answer_photo(deps: WebDeps, gallery: PhotoStorage, code: str, digest: str) -> Response:
    found = look_up(deps, code)
    if not isinstance(found, Found):
        return found
    if not any(digest in step.photos for step in found.steps):
        abort(404)
    path = gallery.path(digest, thumb="besar" not in request.args).absolute()
    try:
        answer = send_file(path, mimetype="image/jpeg", etag=path.stem)
    except FileNotFoundError:
        abort(404)
    answer.headers["Content-Security-Policy"] = PHOTO_POLICY
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def look_up(deps: WebDeps, typed: str) -> Found | Response:
    """The report of a code that somebody asks for, or the answer that there is none."""
    address = address_of(request)
    if not deps.portal.may_look_up(address):
        return page("web/portal/unknown.html", code=429, wait=True)
    code = read_code(typed[:CODE_MOST]) or ""
    with reading(deps.engine) as conn:
        case_id = tracking.case_id_of(conn, code)
        found = None if case_id is None else _found(conn, deps, code, case_id)
    if found is None:
        deps.portal.missed(address, g.now)
        return page("web/portal/unknown.html", code=404, wait=False, typed=typed[:CODE_MOST].strip("-"))
    return found


def page(template: str, *, code: int = 200, **values: object) -> Response:
    """A page that nobody keeps, lists or passes on."""
    answer = make_response(render_template(template, **values), code)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _found(conn: Connection, deps: WebDeps, code: str, case_id: int) -> Found | None:
    mine = cases.by_id(conn, case_id)
    if mine is None:
        return None
    history = list(cases.events_of(conn, case_id))
    head = cases.by_id(conn, mine.facts.head_id) if mine.facts.head_id is not None else None
    if head is not None:
        merged_at = max((each.at for each in history if each.kind is EventKind.MERGED), default=g.now)
        history += after_merging(cases.events_of(conn, head.id), merged_at)
    silent = was_private(history, deps.config.city)
    private = mine.facts.private or (head is not None and head.facts.private)
    photos = {} if head is not None or private else _answers(conn, mine)
    shown_steps = steps(history, deps.config.city, words(g.lang), silent=silent, photos=photos)
    vote = ratings.of_cycle(conn, case_id, vote_cycle(mine, head or mine))
    entered_in = on_behalf.device_of(conn, case_id)
    entered_here = officer_now(deps) is not None or (entered_in is not None and entered_in == device_now(deps))
    found = Found(code, mine, head or mine, shown_steps, vote, private, entered_here)
    return found if head is not None else replace(found, **_waits(history, mine, deps, silent=silent))


def vote_cycle(mine: StoredCase, speaks: StoredCase) -> int:
    """See `Found.cycle`."""
    return mine.status.cycle + (0 if speaks is mine else speaks.status.cycle - 1)


def _answers(conn: Connection, mine: StoredCase) -> dict[int, tuple[str, ...]]:
    """The photos of answers to a question: they are made for who asked. Those of a report prove work, for the desk."""
    found: dict[int, tuple[str, ...]] = {}
    if mine.facts.kind == CaseKind.QUESTION:
        for photo in photos_of(conn, mine.id):
            if photo.version is not None:
                found[photo.version] = (*found.get(photo.version, ()), photo.digest)
    return found


def _waits(history: Sequence[CaseEvent], mine: StoredCase, deps: WebDeps, *, silent: bool) -> dict[str, Any]:
    """Of a case that waits for its reporter, or has waited too long: the last three of Found."""
    city, counted = deps.config.city, without_undone(history)
    ends = [event for event in counted if event.kind is EventKind.CLOSED]
    if mine.status.state is CaseState.CLOSED:
        return {"unreplied": ends[-1].reason == NO_REPLY}
    pauses = [event for event in counted if event.kind is EventKind.PAUSED]
    if mine.status.state is not CaseState.WAITING or pauses[-1].reason != ASKED_BACK:
        return {}
    asked = steps(pauses[-1:], city, words(g.lang), silent=silent)[0]
    about = cases.terms_for(mine, partial(terms, city, deps.context.calendars))
    return {"asked": asked, "closes_at": closes_at(history, about)}
