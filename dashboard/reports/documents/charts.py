"""A report's charts as SVG: the same facts give the same bytes."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from dashboard.reports.documents.fonts import FAMILY, font_files
from dashboard.reports.documents.wording import Wording
from dashboard.reports.month.facts import Chart
from dashboard.reports.month.tables import TOTAL, Cell, Duration, Kind, Row, Share, Table
from data.domain.figures.kpis import FEW

WIDTH_IN = 6.1
BAR_IN, AROUND_IN = 0.27, 0.75
COLORS = ("#1f3b6f", "#8fa8cf", "#c9a227")
STYLE: Any = {
    "font.family": FAMILY,
    "font.size": 8.5,
    "svg.fonttype": "none",  # typst sets the text in its own font
    "svg.hashsalt": "batt",
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def drawn_rows(chart: Chart, table: Table) -> list[Row]:
    """The rows of its bars, from the top: the largest counts, the lowest shares. None that is empty or of few cases."""
    first = table.column(chart.columns[0])
    sign = 1 if table.columns[first].kind is Kind.SHARE else -1
    rows = [row for row in table.rows if row.key != TOTAL and _is_drawn(row.cells[first])]
    if chart.sort:
        rows.sort(key=lambda row: (sign * (size(row.cells[first]) or 0), row.key))
    return rows[: chart.most]


def _is_drawn(cell: Cell) -> bool:
    return cell.of >= FEW if isinstance(cell, Share) else bool(size(cell))


def size(cell: Cell) -> float | None:
    """The length of a bar: a count, per cent, hours; None: there is none."""
    if isinstance(cell, Share):
        return 100 * cell.part / cell.of if cell.of else None
    if isinstance(cell, Duration):
        return cell.seconds / 3600
    return float(cell) if isinstance(cell, int | float) else None


def svg(chart: Chart, table: Table, wording: Wording) -> bytes | None:
    """Bars, each with its value; None when there is nothing to draw."""
    import matplotlib as mpl  # of a quarter of a second: no start waits for it
    from matplotlib.figure import Figure

    _register_fonts()
    rows = drawn_rows(chart, table)
    if not rows:
        return None
    out = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_IN, AROUND_IN + BAR_IN * len(rows) * max(1.0, 0.8 * len(chart.columns))))
        _bars(figure.add_subplot(), chart, table, rows, wording)
        figure.savefig(out, format="svg", bbox_inches="tight", pad_inches=0.04, metadata={"Date": None})
    return out.getvalue()


def _bars(axes: Any, chart: Chart, table: Table, rows: list[Row], wording: Wording) -> None:
    thick = 0.78 / len(chart.columns)
    longest = 0.0
    for n, name in enumerate(chart.columns):
        column = table.columns[table.column(name)]
        cells = [row.cells[table.column(name)] for row in rows]
        at = [place + n * thick for place in range(len(rows))]
        lengths = [size(cell) or 0.0 for cell in cells]
        longest = max(longest, *lengths)
        axes.barh(at, lengths, height=thick * 0.92, color=COLORS[n % len(COLORS)], label=wording.column(name))
        for place, length, cell in zip(at, lengths, cells, strict=True):
            axes.annotate(wording.cell(column, cell), (length, place), (3, 0), textcoords="offset points", va="center")
    middle = thick * (len(chart.columns) - 1) / 2
    axes.set_yticks([place + middle for place in range(len(rows))], [wording.name(table.of, row.key) for row in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, 100 if table.columns[table.column(chart.columns[0])].kind is Kind.SHARE else longest * 1.02)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(left=False)
    if len(chart.columns) > 1:
        axes.legend(
            frameon=False, ncols=len(chart.columns), loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0.2
        )


@cache
def _register_fonts() -> None:
    from matplotlib import font_manager

    for path in font_files():
        font_manager.fontManager.addfont(path)
