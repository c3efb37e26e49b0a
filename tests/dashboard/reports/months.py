"""A month of cases in the tests' small city, and what reports are made from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from dashboard.config.home import Home
from dashboard.config.load import Config, load
from dashboard.reports.archive.gathering import ReportDeps
from dashboard.reports.archive.making import Made, Request, make
from dashboard.reports.archive.period import Months
from dashboard.reports.archive.storage import ReportStorage
from data.store.db.change_feed import record_change
from data.store.db.engine import Engine, writing
from data.store.history.history import History
from tests.code_checks import ROOT
from tests.factories import HOUR, MINUTE, a_case, a_city, a_history, calendars, stored

OCTOBER = Months(date(2026, 10, 1), date(2026, 10, 31))
MADE_AT = datetime(2026, 11, 3, 1, tzinfo=UTC)
OWNER = "here:1:tests"


@cache
def settings() -> Config:
    """config.yaml's settings around the tests' city."""
    return replace(load(ROOT / "config.yaml", date(2026, 11, 24)), city=a_city(), sources={})


def deps_of(engine: Engine, home: Path) -> ReportDeps:
    history = History(engine, home / "history", a_city(), calendars())
    return ReportDeps(settings(), Home(home, "", None), engine, calendars(), history)


def given(engine: Engine, at: datetime, category: str = "jalan_rusak", **more: object) -> int:
    """A case received at `at`; later events as in `a_history`, `village` and `private` as in `a_case`."""
    changes = {name: more.pop(name) for name in ("village", "private", "source") if name in more}
    agency = a_city().categories[category].agency
    with writing(engine) as conn:
        number = stored(conn, a_case(category, **changes), a_history(at, agency, **more), MADE_AT)  # type: ignore[arg-type]
        record_change(conn, "received", MADE_AT, case_id=number)
    return number


def at_noon(day: int, month: int = 10) -> datetime:
    """Twelve o'clock in the city."""
    return datetime(2026, month, day, 5, tzinfo=UTC)


def some_cases(engine: Engine) -> None:
    """September: one. October: eight answered and resolved, three open, one private."""
    given(engine, at_noon(20, 9), dispatched=HOUR, answered=2 * HOUR, resolved=3 * HOUR)
    for day in range(1, 9):
        given(engine, at_noon(day), "sampah", dispatched=MINUTE, answered=HOUR, resolved=timedelta(hours=day))
    for day in (12, 13, 30):
        given(engine, at_noon(day), dispatched=HOUR)
    given(engine, at_noon(14), "narkoba", dispatched=HOUR)


def made_by(deps: ReportDeps, request: Request | None = None, now: datetime = MADE_AT) -> Made:
    return make(deps, request or Request(OCTOBER), OWNER, "ani", lambda: now)


def contents(deps: ReportDeps, made: Made, lang: str = "id") -> dict[str, bytes]:
    """The files of one language by their names."""
    storage = ReportStorage(deps.home.path)
    return {each.name: storage.get(each.sha256) for each in made.files if each.lang == lang}
