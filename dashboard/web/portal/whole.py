"""/lapor/semua: a report at once, which waited on a telephone for network. /lapor/stempel: when it was begun."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from dashboard.auth.forms import Seals
from dashboard.portal.draft_photos import is_key
from dashboard.portal.form import Page, read_contact, read_on_behalf, read_place, read_words
from dashboard.portal.service import Officer, Refused
from dashboard.web.deps import WebDeps
from dashboard.web.portal.browser import is_robot, officer_mark, officer_now, sender, sent_address
from dashboard.web.portal.form import BODY_MOST, ROBOT, photo_of, reachable
from data.store.citizens.drafts import LIFE, Draft
from layouts.kit.words import words

PURPOSE = "lapor"
STAMP_MOST = 100


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register both routes."""

    @web.get("/lapor/stempel")
    def portal_stamp() -> Response:
        moment = str(int(g.now.timestamp()))
        return Response(f"{moment}.{deps.gate.seals.sign(PURPOSE, moment)}", mimetype="text/plain")

    @web.post("/lapor/semua")
    def portal_whole() -> tuple[Response, int]:
        if not deps.config.portal.open:
            abort(404)
        request.max_content_length = BODY_MOST
        try:
            return _take(deps)
        except RequestEntityTooLarge:
            return _refused("portal.fault.too_heavy"), 400
        except Refused as refused:
            return _refused(f"portal.refused.{refused.code}"), 429


def begun_at(seals: Seals, stamp: str, now: datetime) -> datetime | None:
    """When the page was asked for that a stamp comes from; None for one that is not ours, or too old."""
    moment, _, signed = stamp[:STAMP_MOST].partition(".")
    if not (moment.isascii() and moment.isdigit() and seals.is_signed(signed, PURPOSE, moment)):
        return None
    at = datetime.fromtimestamp(int(moment), UTC)
    return at if now - LIFE < at <= now else None


def _take(deps: WebDeps) -> tuple[Response, int]:
    """Raises Refused, RequestEntityTooLarge."""
    key, wanted = request.form.get("key", ""), request.form.get("officer", "")
    officer = officer_now(deps) if wanted else None
    if wanted and officer_mark(deps, officer) != wanted:
        return _refused("portal.refused.log_in"), 401
    if not is_key(key) or is_robot():
        return _refused(f"portal.refused.{ROBOT['form']}"), 400
    known = deps.portal.known(key)
    if known is not None:
        return _taken(deps, known, officer)
    at = begun_at(deps.gate.seals, request.form.get("stamp", ""), g.now)
    if at is None:
        return _refused("portal.refused.stale"), 409
    deps.portal.begin(sender(deps, officer), g.now)
    photo, wrong = photo_of(deps.portal, key)
    place = read_place(request.form, deps.context.boundaries, photo.position if photo else None)
    told = read_words(request.form, deps.config.city, has_photo=photo is not None)
    contact = read_contact(request.form, reachable(deps))
    behalf = read_on_behalf(request.form, contact.values) if officer else Page()
    faults: dict[str, Any] = {**place.faults, **told.faults, **contact.faults, **behalf.faults}
    if faults or wrong is not None:
        deps.portal.photos.remove(key)
        name = next(iter(faults.values()), "not_a_photo")
        return _refused(f"portal.fault.{name}"), 400
    values = {**place.values, **told.values, **contact.values, **behalf.values, "photo": photo is not None}
    return _taken(deps, deps.portal.send(Draft(key, at, values), sender(deps, officer), g.now), officer)


def _taken(deps: WebDeps, code: str, officer: Officer | None) -> tuple[Response, int]:
    return jsonify(address=sent_address(deps, code, officer, external=True)), 200


def _refused(text: str) -> Response:
    return jsonify(said=words(g.lang)(text))
