"""/kota/petugas/tempat: an officer adds and edits places, with the history of every edit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.auth.visitor import person_now
from dashboard.web.city.places import categories_of, category_name
from dashboard.web.city.shown import village_name
from dashboard.web.city_officer.place_form import STATES, WHY_MOST, read, shown
from dashboard.web.deps import WebDeps
from data.domain.guide.nouns import Business, Place, PlaceKind, PlaceState
from data.reference.boundaries.place_judging import judge
from data.store.db.engine import reading, writing
from data.store.guide import places
from data.store.guide.places import EDITABLE
from data.store.guide.told import PlaceTold, Position
from data.store.guide.writing import PLACE_NOUN, By, Edit, GuideWrite, VersionConflict, edits
from layouts.kit.words import words

OWN = "petugas_kota"
"""The source of what officers enter."""
Answer = str | Response | tuple[str, int]


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register both pages and their forms."""
    pages = PlaceEditPages(deps)

    @web.get("/kota/petugas/tempat-baru")
    def city_officer_new_place() -> Answer:
        return pages.empty()

    @web.post("/kota/petugas/tempat-baru")
    def city_officer_add_place() -> Answer:
        return pages.add()

    @web.get("/kota/petugas/tempat/<code>")
    def city_officer_place(code: str) -> Answer:
        return pages.one(code)

    @web.post("/kota/petugas/tempat/<code>")
    def city_officer_edit_place(code: str) -> Answer:
        return pages.edit(code)


def who() -> str:
    """The name of the officer's account."""
    person = person_now()
    return person.name if person else ""


def named(codes: Iterable[str], prefix: str) -> list[tuple[str, str]]:
    """Each code with its text in the reader's language, for a select."""
    return [(code, words(g.lang)(f"{prefix}{code or 'none'}")) for code in codes]


class PlaceEditPages:
    """The pages."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps

    def empty(self) -> Answer:
        """The form of a new place."""
        return self._page(None, shown(None), {})

    def one(self, code: str) -> Answer:
        """The form as the place is now."""
        place = self._place(code)
        return self._page(place, shown(place), {})

    def add(self) -> Answer:
        """What is entered is published, unless it contradicts itself."""
        now: datetime = g.now
        page, columns = read(request.form, categories_of(self._deps.config), None, now)
        if page.faults:
            return self._page(None, page.values, page.faults), 400
        with writing(self._deps.engine) as conn:
            write = GuideWrite(conn, OWN, now)
            made = places.add(write, self._told(columns, now), By(who(), why=page.values["why"] or None))
        return redirect(url_for("web.city_officer_place", code=made.code, hasil="added"), 303)

    def edit(self, code: str) -> Answer:
        """Whoever saves says which version was seen; another one's edit is shown, and what was typed stays."""
        place = self._place(code)
        now: datetime = g.now
        page, columns = read(request.form, categories_of(self._deps.config), place, now)
        if page.faults:
            return self._page(place, page.values, page.faults), 400
        changes = {name: value for name, value in columns.items() if name in EDITABLE} | {"checked_at": now}
        by = By(who(), why=page.values["why"] or None)
        try:
            with writing(self._deps.engine) as conn:
                version = number_of(page.values["version"])
                places.edit(
                    GuideWrite(conn, OWN, now), place.id, version, changes, by=by, ground=self._deps.context.boundaries
                )
        except VersionConflict:
            fresh = self._place(code)
            seen = number_of(page.values["version"])
            values = page.values | {"version": str(fresh.version)}
            return self._page(fresh, values, {}, missed=max(1, fresh.version - seen)), 409
        return redirect(url_for("web.city_officer_place", code=code, hasil="saved"), 303)

    def _place(self, code: str) -> Place:
        with reading(self._deps.engine) as conn:
            found = places.by_code(conn, code[:32])
        return found if found is not None else abort(404)

    def _told(self, columns: Mapping[str, Any], now: datetime) -> PlaceTold:
        """Where it lies is judged as it is of every source."""
        found = judge(columns["address"], columns["lat"], columns["lon"], self._deps.context.boundaries)
        state = PlaceState(columns["state"])
        permits = {name: columns[name] for name in ("nib", "kbli", "pirt", "halal", "phone_consent_at")}
        same = ("category", "name", "address", "text", "opening_hours", "ticket_rupiah", "phone", "url", "capacity")
        return PlaceTold(
            **{name: columns[name] for name in same},
            external_id=f"{who()}-{now.timestamp():.6f}",
            at=now,
            kind=PlaceKind(columns["kind"]),
            state=PlaceState.DOUBTFUL if found.doubt and state is PlaceState.PUBLISHED else state,
            position=Position(found.lat, found.lon, found.village),
            is_outside=found.is_outside,
            doubt=found.doubt,
            business=Business(**permits),
        )

    def _page(self, place: Place | None, values: Mapping[str, Any], faults: Mapping[str, str], missed: int = 0) -> str:
        history: list[Edit] = []
        if place is not None:
            with reading(self._deps.engine) as conn:
                history = edits(conn, PLACE_NOUN, place.id)
        return render_template(
            "web/city_officer/place.html",
            place=place,
            values=values,
            faults=faults,
            history=history,
            missed=history[:missed],
            said="" if faults or missed else request.args.get("hasil", ""),
            kinds=list(PlaceKind),
            states=STATES,
            categories=[(code, category_name(self._deps.config, code)) for code in categories_of(self._deps.config)],
            village=village_name(place.village) if place else None,
            why_most=WHY_MOST,
            named=named,
        )


def number_of(text: str) -> int:
    """A version that a form brings; -1, which none has, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
