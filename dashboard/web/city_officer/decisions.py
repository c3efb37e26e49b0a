"""/kota/petugas/usulan: what businesses sent in is accepted or refused, with what it would change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.web.city.business_form import PERMITS
from dashboard.web.city.places import category_name
from dashboard.web.city.shown import village_name
from dashboard.web.city_officer.place_pages import who
from dashboard.web.deps import WebDeps
from data.domain.guide.nouns import Business, Place, PlaceKind, PlaceState
from data.store.db.engine import reading, writing
from data.store.guide import places, submissions
from data.store.guide.submissions import AlreadyDecided, Submission, SubmissionKind, SubmissionState
from data.store.guide.told import PlaceTold, Position
from data.store.guide.writing import By, GuideWrite, VersionConflict

WHY_MOST = 500
SHOWN = ("name", "category", "village", "text", "opening_hours", "phone", "url", "nib", "kbli", "pirt", "halal")
CORRECTABLE = ("name", "category", "opening_hours", "phone", "url", *PERMITS)
Answer = str | Response | tuple[str, int]


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the page and its form."""
    pages = DecisionPages(deps)

    @web.get("/kota/petugas/usulan/<int:number>")
    def city_officer_submission(number: int) -> Answer:
        return pages.page(number)

    @web.post("/kota/petugas/usulan/<int:number>")
    def city_officer_decide(number: int) -> Answer:
        return pages.decide(number)


class DecisionPages:
    """The pages."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps

    def page(self, number: int, fault: str = "") -> str:
        """What is told, beside what is known."""
        found, place = self._found(number)
        return render_template(
            "web/city_officer/submission.html",
            found=found,
            place=place,
            rows=[(name, self._shown(name, found.fields.get(name)), self._known(name, place)) for name in SHOWN],
            has_permits=any(found.fields.get(name) for name in PERMITS),
            fault=fault,
            why=request.form.get("why", "")[:WHY_MOST],
        )

    def decide(self, number: int) -> Answer:
        """Accepting writes the place in the same transaction."""
        found, place = self._found(number)
        do, why = request.form.get("do"), request.form.get("why", "")[:WHY_MOST].strip()
        if do not in {"accept", "refuse"}:
            abort(400)
        if do == "refuse" and not why:
            return self.page(number, "why"), 400
        if do == "accept" and any(found.fields.get(name) for name in PERMITS) and request.form.get("checked") != "1":
            return self.page(number, "checked"), 400
        now: datetime = g.now
        try:
            with writing(self._deps.engine) as conn:
                write = GuideWrite(conn, "usaha", now)
                if do == "refuse":
                    submissions.decide(write, number, SubmissionState.REFUSED, who(), why=why)
                else:
                    written = self._write(write, found, place)
                    submissions.decide(write, number, SubmissionState.ACCEPTED, who(), place_id=written.id, why=why)
        except (AlreadyDecided, VersionConflict, LookupError):
            return self.page(number, "gone"), 409
        if do == "accept":
            return redirect(url_for("web.city_officer_place", code=written.code, hasil="accepted"), 303)
        return redirect(url_for("web.city_officer", hasil="refused"), 303)

    def _found(self, number: int) -> tuple[Submission, Place | None]:
        with reading(self._deps.engine) as conn:
            found = submissions.by_id(conn, number) if number < 2**62 else None
            if found is None:
                abort(404)
            return found, None if found.place_id is None else places.by_id(conn, found.place_id)

    def _write(self, write: GuideWrite, found: Submission, place: Place | None) -> Place:
        """Raises AlreadyDecided, VersionConflict, LookupError."""
        if found.state is not SubmissionState.OPEN:
            raise AlreadyDecided(found.id)
        by = By(who(), why=f"usulan {found.id}")
        if found.kind is SubmissionKind.REGISTRATION:
            return places.add(write, _told(found, write.now), by)
        if place is None:
            raise LookupError(found.id)
        ground = self._deps.context.boundaries
        return places.edit(write, place.id, place.version, _changes(found, place, write.now), by=by, ground=ground)

    def _shown(self, name: str, value: Any) -> str:
        if value is None:
            return ""
        if name == "category":
            return category_name(self._deps.config, str(value))
        if name == "village":
            return village_name(str(value)) or str(value)
        return " / ".join(map(str, value.values())) if isinstance(value, Mapping) else str(value)

    def _known(self, name: str, place: Place | None) -> str:
        if place is None:
            return ""
        return self._shown(name, getattr(place.business, name, None) if name in PERMITS else getattr(place, name, None))


def _consent(fields: Mapping[str, Any]) -> datetime | None:
    told = fields.get("phone_consent_at")
    return datetime.fromisoformat(told) if told else None


def _told(found: Submission, now: datetime) -> PlaceTold:
    """Published with its village: nobody was asked for an address."""
    fields = found.fields
    permits = {name: fields.get(name) for name in PERMITS}
    return PlaceTold(
        external_id=f"usulan-{found.id}",
        at=now,
        kind=PlaceKind.BUSINESS,
        category=str(fields["category"]),
        name=str(fields["name"]),
        state=PlaceState.PUBLISHED,
        position=Position(village=fields.get("village")),
        text=fields.get("text"),
        opening_hours=fields.get("opening_hours"),
        phone=fields.get("phone"),
        url=fields.get("url"),
        business=Business(**permits, phone_consent_at=_consent(fields)),
    )


def _changes(found: Submission, place: Place, now: datetime) -> dict[str, Any]:
    """What the form said it says; what was left empty there is taken out. The village is the officer's to change."""
    changes: dict[str, Any] = {name: found.fields.get(name) for name in CORRECTABLE}
    changes["text"] = {**(place.text or {}), **(found.fields.get("text") or {})} or None
    changes["phone_consent_at"] = _consent(found.fields)
    return changes | {"checked_at": now}
