"""/kota/petugas/agenda: an officer adds events, and edits, cancels and withdraws those of every source."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.web.city_officer.agenda_form import REPEATS, WHY_MOST, ReadEvent, read, shown
from dashboard.web.city_officer.place_pages import named, number_of, who
from dashboard.web.deps import WebDeps
from data.domain.guide.nouns import AgendaState
from data.domain.reasons import encode_reason
from data.store.db.engine import reading, writing
from data.store.guide import agenda, occurrences
from data.store.guide.agenda import OFFICER, Window
from data.store.guide.calendar import BadEvent, calendar_of, entry_of
from data.store.guide.place_finder import PlaceFinder
from data.store.guide.told import EntryTold
from data.store.guide.writing import AGENDA_NOUN, By, GuideWrite, VersionConflict, edits

Answer = str | Response | tuple[str, int]


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register both pages and their forms."""
    pages = AgendaEditPages(deps)

    @web.get("/kota/petugas/agenda-baru")
    def city_officer_new_event() -> Answer:
        return pages.empty()

    @web.post("/kota/petugas/agenda-baru")
    def city_officer_add_event() -> Answer:
        return pages.add()

    @web.get("/kota/petugas/agenda/<code>")
    def city_officer_event(code: str) -> Answer:
        return pages.one(code)

    @web.post("/kota/petugas/agenda/<code>")
    def city_officer_edit_event(code: str) -> Answer:
        return pages.edit(code)


class AgendaEditPages:
    """The pages."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps, self._zone = deps, ZoneInfo(deps.config.city.timezone)
        self._window = Window(deps.config.city.guide.window, self._zone)

    def empty(self) -> Answer:
        """The form of a new event."""
        return self._page(None, shown(None, self._zone), {})

    def one(self, code: str) -> Answer:
        """The form as the event is now."""
        row = self._row(code)
        return self._page(row, shown(row, self._zone), {})

    def add(self) -> Answer:
        """What is entered is in the agenda at once."""
        page, event = read(request.form, self._zone)
        if event is None:
            return self._page(None, page.values, page.faults), 400
        now: datetime = g.now
        try:
            told = self._told(event, f"{uuid.uuid4()}@petugas", 0, now)
            with writing(self._deps.engine) as conn:
                (taken,) = agenda.take(GuideWrite(conn, OFFICER, now), [told], self._window)
        except BadEvent as wrong:
            return self._page(None, page.values, {"form": encode_reason(wrong.reason)}), 400
        return redirect(url_for("web.city_officer_event", code=taken.code, hasil="added"), 303)

    def edit(self, code: str) -> Answer:
        """Our own events whole; of another source's, whether they take place, and what is told beside."""
        row = self._row(code)
        now: datetime = g.now
        page, event = read(request.form, self._zone)
        do = request.form.get("do", "save")
        if do not in {"save", "withdraw", "restore"}:
            abort(400)
        if do == "save" and event is None:
            return self._page(row, page.values, page.faults), 400
        version = number_of(page.values["version"])
        try:
            with writing(self._deps.engine) as conn:
                write = GuideWrite(conn, row["source"], now)
                changes = self._changes(write, row, event, do, now)
                by = By(who(), why=page.values["why"] or None)
                agenda.edit(write, row["id"], version, changes, by=by, window=self._window)
        except VersionConflict:
            fresh = self._row(code)
            missed = max(1, fresh["version"] - version)
            return self._page(fresh, page.values | {"version": str(fresh["version"])}, {}, missed), 409
        except BadEvent as wrong:
            return self._page(row, page.values, {"form": encode_reason(wrong.reason)}), 400
        return redirect(url_for("web.city_officer_event", code=code, hasil="saved"), 303)

    def _row(self, code: str) -> Mapping[str, Any]:
        with reading(self._deps.engine) as conn:
            found = occurrences.entry(conn, code[:32])
        return {**found} if found is not None else abort(404)

    def _changes(
        self, write: GuideWrite, row: Mapping[str, Any], event: ReadEvent | None, do: str, now: datetime
    ) -> dict[str, Any]:
        """Raises BadEvent."""
        if do != "save" or event is None:
            return {"withdrawn_at": now.replace(microsecond=0) if do == "withdraw" else None}
        changes: dict[str, Any] = {"state": event.state, "expected": event.expected}
        if row["source"] != OFFICER:
            return changes
        told = self._told(event, row["uid"], row["sequence"] + 1, now)
        same = ("title", "text", "starts_at", "ends_at", "all_day", "url", "sequence")
        place_id = PlaceFinder(write).find(event.place)
        where = PlaceFinder(write).position(place_id) if place_id is not None else told.position
        return changes | {
            **{name: getattr(told, name) for name in same},
            "event": told.event,
            "place_name": event.place,
            "place_id": place_id,
            "lat": where.lat,
            "lon": where.lon,
            "village": where.village,
        }

    def _told(self, event: ReadEvent, uid: str, sequence: int, now: datetime) -> EntryTold:
        """Raises BadEvent."""
        entry = entry_of(calendar_of(event.as_new(uid, sequence, now)), self._zone)
        same = ("uid", "recurrence_id", "sequence", "title", "text", "starts_at", "ends_at", "all_day", "recurs")
        return EntryTold(
            **{name: getattr(entry, name) for name in (*same, "state", "place", "expected", "url", "told_at")},
            at=now,
            event=entry.calendar,
        )

    def _page(
        self, row: Mapping[str, Any] | None, values: Mapping[str, Any], faults: Mapping[str, str], missed: int = 0
    ) -> str:
        history = []
        if row is not None:
            with reading(self._deps.engine) as conn:
                history = edits(conn, AGENDA_NOUN, row["id"])
        return render_template(
            "web/city_officer/event.html",
            row=row,
            own=row is None or row["source"] == OFFICER,
            values=values,
            faults=faults,
            history=history,
            missed=history[:missed],
            said="" if faults or missed else request.args.get("hasil", ""),
            states=list(AgendaState),
            repeats=list(REPEATS),
            why_most=WHY_MOST,
            named=named,
        )
