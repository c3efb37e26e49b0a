"""The page /kinerja: filters, what is picked, and a section for each chart, which callbacks fill.

Filters are native controls: the page's script keeps them and the store CONTROLS alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from data.domain.figures.selection import Period
from data.domain.performance.picks import ANY, Pick
from data.domain.performance.question import Question
from layouts.charts.chart import Chart, ChartContext, Table
from layouts.kit.words import Words

CHARTS = (
    "on_time",
    "mix",
    "flow",
    "answers",
    "answer_curve",
    "resolutions",
    "resolution_curve",
    "forecast",
    "stages",
    "topics",
    "pauses",
    "when",
    "where",
    "quality",
    "ratings",
    "unusual",
)
"""In the order of the page."""
WIDE = frozenset({"flow", "topics"})
"""Charts over the whole width."""
LIST = "/kinerja/laporan"
GRAPH = {"displayModeBar": False, "responsive": True, "scrollZoom": False, "doubleClick": False}


class Id(StrEnum):
    """Ids of the page."""

    URL = "kinerja--url"
    CONTROLS = "kinerja--controls"
    LEAD = "kinerja--lead"
    KNOWN = "kinerja--known"
    PICKED = "kinerja--picked"


class Part(StrEnum):
    """What a callback fills of a chart's section."""

    FINDING = "finding"
    NOTE = "note"
    FIGURE = "figure"
    GRAPH = "graph"
    DRAWING = "drawing"
    """The figure, until the page's script draws it: first what is on the screen."""
    TABLE = "table"


FILLED = (
    (Part.FINDING, "children"),
    (Part.NOTE, "children"),
    (Part.DRAWING, "data"),
    (Part.GRAPH, "style"),
    (Part.FIGURE, "aria-label"),
    (Part.FIGURE, "hidden"),
    (Part.TABLE, "children"),
)
"""What `filled` returns, in its order: part and property."""
STEERED = ((Id.URL, "search"), (Id.CONTROLS, "data"))
TOLD = ((Id.LEAD, "children"), (Id.KNOWN, "children"), (Id.PICKED, "children"))


def part_id(chart: str, part: Part) -> str:
    """The id of a part of a chart's section."""
    return f"kinerja--{chart}-{part}"


def callback_names() -> list[str]:
    """How Dash calls the page's callbacks: those of the server by their outputs, those of the browser by their
    function."""
    of_charts = [[(part_id(chart, part), name) for part, name in FILLED] for chart in CHARTS]
    outputs = ["...".join(f"{it}.{name}" for it, name in each) for each in (STEERED, TOLD, *of_charts)]
    return [*(f"..{each}.." for each in outputs), "kinerja.pick", "kinerja.show", "kinerja.draw"]


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a filter."""

    value: str
    text: str


Choices = Mapping[str, Sequence[Option]]
"""The options of each filter by its name in the URL; the first is the usual one."""


def page(choices: Choices, words: Words) -> Component:
    """The page without data."""
    return html.Div(
        [
            dcc.Location(id=Id.URL, refresh=False),
            dcc.Store(id=Id.CONTROLS),
            html.Div(
                [html.Div([html.H1(words("performance.title")), html.P(id=Id.LEAD, className="muted lead")])],
                className="head",
            ),
            _filters(choices, words),
            html.Div(id=Id.KNOWN, className="known", role="status"),
            html.Div(id=Id.PICKED, className="picked", role="status"),
            html.Div([_section(name, words) for name in CHARTS], className="charts"),
            html.P(html.A(words("performance.definitions"), href="/definisi"), className="muted"),
        ],
        className="kinerja",
    )


def _filters(choices: Choices, words: Words) -> Component:
    selects = [
        html.Div(
            [
                html.Label(words(f"performance.filter.{name}"), htmlFor=f"filter-{name}"),
                html.Select(
                    [html.Option(option.text, value=option.value) for option in options],
                    id=f"filter-{name}",
                    **{"data-filter": name},
                ),
            ],
            className="filter",
        )
        for name, options in choices.items()
    ]
    selects.append(html.Div(className="filter moment"))  # the page's script puts the native control of a moment there
    buttons = [
        html.Button(words("performance.reset"), type="button", className="quiet", id="filter-reset"),
        html.Button(words("performance.print"), type="button", className="quiet", id="filter-print"),
    ]
    return html.Details(
        [html.Summary(words("performance.filters")), html.Div([*selects, html.Div(buttons, className="actions")])],
        className="filters",
        open=True,
    )


def _section(name: str, words: Words) -> Component:
    """Grey lines stand where the chart will be, until it is there."""
    heading = part_id(name, Part.FINDING)
    graph = dcc.Graph(id=part_id(name, Part.GRAPH), config=GRAPH, figure={}, responsive=True, style={"height": "270px"})
    return html.Section(
        [
            html.P(words(f"performance.{name}.kicker"), className="kicker"),
            html.H2(id=heading, children=words("performance.loading")),
            html.P(id=part_id(name, Part.NOTE), className="muted note"),
            dcc.Store(id=part_id(name, Part.DRAWING)),
            html.Figure(graph, id=part_id(name, Part.FIGURE), role="img"),
            html.Div(id=part_id(name, Part.TABLE)),
        ],
        className="panel chart whole" if name in WIDE else "panel chart",
        **{"aria-labelledby": heading, "data-chart": name},
    )


def lead(question: Question, period: Period, before: Period | None, context: ChartContext) -> str:
    """What is shown: whose cases, which days, compared with which, as of when."""
    filters = (("agency", question.agency), ("category", question.category), ("village", question.place))
    said = [context.group(by, code) for by, code in filters if code] or [context.city.name]
    said.append(context.t("lead.period", days=_days(period, context)))
    if before is not None:
        said.append(context.t("lead.before", days=_days(before, context)))
    said.append(context.t("lead.as_of", at=context.moment(context.as_of)))
    return " · ".join(said)


def as_known(question: Question, context: ChartContext) -> list[Component]:
    """At a past moment a bar that says so; now the address that will show the same for ever."""
    if not question.as_of:
        same = _page_address(replace(question, as_of=str(context.seq), pick=""))
        return [html.A(context.t("known.keep"), href=same, className="keep")]
    said = context.t("known.then", at=context.moment(context.as_of), seq=context.words.number(context.seq))
    return _past([html.B(said), " ", context.t("known.note")], question, context.words)


def not_told(reason: str, question: Question, words: Words) -> tuple[str, list[Component], None]:
    """Lead, bar and no pick of a question about a past that cannot be told."""
    said = words(f"performance.known.{reason}")
    return said, _past([html.B(said)], question, words), None


def _past(said: list[Any], question: Question, words: Words) -> list[Component]:
    back = html.A(words("performance.known.now"), href=_page_address(replace(question, as_of="")), className="button")
    return [html.Div([html.P(said), back], className="past")]


def _page_address(question: Question) -> str:
    return f"/kinerja{question.search()}"


def not_filled(reason: str, words: Words) -> tuple[Any, ...]:
    """What a callback returns for every chart of a past that cannot be told."""
    said = words(f"performance.known.{reason}")
    return said, words("kpi.no_data"), {"data": [], "layout": {}}, {"height": "0"}, said, True, None


def _days(period: Period, context: ChartContext) -> str:
    first, last = period.first, period.last
    year = "" if first.year == last.year else f" {first.year}"
    return f"{context.day(first)}{year} – {context.day(last)} {last.year}"


def filled(chart: Chart, context: ChartContext, question: Question) -> tuple[Any, ...]:
    """What a callback returns for a chart: finding, note, figure, its height and label, whether it is hidden, table."""
    counted = context.t("counted", n=chart.n, at=context.moment(context.as_of))
    return (
        chart.finding,
        [chart.note, " ", html.Span(counted, className="counted-n")],
        chart.figure or {"data": [], "layout": {}},
        {"height": f"{chart.figure['layout']['height']}px"} if chart.figure else {"height": "0"},
        chart.finding,
        chart.figure is None,
        None if chart.table is None or not chart.table.rows else _table(chart.table, context, question),
    )


def _table(table: Table, context: ChartContext, question: Question) -> Component:
    head = html.Tr(
        [html.Th(text, scope="col", className="" if n == 0 else "number") for n, text in enumerate(table.head)]
    )
    body = [
        html.Tr(
            [
                html.Th(_linked(row.cells[0], row.pick, question), scope="row"),
                *(html.Td(cell, className="number") for cell in row.cells[1:]),
            ]
        )
        for row in table.rows
    ]
    return html.Details(
        [
            html.Summary(context.t("table")),
            html.Div(
                html.Table([html.Thead(head), html.Tbody(body)]),
                className="wide",
                tabIndex=0,
                role="group",
                **{"aria-label": context.t("table")},
            ),
        ]
    )


def _linked(text: str, pick: str | None, question: Question) -> Any:
    return text if pick is None else html.A(text, href=list_address(replace(question, pick=pick)))


def list_address(question: Question) -> str:
    """Of the list of the cases behind a mark."""
    return f"{LIST}{question.search()}"


def pick_title(pick: Pick, context: ChartContext) -> str:
    """What a mark stands for: 'Jawaban pertama jatuh tempo: DLH'."""
    code = pick.code
    if pick.by in ("agency", "category", "village"):
        named = context.group(pick.by, code)
    elif pick.by == "weekday" or pick.by == "hour":
        day, _, hour = code.partition("-")
        named = " ".join(
            [context.t(f"weekday.{day}") if day in "0123456" and day else day, f"{hour}.00" if hour else ""]
        )
    elif pick.what in ("quality", "rated"):
        named = context.t(f"quality.name.{pick.by}") if pick.what == "quality" else f"{code}/5"
    elif pick.what == "topic":
        named = f"{context.group('category', code)}, {_dated(pick, context)}"
    elif pick.what == "paused":
        both = (("agency", pick.by), ("reason", code))
        named = ", ".join(context.group(by, each) for by, each in both if each != ANY)
    else:
        named = _dated(pick, context)
    return context.t(f"pick.{pick.what}", name=named.strip())


def _dated(pick: Pick, context: ChartContext) -> str:
    """A day, and of open cases the place of their age."""
    text = pick.by if pick.what in ("backlog", "topic") else pick.code
    try:
        return context.day(date.fromisoformat(text))
    except ValueError:
        return text


def picked(question: Question, pick: Pick, n: int, narrower: Question | None, context: ChartContext) -> list[Component]:
    """The bar that says what was clicked, and what may be done with it."""
    parts: list[Component] = [
        html.B(pick_title(pick, context)),
        html.A(context.t("picked.open", n=n), href=list_address(question), className="button first"),
    ]
    if narrower is not None:
        narrow = html.A(context.t("picked.narrow"), href=f"/kinerja/{narrower.search()}", className="button")
        parts.append(narrow)
    parts.append(html.Button(context.t("picked.close"), type="button", className="quiet", **{"data-unpick": ""}))
    return parts
