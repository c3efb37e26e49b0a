"""A city small enough to count its hours on the fingers, and cases written as lines.

Offices open Monday to Thursday 08:00 to 16:00 (8 h) and Friday 08:00 to 11:00 (3 h). June 2026 begins on
a Monday (off: Pancasila); Tuesday 16 June is off too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.city.model import (
    Agency,
    CalendarSpec,
    Category,
    City,
    IncidentRule,
    LegalLimit,
    PauseReason,
    Policy,
    Priority,
    ServiceClass,
)
from data.domain.sla.calendars import Calendars, build_calendars
from data.domain.sla.case_status import CaseStatus, case_status
from data.domain.sla.clocks import Clock, ClockKind, clocks
from data.domain.sla.terms import Terms, terms
from data.domain.sla.worktime import Calendar

ZONE = ZoneInfo("Asia/Jakarta")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

_PUBLIC = "1-1 1-16 2-17 3-19 3-21 3-22 4-3 4-5 5-1 5-14 5-27 5-31 6-1 6-16 8-17 8-25 12-25"
_JOINT = "2-16 3-18 3-20 3-23 3-24 5-15 5-28 12-24"


def _days(listed: str, name: str) -> dict[date, str]:
    return {date(2026, *map(int, day.split("-"))): name for day in listed.split()}


PUBLIC_2026 = _days(_PUBLIC, "Libur nasional")
JOINT_2026 = _days(_JOINT, "Cuti bersama")

OFFICE_HOURS = {day: ((time(8), time(16)),) for day in range(4)} | {4: ((time(8), time(11)),)}


def _hours(verify: float, respond: float, resolve: float, hold: float) -> dict[str, timedelta]:
    return {"verify": verify * HOUR, "respond": respond * HOUR, "resolve": resolve * HOUR, "hold": hold * HOUR}


STANDARD = Policy("biasa", 1, "kantor", **_hours(2, 4, 16, 8), pauses=("citizen", "budget"))
SLOWER = Policy("biasa", 2, "kantor", **_hours(4, 8, 40, 16), pauses=())
EMERGENCY = Policy("darurat", 1, "selalu", **_hours(0.25, 0.5, 12, 6))


@cache
def a_city() -> City:
    """Three agencies of which one has its own hours, three categories, two policies."""
    silent = 4 * HOUR
    return City(
        name="Kota Kecil",
        timezone="Asia/Jakarta",
        agencies={
            "dlh": Agency("dlh", "Dinas Lingkungan Hidup", "DLH", {}, "kantor", silent),
            "pupr": Agency("pupr", "Dinas Pekerjaan Umum", "PUPR", {}, "pagi", silent),
            "bpbd": Agency("bpbd", "Badan Penanggulangan Bencana", "BPBD", {}, "selalu", silent),
        },
        categories={
            "sampah": _category("sampah", "dlh", "biasa", {"id": "Sampah", "en": "Waste"}, ("trash", "sampah liar")),
            "jalan": _category("jalan", "pupr", "biasa", {"id": "Jalan rusak", "en": "Broken road"}, ("pothole",)),
            "pohon": _category("pohon", "bpbd", "darurat", {"id": "Pohon tumbang", "en": "Fallen tree"}, ()),
            "lain": _category("lain", "", "biasa", {"id": "Lainnya", "en": "Other"}, ()),
        },
        policies={"biasa": (STANDARD, SLOWER), "darurat": (EMERGENCY,)},
        calendars={
            "kantor": (CalendarSpec("kantor", 1, False, OFFICE_HOURS),),
            "pagi": (CalendarSpec("pagi", 1, False, {day: ((time(8), time(12)),) for day in range(5)}),),
            "selalu": (CalendarSpec("selalu", 1, True),),
        },
        pauses={
            "citizen": PauseReason("citizen", {"id": "Menunggu warga", "en": "Waiting"}, 7 * DAY),
            "budget": PauseReason("budget", {"id": "Menunggu anggaran", "en": "Budget"}, None),
        },
        classes={
            "pengaduan": ServiceClass("pengaduan", {"id": "Pengaduan", "en": "Complaint"}, LegalLimit(14, "kantor")),
            "informasi": ServiceClass("informasi", {"id": "Informasi", "en": "Information"}, LegalLimit(5, "kantor")),
        },
        default_class="pengaduan",
        legal_calendar="kantor",
    )


def _category(code: str, agency: str, policy: str, name: dict[str, str], words: tuple[str, ...]) -> Category:
    incident = IncidentRule(150.0, 6 * HOUR) if code == "pohon" else None
    return Category(code, name, agency, policy, Priority.NORMAL, False, "X", incident=incident, words=words)


@cache
def calendars() -> Calendars:
    """Its calendars over 2026 and 2027."""
    return calendars_of(a_city())


def calendars_of(city: City) -> Calendars:
    """Calendars of a changed city."""
    return build_calendars(city, PUBLIC_2026, JOINT_2026, date(2026, 1, 1), date(2027, 12, 31))


def a_city_with(**changes: object) -> City:
    """The city with another office calendar."""
    spec = replace(a_city().calendars["kantor"][0], **changes)  # type: ignore[arg-type]
    return replace(a_city(), calendars={**a_city().calendars, "kantor": (spec,)})


def office(**changes: object) -> Calendar:
    """The office calendar, its spec changed."""
    return calendars_of(a_city_with(**changes))["kantor"]


def some_terms(policy: str = "biasa", version: int = 1, category: str = "sampah", **changes: object) -> Terms:
    """Terms of a case about waste."""
    plain = terms(a_city(), calendars(), category, (policy, version), "pengaduan")
    return replace(plain, **changes)  # type: ignore[arg-type]


def wib(text: str) -> datetime:
    """'2 08:00' is 2 June 2026, 08:00 local; '2026-03-13 16:00' and seconds may be written out."""
    day, clock = text.split()
    full = day if "-" in day else f"2026-06-{int(day):02d}"
    return datetime.fromisoformat(f"{full}T{clock}").replace(tzinfo=ZONE)


def said(at: datetime | None) -> str | None:
    """A moment as it is written in these tests: '2 08:00'."""
    if at is None:
        return None
    local = at.astimezone(ZONE)
    return f"{local.day} {local:%H:%M}" if (local.year, local.month) == (2026, 6) else f"{local:%Y-%m-%d %H:%M}"


_BY = {"received": ActorKind.CITIZEN, "dispatched": ActorKind.OPERATOR, "verified": ActorKind.OPERATOR}


def case(*lines: str) -> list[CaseEvent]:
    """Events from lines: when, what, its argument, by whom: '2 09:00 dispatched dlh', '3 10:00 answered by system'.

    An undated one says so at its end: '2 09:00 closed, undated'.
    """
    return [_event(line) for line in lines]


def _event(line: str) -> CaseEvent:
    line, _, reason = line.partition(", ")
    what, _, by = line.partition(" by ")
    day, clock, kind, *rest = what.split()
    actor = ActorKind(by) if by else _BY.get(kind, ActorKind.AGENCY)
    plain = CaseEvent(wib(f"{day} {clock}"), EventKind(kind), actor, reason=reason or None)
    return replace(plain, **_argument(EventKind(kind), rest[0])) if rest else plain  # type: ignore[arg-type]


def _argument(kind: EventKind, text: str) -> dict[str, object]:
    if kind is EventKind.PAUSED:
        return {"reason": text}
    if kind is not EventKind.RECLASSIFIED:
        return {"agency": text}
    policy, _, version = text.partition(":")
    return {"policy": policy, "policy_version": int(version) if version else None}


def status(events: Iterable[CaseEvent], now: str, under: Terms | None = None) -> CaseStatus:
    """The status of a case about waste at a moment."""
    return case_status(events, under or some_terms(), wib(now))


def every_clock(events: Iterable[CaseEvent], now: str, under: Terms | None = None) -> tuple[Clock, ...]:
    """All clocks of a case about waste at a moment."""
    return clocks(events, under or some_terms(), wib(now))


def clock(events: Iterable[CaseEvent], kind: ClockKind, now: str, under: Terms | None = None) -> Clock:
    """Its last clock of this kind."""
    return [one for one in every_clock(events, now, under) if one.kind is kind][-1]
