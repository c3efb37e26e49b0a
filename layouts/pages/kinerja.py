"""The page /kinerja: filters, what is picked, and a section for each chart, which callbacks fill.

Filters are native controls: the page's script keeps them and the store CONTROLS alike. Sections are elements of the
template, filled by the script from the charts' stores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from dash import dcc
from dash.development.base_component import Component

from data.domain.figures.selection import Period
from data.domain.performance.picks import ANY, Pick
from data.domain.performance.question import Question
from layouts.charts.chart import Chart, ChartContext, Table
from layouts.kit import tags
from layouts.kit.markup import Drawing, to_html
from layouts.kit.tags import Tag
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


class Id(StrEnum):
    """Ids of the page's stores."""

    URL = "kinerja--url"
    CONTROLS = "kinerja--controls"
    STEP = "kinerja--step"
    """Changes when the charts below the screen are asked for."""
    TOLD = "kinerja--told"
    """What stands above and below the charts."""


STEERED = ((Id.URL, "search"), (Id.CONTROLS, "data"))
TOLD = ((Id.TOLD, "data"),)


def chart_id(name: str) -> str:
    """The id of the store with a chart."""
    return f"kinerja--{name}"


def asked_id(name: str) -> str:
    """The id of the store by which the page asks for a chart: the address' query, or nothing yet."""
    return f"kinerja--ask-{name}"


def filled_by(name: str) -> tuple[tuple[str, str], ...]:
    """What the callback of a chart fills: id and property."""
    return ((chart_id(name), "data"),)


def callback_names() -> list[str]:
    """How Dash calls the page's callbacks: those of the server by their outputs, those of the browser by their
    function."""
    outputs = ["...".join(f"{it}.{name}" for it, name in each) for each in (STEERED, TOLD, *map(filled_by, CHARTS))]
    return [*(f"..{each}.." for each in outputs), "kinerja.show", "kinerja.ask", "kinerja.tell", "kinerja.draw"]


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a filter."""

    value: str
    text: str


Choices = Mapping[str, Sequence[Option]]
"""The options of each filter by its name in the URL; the first is the usual one."""


def page() -> list[Component]:
    """What Dash keeps of the page: the address, and stores for each part. The template has the elements, and the
    page's script puts into them what the stores get: a thousand cells of tables would be as many components."""
    stores = (Id.CONTROLS, Id.STEP, Id.TOLD, *map(asked_id, CHARTS), *map(chart_id, CHARTS))
    return [dcc.Location(id=Id.URL, refresh=False), *(dcc.Store(id=each) for each in stores)]


def lead(question: Question, period: Period, before: Period | None, context: ChartContext) -> str:
    """What is shown: whose cases, which days, compared with which, as of when."""
    filters = (("agency", question.agency), ("category", question.category), ("village", question.place))
    said = [context.group(by, code) for by, code in filters if code] or [context.city.name]
    said.append(context.t("lead.period", days=_days(period, context)))
    if before is not None:
        said.append(context.t("lead.before", days=_days(before, context)))
    said.append(context.t("lead.as_of", at=context.moment(context.as_of)))
    return " · ".join(said)


def told(lead_: str, known: Drawing, pick: Drawing) -> dict[str, str]:
    """What stands around the charts; `known` and `pick` as HTML."""
    return {"lead": lead_, "known": to_html(known), "picked": to_html(pick)}


def as_known(question: Question, context: ChartContext) -> Drawing:
    """At a past moment a bar that says so; now the address that will show the same for ever."""
    if not question.as_of:
        same = _page_address(replace(question, as_of=str(context.seq), pick=""))
        return tags.A(context.t("known.keep"), href=same, className="keep")
    said = context.t("known.then", at=context.moment(context.as_of), seq=context.words.number(context.seq))
    return _past([tags.B(said), " ", context.t("known.note")], question, context.words)


def not_told(reason: str, question: Question, words: Words) -> dict[str, str]:
    """Likewise, of a question about a past that cannot be told."""
    said = words(f"performance.known.{reason}")
    return told(said, _past([tags.B(said)], question, words), None)


def _past(said: Drawing, question: Question, words: Words) -> Tag:
    back = tags.A(words("performance.known.now"), href=_page_address(replace(question, as_of="")), className="button")
    return tags.Div([tags.P(said), back], className="past")


def _page_address(question: Question) -> str:
    return f"/kinerja{question.search()}"


def not_filled(reason: str, words: Words) -> dict[str, Any]:
    """A chart of a past that cannot be told."""
    nothing = words("kpi.no_data")
    return {
        "finding": words(f"performance.known.{reason}"),
        "note": nothing,
        "counted": "",
        "figure": None,
        "table": "",
    }


def _days(period: Period, context: ChartContext) -> str:
    first, last = period.first, period.last
    year = "" if first.year == last.year else f" {first.year}"
    return f"{context.day(first)}{year} – {context.day(last)} {last.year}"


def filled(chart: Chart, context: ChartContext, question: Question) -> dict[str, Any]:
    """A chart for the page's script: texts, the figure as plotly's JSON (None: none is drawn), the table as HTML."""
    table = chart.table if chart.table is not None and chart.table.rows else None
    return {
        "finding": chart.finding,
        "note": chart.note,
        "counted": context.t("counted", n=chart.n, at=context.moment(context.as_of)),
        "figure": chart.figure,
        "table": "" if table is None else to_html(_table(table, context, question)),
    }


def _table(table: Table, context: ChartContext, question: Question) -> Tag:
    head = [Tag("th", text, scope="col", className="number" if n else None) for n, text in enumerate(table.head)]
    body = [
        Tag(
            "tr",
            [
                Tag("th", _linked(row.cells[0], row.pick, question), scope="row"),
                *(Tag("td", cell, className="number") for cell in row.cells[1:]),
            ],
        )
        for row in table.rows
    ]
    name = context.t("table")
    inside = Tag("table", [Tag("thead", Tag("tr", head)), Tag("tbody", body)])
    wide = tags.Div(inside, className="wide", tabindex="0", role="group", **{"aria-label": name})
    return Tag("details", [Tag("summary", name), wide])


def _linked(text: str, pick: str | None, question: Question) -> Drawing:
    return text if pick is None else tags.A(text, href=list_address(replace(question, pick=pick)))


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


def picked(question: Question, pick: Pick, n: int, narrower: Question | None, context: ChartContext) -> Drawing:
    """The bar that says what was clicked, and what may be done with it."""
    parts: list[Drawing] = [
        tags.B(pick_title(pick, context)),
        tags.A(context.t("picked.open", n=n), href=list_address(question), className="button first"),
    ]
    if narrower is not None:
        parts.append(tags.A(context.t("picked.narrow"), href=_page_address(narrower), className="button"))
    close = {"data-unpick": True, "type": "button"}
    parts.append(Tag("button", context.t("picked.close"), className="quiet", **close))
    return parts
