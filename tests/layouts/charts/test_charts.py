"""Every chart in both languages, without cases, with three and with many: a finding in words, and a table behind it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from data.domain.city.model import Population
from data.domain.figures.selection import Period
from data.domain.history.columns import End
from data.domain.performance import arrivals, forecast, pauses, shares, times, unusual, weeks
from data.domain.performance.answers import Forecast, ForecastRow, PastForecast
from data.domain.performance.frame import Frame
from layouts.charts import flow, mix, quality, ratings, topics, when, where
from layouts.charts import forecast as forecast_chart
from layouts.charts import unusual as unusual_chart
from layouts.charts.chart import Chart, ChartContext
from layouts.charts.promptness import on_time, stages
from layouts.charts.promptness import pauses as pauses_chart
from layouts.charts.promptness import times as times_charts
from layouts.kit.theme import THEMES
from layouts.kit.words import LANGUAGES, words
from tests.columns import AT, DAY_S, HOUR_S, Row, a_frame, a_row
from tests.factories import BEJI, NOW, SISIR, TEMAS, a_city

DRAWINGS: dict[str, Callable[[Frame, ChartContext], Chart]] = {
    "on_time": lambda frame, it: on_time.draw(shares.on_time(frame), it),
    "mix": lambda frame, it: mix.draw(shares.mix(frame), it),
    "flow": lambda frame, it: flow.draw(weeks.flow(frame), it),
    "answers": lambda frame, it: times_charts.draw_answers(times.answers(frame), it),
    "answer_curve": lambda frame, it: times_charts.draw_answer_curve(times.answers(frame), it),
    "resolutions": lambda frame, it: times_charts.draw_resolutions(times.resolutions(frame), it),
    "resolution_curve": lambda frame, it: times_charts.draw_resolution_curve(times.resolutions(frame), it),
    "forecast": lambda frame, it: forecast_chart.draw(forecast.forecast(frame), it),
    "stages": lambda frame, it: stages.draw(times.stages(frame), it),
    "pauses": lambda frame, it: pauses_chart.draw(pauses.pauses(frame), it),
    "topics": lambda frame, it: topics.draw(arrivals.topics(frame), it),
    "when": lambda frame, it: when.draw(arrivals.when(frame), it),
    "where": lambda frame, it: where.draw(arrivals.where(frame), it),
    "quality": lambda frame, it: quality.draw(shares.quality(frame), it),
    "ratings": lambda frame, it: ratings.draw(shares.ratings(frame), it),
    "unusual": lambda frame, it: unusual_chart.draw(unusual.unusual(frame), it),
}


def a_context(lang: str = "id", theme: str = "light") -> ChartContext:
    places = {SISIR: "Sisir", TEMAS: "Temas", BEJI: "Beji"}
    return ChartContext(words(lang), theme, a_city(), places, NOW)


def many() -> list[Row]:
    """Two hundred cases of three agencies, one of which answers late, over thirty weeks."""
    rows = []
    for n in range(200):
        agency, category = (("dlh", "sampah"), ("dpupr", "jalan_rusak"), ("bpbd", "longsor"))[n % 3]
        takes = 6 * HOUR_S if agency == "dpupr" else HOUR_S
        received = AT - DAY_S - n * DAY_S
        more = {"verified": received + 600, "dispatched": received + 600, "acknowledged": received + 900}
        ends = None if n < 8 else 2 * DAY_S
        rows.append(
            a_row(
                received,
                agency=agency,
                category=category,
                village=(SISIR, TEMAS, BEJI)[n % 3],
                answered=takes,
                answer_due=4 * HOUR_S,
                resolve_due=4 * DAY_S,
                finished=ends,
                rating=n % 5 + 1 if ends else 0,
                said="Sudah ditangani." if n % 2 else "",
                pauses=[(agency, ("citizen", "weather")[n % 2], 2 * HOUR_S, (5 + n % 7) * HOUR_S)],
                **more,
            )
        )
    return rows


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", DRAWINGS)
def test_without_cases_a_chart_says_so_and_draws_nothing(name: str, lang: str):
    drawn = DRAWINGS[name](a_frame([]), a_context(lang))
    assert drawn.finding.endswith(".")
    assert (drawn.n, drawn.figure) == (0, None)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", DRAWINGS)
def test_three_cases_are_told_as_counts_and_not_as_percent(name: str, lang: str):
    frame = a_frame([*many()[8:10], a_row(answer_due=HOUR_S, village=SISIR)])
    drawn = DRAWINGS[name](frame, a_context(lang))
    assert drawn.finding
    assert "%" not in drawn.finding.replace(words(lang)("performance.p90"), "")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", [name for name in DRAWINGS if name not in ("forecast", "unusual")])
def test_many_cases_have_a_finding_a_figure_and_a_table(name: str, lang: str):
    frame = a_frame(many(), days=180)
    drawn = DRAWINGS[name](frame, a_context(lang))
    assert drawn.finding
    assert drawn.n >= 100
    assert drawn.figure is not None
    assert drawn.table is not None
    assert drawn.table.rows
    assert {len(row.cells) for row in drawn.table.rows} == {len(drawn.table.head)}
    assert json.loads(json.dumps(drawn.figure))["layout"]["height"] >= 150


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_has_no_colours_but_those_of_its_theme(name: str, theme: str):
    drawn = DRAWINGS[name](a_frame(many(), days=180), a_context(theme=theme))
    used = {each for each in strings(drawn.figure) if each.startswith("#")}
    assert used <= set(THEMES[theme].values())


def strings(part: Any) -> list[str]:
    if isinstance(part, dict):
        return [text for each in part.values() for text in strings(each)]
    if isinstance(part, list | tuple):
        return [text for each in part for text in strings(each)]
    return [part] if isinstance(part, str) else []


def test_only_what_is_clearly_below_the_average_has_the_colour_of_the_overdue():
    drawn = DRAWINGS["on_time"](a_frame(many(), days=180), a_context())
    assert drawn.figure is not None
    bars = drawn.figure["data"][0]
    toned = dict(zip(bars["customdata"], bars["marker"]["color"], strict=True))
    assert toned["on_time:agency:dpupr"] == THEMES["light"]["overdue"]
    assert toned["on_time:agency:dlh"] != THEMES["light"]["overdue"]
    assert "DPUPR" in drawn.finding
    assert "DLH" not in drawn.finding


def test_the_title_says_how_many_and_the_numbers_are_written_as_the_language_does():
    drawn = DRAWINGS["resolutions"](a_frame(many(), days=180), a_context())
    assert drawn.finding == "Separuh laporan selesai dalam 2,0\u00a0hari, 9 dari 10 dalam 2,0\u00a0hari."
    assert DRAWINGS["resolutions"](a_frame(many(), days=180), a_context("en")).finding.startswith("Half of the cases")


def test_a_time_that_is_not_reached_is_told_as_longer_than_what_was_seen():
    rows = [a_row(AT - 10 * DAY_S, finished=DAY_S if n < 6 else None) for n in range(10)]
    assert "> 10" in DRAWINGS["resolutions"](a_frame(rows), a_context()).finding


def test_a_forecast_stands_beside_its_own_errors():
    past = tuple(PastForecast(NOW, 4.0, 5, 9) for _ in range(12))
    answer = Forecast((ForecastRow(24, 1.2, 0, 2), ForecastRow(168, 6.4, 5, 8)), past, 0.2, 0.8, {"dlh": 3})
    drawn = forecast_chart.draw(answer, a_context())
    assert drawn.figure is not None
    assert "1 akan terlambat dalam 24 jam dan 6 dalam 7 hari (5–8)" in drawn.finding
    assert "20\u00a0%" in drawn.finding


def test_pauses_are_told_with_reason_and_who_held_the_case():
    rows = [a_row(pauses=[("dlh", "citizen", HOUR_S, 5 * HOUR_S)]) for _ in range(4)]
    rows += [a_row(pauses=[("dpupr", "weather", HOUR_S, 2 * HOUR_S)])]
    drawn = DRAWINGS["pauses"](a_frame(rows), a_context())
    assert "94" in drawn.finding
    assert "DLH (4 kali)" in drawn.finding
    assert drawn.table is not None
    assert [row.pick for row in drawn.table.rows][:2] == ["paused:any:citizen", "paused:any:weather"]


def test_a_category_that_grew_beyond_chance_is_named():
    now = [a_row(category="sampah") for _ in range(40)] + [a_row(category="longsor") for _ in range(60)]
    before = [a_row(AT - 40 * DAY_S, category="sampah") for _ in range(90)]
    frame = a_frame([*now, *before], before=Period(AT - 60 * DAY_S, AT - 31 * DAY_S))
    drawn = DRAWINGS["topics"](frame, a_context())
    assert drawn.finding.startswith("Terbanyak tentang Longsor: 60")
    assert "dari 0\u00a0% menjadi 60\u00a0%" in drawn.finding or "dari 100\u00a0%" in drawn.finding


def test_words_that_were_erased_are_told_as_not_known_any_more():
    rows = [
        a_row(finished=HOUR_S, said=text) for text in ("", "Beres.", "Selesai diperbaiki.", "Beres!", "Sudah.", "Ok")
    ]
    drawn = DRAWINGS["quality"](a_frame(rows), a_context())
    assert "1 yang kata-katanya sudah dihapus" in drawn.note
    assert "tanpa bukti: 0\u00a0%" in drawn.finding
    assert "jawaban salinan: 20\u00a0%" in drawn.finding


@pytest.mark.parametrize("name", ["flow", "answers", "topics"])
def test_a_silent_day_stands_in_the_table_as_no_data_and_a_quiet_one_as_0(name: str):
    silent = NOW.date() - timedelta(days=2)
    frame = a_frame([a_row(AT - 9 * DAY_S), *(a_row() for _ in range(6))], 7, silent_days=lambda _: {silent})
    table = DRAWINGS[name](frame, a_context()).table
    assert table is not None
    told = {row.cells[0]: row.cells[1] for row in table.rows}
    assert (told["22 Nov"], told["23 Nov"], told["21 Nov"]) == ("tidak ada data", "6", "0")


def test_what_is_open_is_explained_by_what_came_was_reopened_and_ended_since_there_are_data():
    again = {"former": [{"started": AT - 2 * DAY_S, "finished": AT - DAY_S, "end": End.RESOLVED}]}
    twice = a_row(AT - 2 * DAY_S, started=AT - HOUR_S, reopened=1, finished=2 * DAY_S - 60, **again)
    rows = [twice, *(a_row(AT - 2 * DAY_S) for _ in range(7))]
    drawn = DRAWINGS["flow"](a_frame(rows, 7), a_context())
    assert drawn.finding == "Terbuka 7 sejak data pertama (22 Nov): 8 masuk dan 1 dibuka lagi, 2 selesai."
    known = a_frame([*rows, a_row(AT - 9 * DAY_S)], 7)
    assert DRAWINGS["flow"](known, a_context()).finding.startswith("Yang terbuka bertambah dari 1 menjadi 8: 8 masuk")
    assert flow.draw(weeks.flow(known), a_context(), brief=True).finding.endswith("dari 1 menjadi 8.")


def test_per_1000_people_is_told_with_its_source_or_as_no_data():
    rows = [a_row(village=village) for village in (SISIR, SISIR, SISIR, TEMAS, TEMAS) for _ in range(5)]
    without = DRAWINGS["where"](a_frame(rows), a_context())
    assert without.table is not None
    assert [row.cells[-1] for row in without.table.rows] == ["tidak ada data", "tidak ada data"]
    city = replace(a_city(), population=Population({SISIR: 15_000, TEMAS: 2_000}, 2025, "BPS Kota Batu"))
    drawn = DRAWINGS["where"](a_frame(rows, city=city), a_context())
    assert drawn.table is not None
    assert [row.cells[-1] for row in drawn.table.rows] == ["5,00", "1,00"]
    assert "2025: BPS Kota Batu" in drawn.note
    assert drawn.finding.startswith("Per 1.000 penduduk terbanyak di Temas")


def test_an_hour_of_the_heat_map_opens_its_cases():
    drawn = DRAWINGS["when"](a_frame(many(), days=180), a_context())
    assert drawn.figure is not None
    assert drawn.figure["data"][0]["customdata"][0][9] == "received:hour:0-9"
