"""A small city and its cases, with sane defaults: `a_case(category="sampah")` says only what the test is about.

It is Tuesday 24 November 2026, 14:07 WIB, unless a test says otherwise.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, partial
from pathlib import Path

from data.domain.cases.model import ActorKind, CaseEvent, EventKind, Precision
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
    Topic,
)
from data.domain.market.nouns import Market
from data.domain.sla.calendars import Calendars, build_calendars
from data.domain.sla.case_status import case_status
from data.domain.sla.terms import Terms, terms
from data.reference.commodities import BY_CODE
from data.store.cases.cases import NewCase, Reporter, TermsOf, insert_case
from data.store.db.engine import Connection

NOW = datetime(2026, 11, 24, 7, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

SISIR, TEMAS, BEJI = "35.79.01.1004", "35.79.01.1001", "35.79.03.2002"
"""Villages' codes."""


def _agency(code: str, short: str, calendar: str = "kantor", hours: int = 4) -> Agency:
    duty = {"id": f"Urusan {short}", "en": f"Affairs of {short}"}
    return Agency(code, f"Dinas {short}", short, duty, calendar, timedelta(hours=hours))


def _category(code: str, agency: str, policy: str, letter: str, **more: object) -> Category:
    plain = Category(code, {"id": code.title(), "en": code.title()}, agency, policy, Priority.NORMAL, False, letter)
    return replace(plain, **more)  # type: ignore[arg-type]


def a_policy(code: str = "biasa", version: int = 1, calendar: str = "kantor", **hours: float) -> Policy:
    """A policy with targets in hours: verify 2, respond 4, resolve 40, hold 24."""
    targets = {"verify": 2.0, "respond": 4.0, "resolve": 40.0, "hold": 24.0} | hours
    return Policy(code, version, calendar, **{name: timedelta(hours=hour) for name, hour in targets.items()})


@cache
def a_city() -> City:
    """Five agencies and the triage queue, six categories of which one is private and two are emergencies."""
    office = {day: ((time(7, 30), time(16, 0)),) for day in range(4)} | {4: ((time(7, 0), time(14, 30)),)}
    emergency = {"verify": 0.25, "respond": 0.5, "resolve": 12, "hold": 12}
    return City(
        name="Kota Batu",
        timezone="Asia/Jakarta",
        agencies={
            "dpupr": _agency("dpupr", "DPUPR"),
            "dlh": _agency("dlh", "DLH"),
            "bpbd": _agency("bpbd", "BPBD", "selalu", 1),
            "bnn": _agency("bnn", "BNN"),
            "triase": _agency("triase", "Triase"),
        },
        categories={
            "jalan_rusak": _category("jalan_rusak", "dpupr", "biasa", "J"),
            "sampah": _category("sampah", "dlh", "biasa", "S", words=("trash",)),
            "longsor": _category("longsor", "bpbd", "darurat", "L", priority=Priority.CRITICAL),
            "pohon_tumbang": _category(
                "pohon_tumbang",
                "bpbd",
                "darurat",
                "PT",
                priority=Priority.CRITICAL,
                incident=IncidentRule(150.0, timedelta(hours=6)),
            ),
            "narkoba": _category("narkoba", "bnn", "biasa", "N", private=True),
            "lainnya": _category("lainnya", "triase", "biasa", "?"),
        },
        policies={
            "biasa": (a_policy(), a_policy(version=2, respond=8.0)),
            "darurat": (a_policy("darurat", 1, "selalu", **emergency),),
        },
        calendars={
            "kantor": (CalendarSpec("kantor", 1, False, office),),
            "selalu": (CalendarSpec("selalu", 1, True),),
        },
        pauses={"citizen": PauseReason("citizen", {"id": "Menunggu warga", "en": "Waiting"}, timedelta(days=7))},
        classes={
            "pengaduan": ServiceClass("pengaduan", {"id": "Pengaduan", "en": "Complaint"}, LegalLimit(14, "kantor"))
        },
        default_class="pengaduan",
        legal_calendar="kantor",
        market=Market(BY_CODE),
        topics=(
            Topic("jalan_rusak", phrases=("lubang",), things=("jalan",), problems=("rusak",)),
            Topic("sampah", phrases=("sampah",)),
            Topic("longsor", phrases=("longsor",), things=("tebing",), problems=("runtuh",)),
            Topic("pohon_tumbang", phrases=("pohon tumbang",)),
            Topic("narkoba", phrases=("sabu",)),
            Topic("lainnya", "dlh", phrases=("taman",)),
        ),
    )


@cache
def calendars(first: date = date(2026, 1, 1), last: date = date(2060, 12, 31)) -> Calendars:
    """The calendars of `a_city`, Christmas of 2026 off, its eve as joint leave; real clocks stay before their end."""
    return build_calendars(
        a_city(), {date(2026, 12, 25): "Hari Raya Natal"}, {date(2026, 12, 24): "Cuti Bersama Natal"}, first, last
    )


@cache
def two_calendar_versions(since: date) -> tuple[City, Calendars]:
    """The city whose offices close at noon for what is received from a day on."""
    (old,) = a_city().calendars["kantor"]
    new = replace(old, version=2, hours={day: ((time(7, 30), time(12)),) for day in range(5)}, since=since)
    city = replace(a_city(), calendars={**a_city().calendars, "kantor": (old, new)})
    return city, build_calendars(city, {}, {}, date(2026, 1, 1), date(2027, 12, 31))


def terms_of() -> TermsOf:
    """Terms in `a_city` by a case's row."""
    return partial(terms, a_city(), calendars())


def terms_for(case: NewCase) -> Terms:
    """Terms of one case."""
    return terms_of()(case.category, (case.policy, case.policy_version), case.service_class)


_numbers = itertools.count(1)


def a_case(category: str = "jalan_rusak", **changes: object) -> NewCase:
    """What is known of a case of this category; code and external id are new each time."""
    number = next(_numbers)
    of = a_city().categories[category]
    plain = NewCase(
        code=f"AW-2611-{50_000 + number}",  # the pipeline numbers from 1
        kind=of.kind,
        source="api",
        external_id=str(number),
        category=category,
        priority=of.priority,
        private=of.private,
        policy=of.policy,
        policy_version=1,
        service_class="pengaduan",
        title=f"{of.name['id']} nomor {number}",
        text="Mohon ditindaklanjuti.",
        precision=Precision.EXACT,
        lat=-7.8696,
        lon=112.5276,
        village=SISIR,
        reporter=Reporter(name="Ibu Warga", phone="0812000111"),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def event(kind: EventKind, at: datetime, **changes: object) -> CaseEvent:
    """An event, by a person of the agency unless said otherwise."""
    return replace(CaseEvent(at, kind, ActorKind.AGENCY, "petugas"), **changes)  # type: ignore[arg-type]


def received(at: datetime = NOW) -> CaseEvent:
    """The first event."""
    return event(EventKind.RECEIVED, at, actor_kind=ActorKind.CITIZEN, actor="")


def a_history(at: datetime, agency: str = "dpupr", **later: timedelta) -> list[CaseEvent]:
    """Received at `at`, and each kind named so much later: `a_history(NOW, dispatched=MINUTE, answered=HOUR)`."""
    events = [received(at)]
    for name, after in later.items():
        kind = EventKind(name)
        events.append(event(kind, at + after, agency=agency, reason="citizen" if kind is EventKind.PAUSED else None))
    return events


def stored(conn: Connection, case: NewCase, events: Sequence[CaseEvent], now: datetime = NOW) -> int:
    """Put a case into the store; its id."""
    return insert_case(conn, case, events, case_status(events, terms_for(case), now), now)


def new_store(template: Path, path: Path) -> str:
    """A copy of a template at this path, for its owner only, as the app makes one; its address."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(template, path)
    path.chmod(0o600)
    return f"sqlite:///{path}"
