"""Binds the charts of /kinerja to their questions.

One callback keeps the URL and the controls alike; all others draw from the URL alone. So a view can be sent on, and
the browser's Back works. The page's script asks for each chart, with the URL's query, first for those on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, ctx, no_update

from data.domain.performance import arrivals, forecast, pauses, picks, shares, times, unusual, weeks
from data.domain.performance.frame import Frame
from data.domain.performance.question import AsOfRefused, Known, Question, from_values, narrowed, read
from layouts.charts import flow, mix, quality, ratings, topics, when, where
from layouts.charts import forecast as draw_forecast
from layouts.charts import unusual as draw_unusual
from layouts.charts.chart import Chart, ChartContext
from layouts.charts.promptness import on_time, stages
from layouts.charts.promptness import pauses as draw_pauses
from layouts.charts.promptness import times as draw_times
from layouts.kit.words import Words
from layouts.pages import kinerja
from layouts.pages.kinerja import CHARTS, Id, asked_id, chart_id


@dataclass(frozen=True, slots=True)
class KinerjaDeps:
    """What the callbacks ask of the app around them, for the present request."""

    known: Known
    frame: Callable[[Question], Frame]
    """The question with the columns of its moment, and what the reader may see. Raises AsOfRefused."""
    context: Callable[[Question, Frame], ChartContext]
    """Language, theme and time of the drawing."""
    shared: Callable[[Hashable, Callable[[], Any]], Any]
    """What is computed once for all who ask the same of the same columns."""
    words: Callable[[], Words]
    """The language alone."""


Ask = Callable[[Frame], Any]
Draw = Callable[[Any, ChartContext], Chart]

QUESTIONS: Mapping[str, Ask] = {
    "on_time": shares.on_time,
    "mix": shares.mix,
    "flow": weeks.flow,
    "answers": times.answers,
    "resolutions": times.resolutions,
    "forecast": forecast.forecast,
    "stages": times.stages,
    "topics": arrivals.topics,
    "pauses": pauses.pauses,
    "when": arrivals.when,
    "where": arrivals.where,
    "quality": shares.quality,
    "ratings": shares.ratings,
    "unusual": unusual.unusual,
}
TABLE: Mapping[str, tuple[str, Draw]] = {
    "on_time": ("on_time", on_time.draw),
    "mix": ("mix", mix.draw),
    "flow": ("flow", flow.draw),
    "answers": ("answers", draw_times.draw_answers),
    "answer_curve": ("answers", draw_times.draw_answer_curve),
    "resolutions": ("resolutions", draw_times.draw_resolutions),
    "resolution_curve": ("resolutions", draw_times.draw_resolution_curve),
    "forecast": ("forecast", draw_forecast.draw),
    "stages": ("stages", stages.draw),
    "pauses": ("pauses", draw_pauses.draw),
    "topics": ("topics", topics.draw),
    "when": ("when", when.draw),
    "where": ("where", where.draw),
    "quality": ("quality", quality.draw),
    "ratings": ("ratings", ratings.draw),
    "unusual": ("unusual", draw_unusual.draw),
}
"""The question and the drawing of each chart."""


def register(app: Dash, deps: KinerjaDeps) -> None:
    """All callbacks of the page."""
    app.clientside_callback(ClientsideFunction("kinerja", "show"), Input(Id.CONTROLS, "data"))
    asked = [Output(asked_id(name), "data") for name in CHARTS]
    app.clientside_callback(
        ClientsideFunction("kinerja", "ask"), *asked, Input(Id.URL, "search"), Input(Id.STEP, "data")
    )
    app.clientside_callback(ClientsideFunction("kinerja", "tell"), Input(Id.TOLD, "data"))
    charts = [Input(chart_id(name), "data") for name in CHARTS]
    app.clientside_callback(ClientsideFunction("kinerja", "draw"), *charts)

    controls = [Output(*each) for each in kinerja.STEERED]

    @app.callback(*controls, Input(Id.URL, "search"), Input(Id.CONTROLS, "data"))
    def steer(search: str | None, controls: dict[str, Any] | None) -> tuple[Any, Any]:
        return steered(search or "", controls, deps.known, by_control=ctx.triggered_id == Id.CONTROLS)

    @app.callback([Output(*each) for each in kinerja.TOLD], Input(Id.URL, "search"))
    def tell(search: str | None) -> tuple[dict[str, str]]:
        question = read(search or "", deps.known)
        try:
            frame = deps.frame(question)
        except AsOfRefused as refused:
            return (kinerja.not_told(refused.reason, question, deps.words()),)
        context = deps.context(question, frame)
        lead = kinerja.lead(question, frame.period, frame.before, context)
        return (kinerja.told(lead, kinerja.as_known(question, context), _picked(question, frame, context)),)

    for name in CHARTS:
        _bind(app, name, deps)


def steered(search: str, controls: dict[str, Any] | None, known: Known, *, by_control: bool) -> tuple[Any, Any]:
    """The URL's query and the controls, alike; what already says so is left alone."""
    question = from_values(controls or {}, known) if by_control else read(search, known)
    wanted, values = question.search(), question.values()
    return (no_update if wanted == search else wanted), (no_update if values == controls else values)


def _bind(app: Dash, name: str, deps: KinerjaDeps) -> None:
    asked, draw = TABLE[name]

    outputs = [Output(*each) for each in kinerja.filled_by(name)]

    @app.callback(outputs, Input(asked_id(name), "data"), prevent_initial_call=True)
    def fill(search: str | None) -> tuple[dict[str, Any]]:
        question = read(search or "", deps.known)
        try:
            frame = deps.frame(question)
        except AsOfRefused as refused:
            return (kinerja.not_filled(refused.reason, deps.words()),)
        context = deps.context(question, frame)
        answer = deps.shared((asked, frame.question), lambda: QUESTIONS[asked](frame))
        return (kinerja.filled(draw(answer, context), context, question),)


def _picked(question: Question, frame: Frame, context: ChartContext) -> Any:
    pick = picks.parse(question.pick)
    if pick is None:
        return None
    n = len(picks.rows_of(frame, pick))
    return kinerja.picked(question, pick, n, narrowed(question, *picks.filter_of(pick)), context)
