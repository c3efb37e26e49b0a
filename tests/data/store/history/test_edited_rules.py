"""A standard or calendar that is edited in place changes what is known from then on, and nothing before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from pathlib import Path

import pytest

from data.domain.city.content import calendar_content
from data.domain.city.model import City
from data.domain.city.recorded import RecordedVersion, VersionKey, VersionKind
from data.domain.figures.period import Period, figures
from data.domain.figures.values import Count
from data.domain.sla.calendars import Calendars, build_calendars
from data.domain.sla.terms import terms
from data.domain.sla.worktime import epoch
from data.store.cases.cases import recompute_status
from data.store.db.engine import Engine, writing
from data.store.history.history import History
from tests.data.store.history.test_history import as_rows, differences
from tests.factories import HOUR, NOW, a_case, a_city, a_history, a_policy, calendars, stored

EDITED_AT = NOW + 2 * HOUR
LATER = NOW + 3 * HOUR
YEARS = date(2026, 1, 1), date(2060, 12, 31)


def a_stricter_standard() -> tuple[City, Calendars]:
    """One hour for an answer where four were given, edited in place."""
    old, other = a_city().policies["biasa"]
    edited = replace(a_policy(respond=1.0), earlier=((epoch(EDITED_AT), old),))
    return replace(a_city(), policies={**a_city().policies, "biasa": (edited, other)}), calendars()


def a_shorter_week() -> tuple[City, Calendars]:
    """Offices that close on Tuesdays, edited in place."""
    (old,) = a_city().calendars["kantor"]
    new = replace(old, hours={day: ((time(7, 30), time(16)),) for day in (0, 2, 3, 4)})
    key = VersionKey(VersionKind.CALENDAR, "kantor", 1)
    recorded = tuple(
        RecordedVersion(key, revision, at, str(revision), calendar_content(spec))
        for revision, at, spec in ((1, NOW - timedelta(days=90), old), (2, EDITED_AT, new))
    )
    city = replace(a_city(), calendars={**a_city().calendars, "kantor": (new,)}, recorded=recorded)
    off = {date(2026, 12, 25): "Natal"}, {date(2026, 12, 24): "Cuti"}
    return city, build_calendars(city, *off, *YEARS)


@pytest.mark.parametrize("edit", [a_stricter_standard, a_shorter_week])
def test_an_edit_changes_no_figure_that_was_known_before_it(engine: Engine, tmp_path: Path, edit: object):
    city, edited = edit()  # type: ignore[operator]
    with writing(engine) as conn:
        ids = [stored(conn, a_case(), a_history(NOW - n * HOUR, dispatched=HOUR / 2)) for n in range(1, 4)]
    before = History(engine, tmp_path / "before", a_city(), calendars())
    told = before.as_known()
    with writing(engine) as conn:
        facts = ("jalan_rusak", ("biasa", 1), "pengaduan")
        for case_id in ids:
            recompute_status(conn, case_id, partial(terms, city, edited)(*facts), LATER)
        stored(conn, a_case(), a_history(LATER, dispatched=HOUR), LATER)
    after = History(engine, tmp_path / "after", city, edited)
    assert differences(as_rows(after.as_known(told.seq), for_ever=True), as_rows(told, for_ever=True)) == []
    now = as_rows(after.as_known(at=LATER), for_ever=True)
    assert any(now[case_id]["answer_due"] != row["answer_due"] for case_id, row in as_rows(told).items())


def test_the_figures_of_then_are_those_of_the_standard_of_then(engine: Engine, tmp_path: Path):
    city, edited = a_stricter_standard()
    with writing(engine) as conn:
        case_id = stored(conn, a_case(), a_history(NOW - 3 * HOUR, dispatched=HOUR / 2))
    with writing(engine) as conn:
        recompute_status(conn, case_id, terms(city, edited, "jalan_rusak", ("biasa", 1), "pengaduan"), LATER)
        stored(conn, a_case(), a_history(LATER), LATER)
    history = History(engine, tmp_path, city, edited)
    seq = history.seq_at(NOW)
    month = Period.months("2026-11")
    assert figures(history.as_known(seq), month).total["overdue"] == Count(0)
    assert figures(history.as_known(at=LATER), month).total["overdue"] == Count(1)
