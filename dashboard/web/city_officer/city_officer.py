"""/kota/petugas: what waits for the city's officer: submissions, doubtful places, conditions, the agenda."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.portal.form import Form, Page
from dashboard.web.city.shown import condition_rows, event_row, word_of
from dashboard.web.city_officer import agenda_pages, decisions, place_pages
from dashboard.web.city_officer.place_pages import who
from dashboard.web.deps import WebDeps
from data.domain.guide.nouns import ConditionKind, ConditionState
from data.store.db.engine import Connection, reading, writing
from data.store.guide import conditions, occurrences, submissions
from data.store.guide.told import ConditionTold
from data.store.guide.writing import GuideWrite
from data.store.queries.guide import officer_guide, public_guide
from data.store.queries.warnings.in_force import groups_in_force
from layouts.kit.words import words

MOST, AHEAD = 40, timedelta(days=14)
NAME_MOST, NOTE_MOST, PLACES_MOST = 200, 200, 1_000_000
STATES: Mapping[ConditionKind, tuple[ConditionState, ...]] = {
    ConditionKind.PARKING: (ConditionState.OPEN, ConditionState.FULL, ConditionState.CLOSED, ConditionState.UNKNOWN),
    ConditionKind.CROWD: (ConditionState.OPEN, ConditionState.BUSY, ConditionState.FULL, ConditionState.UNKNOWN),
    ConditionKind.ROAD: (ConditionState.OPEN, ConditionState.BUSY, ConditionState.CLOSED, ConditionState.UNKNOWN),
    ConditionKind.OUTAGE: (ConditionState.OPEN, ConditionState.CLOSED, ConditionState.UNKNOWN),
    ConditionKind.FACILITY: (ConditionState.OPEN, ConditionState.CLOSED, ConditionState.FULL, ConditionState.UNKNOWN),
}
"""What each kind can be. Full is not closed."""
SAID = frozenset({"refused", "observed"})
SOURCE = "petugas_kota"
Answer = str | Response | tuple[str, int]


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the officer's pages."""
    pages = OfficerPages(deps)

    @web.get("/kota/petugas")
    def city_officer() -> Answer:
        return pages.page()

    @web.post("/kota/petugas/kondisi")
    def city_officer_condition() -> Answer:
        return pages.observe()

    for part in (place_pages, agenda_pages, decisions):
        part.register(web, deps)


class OfficerPages:
    """The first page and its form."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps

    def page(self, values: Mapping[str, Any] | None = None, faults: Mapping[str, str] | None = None) -> str:
        """All that waits."""
        now: datetime = g.now
        asked = request.args.get("cari", "")[:NAME_MOST].strip()
        with reading(self._deps.engine) as conn:
            doubtful, n_doubtful = officer_guide.doubtful(conn, MOST)
            shown = {
                "waiting": submissions.waiting(conn, MOST),
                "doubtful": doubtful,
                "n_doubtful": n_doubtful,
                "found": officer_guide.search(conn, asked, MOST) if asked else None,
                "warnings": groups_in_force(conn, now),
                **self._happening(conn, now),
            }
        said = request.args.get("hasil", "")
        return render_template(
            "web/city_officer/officer.html",
            **shown,
            asked=asked,
            values=values or dict.fromkeys(("kind", "state", "place", "free", "capacity", "note"), ""),
            faults=faults or {},
            states=STATES,
            word_of=word_of,
            said=said if said in SAID else "",
        )

    def _happening(self, conn: Connection, now: datetime) -> dict[str, Any]:
        events = occurrences.between(conn, now, now + AHEAD, most=MOST)
        codes = {row["id"]: row["code"] for row in occurrences.entries(conn, most=2_000)}
        found = conditions.current(conn, now)
        places = public_guide.known(conn, [*(it.place_id for it in events), *(it.place_id for it in found)])
        zone = ZoneInfo(self._deps.config.city.timezone)
        rows = [event_row(event, places, words(g.lang), zone, now) for event in events]
        with_codes = [(row, codes.get(row.event.agenda_id)) for row in rows]
        return {"events": with_codes, "conditions": condition_rows(found, places, now)}

    def observe(self) -> Answer:
        """An observation by the officer, from now on for as long as its kind counts."""
        page, told = self._read(request.form, g.now)
        if told is None:
            return self.page(page.values, page.faults), 400
        with writing(self._deps.engine) as conn:
            conditions.take(GuideWrite(conn, SOURCE, g.now), [told])
        return redirect(url_for("web.city_officer", hasil="observed") + "#kondisi", 303)

    def _read(self, form: Form, now: datetime) -> tuple[Page, ConditionTold | None]:
        page = Page()
        chosen, _, state = form.get("what", "").partition(":")
        page.values |= {"kind": chosen, "state": state}
        kind = ConditionKind(chosen) if chosen in set(ConditionKind) else None
        if kind is None or state not in STATES[kind]:
            page.faults["what"] = "what"
        place = page.text(form, "place", NAME_MOST)
        if not place:
            page.faults.setdefault("place", "place")
        free, capacity = (self._whole(page, form, name) for name in ("free", "capacity"))
        if free is not None and (capacity is None or free > capacity):
            page.faults.setdefault("free", "free")
        note = page.text(form, "note", NOTE_MOST) or None
        if page.faults or kind is None:
            return page, None
        at, by = now.replace(microsecond=0), who()
        expires = at + self._deps.config.city.guide.expiry[kind]
        told = ConditionTold(
            f"{by}-{place[:60]}", at, kind, ConditionState(state), expires, by, place=place, name=place, free=free,
            capacity=capacity, note=note,
        )  # fmt: skip
        return page, told

    @staticmethod
    def _whole(page: Page, form: Form, name: str) -> int | None:
        typed = page.text(form, name, 10)
        if not typed:
            return None
        if not (typed.isascii() and typed.isdigit()) or int(typed) > PLACES_MOST:
            page.faults[name] = "number"
            return None
        return int(typed)
