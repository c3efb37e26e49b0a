"""The tables behind the charts of a view as one workbook: a sheet a chart, with its finding and what it counts."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

from xlsxwriter import Workbook

from layouts.charts.chart import NO_BREAK, Chart, ChartContext
from layouts.kit.words import Words

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
FORMATS = {"id": "[$-421]", "en": "[$-809]"}
HEAD_ROW = 4
NAMES_WIDE, NUMBERS_WIDE, LEAST_COLUMNS, LINE, A4 = 34, 18, 5, 18, 9
_NUMBER = re.compile(r"-?\d[\d.,]*")


def workbook(charts: Iterable[tuple[str, Chart]], lead: str, context: ChartContext) -> bytes:
    """A sheet for each chart by its name; what the page shows as numbers are numbers."""
    body = io.BytesIO()
    book = Workbook(body, OPTIONS)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "font_size": 13, "text_wrap": True, "valign": "top"})
    head = book.add_format({"bold": True, "bottom": 1})
    right = book.add_format({"bold": True, "bottom": 1, "align": "right", "text_wrap": True, "valign": "bottom"})
    text = book.add_format({"align": "right"})
    locale = FORMATS[context.words.lang]
    numbers = [book.add_format({"num_format": f"{locale}#,##0{tail}"}) for tail in ("", ".0", ".00")]
    percent = book.add_format({"num_format": f"{locale}0%"})
    for name, chart in charts:
        sheet = book.add_worksheet(context.t(f"{name}.kicker")[:31])
        sheet.set_paper(A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_column(0, 0, NAMES_WIDE)
        sheet.set_column(1, 20, NUMBERS_WIDE)
        last = max(LEAST_COLUMNS, len(chart.table.head) if chart.table else 0) - 1
        told = ((chart.finding, bold), (chart.note, wrap), (f"{lead} · n = {context.count(chart.n)}", wrap))
        for line, (said, how) in enumerate(told):  # over the columns of the table, so that a page is no wider
            sheet.merge_range(line, 0, line, last, said, how)
            sheet.set_row(line, LINE * (1 + len(said) * how.font_size // (10 * (NAMES_WIDE + NUMBERS_WIDE * last))))
        if chart.table is None:
            continue
        sheet.freeze_panes(HEAD_ROW + 1, 1)
        for place, title in enumerate(chart.table.head):
            sheet.write_string(HEAD_ROW, place, title, right if place else head)
        for line, row in enumerate(chart.table.rows, HEAD_ROW + 1):
            sheet.write_string(line, 0, row.cells[0], wrap)
            for place, cell in enumerate(row.cells[1:], 1):
                found = number(cell, context.words)
                if found is None:
                    sheet.write_string(line, place, cell, text)
                else:
                    value, digits, is_share = found
                    sheet.write_number(line, place, value, percent if is_share else numbers[min(digits, 2)])
    book.close()
    return body.getvalue()


def number(text: str, words: Words) -> tuple[float, int, bool] | None:
    """What a cell says, with how many digits after the point, and whether it is a share; None: it is a word."""
    unit = words("unit.percent").strip()
    is_share = text.endswith(unit)
    plain = text.removesuffix(unit).strip(f" {NO_BREAK}")
    if not _NUMBER.fullmatch(plain):
        return None
    thousands, point = (".", ",") if words.lang == "id" else (",", ".")
    try:
        value = float(plain.replace(thousands, "").replace(point, "."))
    except ValueError:
        return None
    digits = len(plain.partition(point)[2])
    return (value / 100 if is_share else value), digits, is_share
