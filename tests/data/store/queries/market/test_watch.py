"""The outbreak watch: which questions count, and where there are more than usual."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from data.domain.market.pests import pest_of
from data.store.cases.cases import NewCase
from data.store.db.engine import Engine, reading, writing
from data.store.queries.market.watch import OutbreakWatch, PestReport, watch
from tests.factories import BEJI, DAY, HOUR, NOW, SISIR, a_case, a_history, stored

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "pest"),
    [
        ("Lalat buah di jeruk keprok", "fruit_fly"),
        ("Kutu kebul di cabai", "aphid"),
        ("Daun kentang BUSUK", "rot"),
        ("Sapi mencret, PMK?", "livestock"),
        ("Ada hama di kebun", "other"),
        ("Cara daftar kartu tani", None),
        ("Harga kentang jatuh", None),
    ],
)
def test_the_words_of_farmers_say_which_pest_it_is(text: str, pest: str | None):
    assert pest_of(text) == pest


def reports(*ago: int, village: str | None = SISIR) -> list[PestReport]:
    return [PestReport(TODAY - timedelta(days=days), village, "aphid") for days in ago]


LONG_AGO = PestReport(TODAY - timedelta(days=90), BEJI, "rot")
"""Since then the reports are known."""


def test_three_reports_in_a_quiet_village_are_an_outbreak_and_two_are_none():
    (found,) = watch([LONG_AGO, *reports(0, 2, 6)], TODAY).outbreaks
    assert (found.code, found.village, found.reports, found.usual, found.pest) == (SISIR, "Sisir", 3, 0.0, "aphid")
    assert found.week == TODAY - timedelta(days=6)
    assert watch([LONG_AGO, *reports(0, 2, 7)], TODAY).outbreaks == ()


def test_before_there_is_a_baseline_nothing_is_an_outbreak():
    young = watch(reports(0, 1, 2, 3, 48), TODAY)
    assert (young.weeks, young.outbreaks) == (7, ())
    assert watch(reports(0, 1, 2, 3, 56), TODAY).outbreaks != ()


def test_as_many_as_every_week_are_no_outbreak():
    weekly = [day for week in range(13) for day in (7 * week, 7 * week + 2, 7 * week + 4)]
    assert watch(reports(*weekly), TODAY).outbreaks == ()
    assert watch(reports(*weekly, 1, 1, 3, 3, 5), TODAY).outbreaks[0].usual == 3.0


def test_reports_without_a_village_are_counted_and_alarm_nobody():
    found = watch([LONG_AGO, *reports(0, 1, 2, village=None), *reports(3, village=BEJI)], TODAY)
    assert (found.unplaced, found.reports, found.outbreaks) == (3, ((BEJI, 1),), ())


def test_only_open_and_answered_questions_about_pests_count(engine: Engine):
    def question(**changes: object) -> NewCase:
        return a_case(**({"kind": "question", "title": "Kutu daun", "village": BEJI} | changes))

    with writing(engine) as conn:
        for case in (question(), question(), question(title="Tanya pupuk"), question(private=True)):
            stored(conn, case, a_history(NOW - HOUR))
        stored(conn, question(kind="report"), a_history(NOW - HOUR))
        stored(conn, question(), a_history(NOW - 200 * DAY))
    with reading(engine) as conn:
        assert OutbreakWatch(ZoneInfo("Asia/Jakarta")).ask(conn, NOW).reports == ((BEJI, 2),)
