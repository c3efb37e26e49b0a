"""Places, events and observations of the guide for tests: `a_place(conn, name="Taman")` says what the test is about.

Times are those of tests/factories.py.
"""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from data.domain.guide.nouns import Business, ConditionKind, ConditionState, Place, PlaceKind, PlaceState
from data.domain.guide.settings import DEFAULT_EXPIRY, Guide, PlaceCategory
from data.store.db.engine import Connection
from data.store.guide import agenda, conditions, places
from data.store.guide.agenda import Window
from data.store.guide.calendar import NewEvent, calendar_of, entry_of
from data.store.guide.told import ConditionTold, EntryTold, PlaceTold, Position
from data.store.guide.writing import GuideWrite
from tests.factories import NOW, SISIR

ZONE = ZoneInfo("Asia/Jakarta")
WINDOW = Window(timedelta(days=180), ZONE)
GUIDE = Guide(
    {
        "alam": PlaceCategory("alam", {"id": "Wisata alam", "en": "Nature"}, PlaceKind.NATURE),
        "rekreasi": PlaceCategory("rekreasi", {"id": "Rekreasi", "en": "Recreation"}, PlaceKind.TOURISM),
        "parkir": PlaceCategory("parkir", {"id": "Parkir", "en": "Parking"}, PlaceKind.SERVICE),
        "kuliner": PlaceCategory("kuliner", {"id": "Kuliner", "en": "Food"}, PlaceKind.BUSINESS),
    },
    "rekreasi",
)
_numbers = itertools.count(1)


def a_place(conn: Connection, name: str = "Alun-Alun Kota", now: datetime = NOW, **changes: Any) -> Place:
    """Published, in Sisir."""
    number = next(_numbers)
    plain: dict[str, Any] = {
        "external_id": f"t-{number}",
        "at": now,
        "kind": PlaceKind.TOURISM,
        "category": "rekreasi",
        "name": name,
        "state": PlaceState.PUBLISHED,
        "position": Position(-7.8713, 112.5267, SISIR),
    }
    write = GuideWrite(conn, "tempat_uji", now)
    (taken,) = places.take(write, [PlaceTold(**{**plain, **changes})])
    found = places.by_code(conn, taken.code or "")
    assert found is not None
    return found


def a_business(conn: Connection, name: str = "Warung Bu Sri", permits: Business | None = None, **changes: Any) -> Place:
    """A small business with a telephone, for which nobody has agreed unless the permits say so."""
    plain = {"kind": PlaceKind.BUSINESS, "category": "kuliner", "phone": "081234567890", "address": "Jalan Rumah 1"}
    return a_place(conn, name, business=permits or Business(), **{**plain, **changes})


def an_event(conn: Connection, title: str = "Pasar bunga", at: datetime = NOW, hours: float = 2, **changes: Any) -> str:
    """One that takes place once; its code."""
    number = next(_numbers)
    new = NewEvent(
        uid=changes.pop("uid", f"acara-{number}"),
        title=title,
        starts=at,
        ends=at + timedelta(hours=hours),
        **changes,
    )
    entry = entry_of(calendar_of(new), ZONE)
    same = ("uid", "recurrence_id", "sequence", "title", "text", "starts_at", "ends_at", "all_day", "recurs", "state")
    told = EntryTold(
        **{name: getattr(entry, name) for name in (*same, "place", "expected", "url")}, at=NOW, event=entry.calendar
    )
    (taken,) = agenda.take(GuideWrite(conn, "agenda_uji", NOW), [told], WINDOW)
    return taken.code or ""


def a_condition(
    conn: Connection,
    place: str,
    kind: ConditionKind = ConditionKind.PARKING,
    state: ConditionState = ConditionState.OPEN,
    at: datetime = NOW,
    **changes: Any,
) -> None:
    """Observed at that moment; it counts as long as its kind does."""
    told = ConditionTold(
        f"k-{next(_numbers)}", at, kind, state, at + DEFAULT_EXPIRY[kind], "Dishub", place=place, name=place, **changes
    )
    conditions.take(GuideWrite(conn, "kondisi_uji", at), [told])
