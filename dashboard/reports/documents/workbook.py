"""The report as a workbook: its sentences, a sheet a table with native charts, and what it is frozen at."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from dashboard.reports.documents.charts import drawn_rows
from dashboard.reports.documents.pdf import Edition, frozen
from dashboard.reports.documents.wording import Wording
from dashboard.reports.month.facts import Chart
from dashboard.reports.month.tables import TOTAL, Cell, Duration, Kind, Share, Table

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
LOCALE = {"id": "[$-421]", "en": "[$-809]"}
FORMATS = {Kind.COUNT: "#,##0", Kind.SHARE: "0.0%", Kind.NUMBER: "#,##0.00", Kind.DAY: "d mmmm yyyy"}
"""Written in the American way, whatever the language; durations are `[h]:mm`."""
HEADER_ROW, FIRST_ROW = 3, 4
WIDE, LINE, TEXT_WIDE = 100, 15, 26
"""Characters of a sentence in a line, a line's height, and characters of a cell with words."""
DAY_S = 86_400


class Sheets:
    """The workbook while it is written."""

    def __init__(self, edition: Edition, wording: Wording, out: io.BytesIO) -> None:
        self.edition, self.wording = edition, wording
        self.book = xlsxwriter.Workbook(out, OPTIONS)
        head = edition.facts.head
        created = head.as_of.astimezone(ZoneInfo(head.zone)).replace(tzinfo=None)
        self.book.set_properties({"title": wording.say("report.title"), "created": created})
        add = self.book.add_format
        self.bold, self.big = add({"bold": True}), add({"bold": True, "font_size": 14})
        self.wrap = add({"text_wrap": True, "valign": "top"})
        self.header = add({"bold": True, "text_wrap": True, "bottom": 1, "valign": "bottom"})
        self.header_right = add({"bold": True, "text_wrap": True, "bottom": 1, "valign": "bottom", "align": "right"})
        locale = LOCALE[wording.lang]
        self.formats = {kind: add({"num_format": locale + text}) for kind, text in FORMATS.items()}
        self.formats |= {kind: add({"num_format": "[h]:mm"}) for kind in (Kind.WORKING, Kind.ELAPSED)}
        self.formats[Kind.TEXT] = add({"align": "left", "indent": 2, "text_wrap": True, "valign": "top"})
        self.header_text = add(
            {"bold": True, "text_wrap": True, "bottom": 1, "valign": "bottom", "align": "left", "indent": 2}
        )


def workbook(edition: Edition, wording: Wording) -> bytes:
    """The file; the same facts give the same bytes."""
    out = io.BytesIO()
    sheets = Sheets(edition, wording, out)
    _summary(sheets)
    charts = {chart.table: chart for chapter in edition.facts.chapters for chart in chapter.charts}
    for table in edition.facts.tables:
        _table(sheets, table, charts.get(table.name))
    sheets.book.close()
    return out.getvalue()


def _as_page(sheet: Any) -> None:
    """When it is printed: A4, lying, as wide as one page."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def sheet_name(table: Table) -> str:
    """At most 31 characters."""
    return table.name[:31]


def plain_columns(table: Table) -> Iterator[tuple[int, str, Kind]]:
    """(place in the table, part, kind) of each column of a sheet after that of the keys.

    part: '' the value; of a share 'part', 'of' and 'share'; of a duration 'over', when any is.
    """
    for n, column in enumerate(table.columns):
        if column.kind is Kind.SHARE:
            yield n, "part", Kind.COUNT
            yield n, "of", Kind.COUNT
            yield n, "share", Kind.SHARE
            continue
        yield n, "", column.kind
        if any(isinstance(cell := row.cells[n], Duration) and cell.over for row in table.rows):
            yield n, "over", Kind.TEXT


def _summary(sheets: Sheets) -> None:
    wording, edition, say = sheets.wording, sheets.edition, sheets.wording.say
    sheet = sheets.book.add_worksheet(say("report.sheet.summary"))
    _as_page(sheet)
    sheet.set_column(0, 0, 46)
    sheet.set_column(1, 1, WIDE)
    head = edition.facts.head
    sheet.write_string(0, 0, say("report.title"), sheets.big)
    sheet.write_string(1, 0, wording.period(head.first, head.last), sheets.bold)
    sheet.write_string(1, 1, say("report.demo") if head.demo else "", sheets.bold)
    row = 3
    for title, value in frozen(edition, wording):
        sheet.write_string(row, 0, title)
        sheet.write_string(row, 1, value)
        row += 1
    for chapter in edition.facts.chapters:
        sheet.write_string(row + 1, 0, say(f"report.chapter.{chapter.name}"), sheets.bold)
        row += 1
        for finding in chapter.findings:
            sentence = wording.sentence(finding)
            sheet.set_row(row, LINE * (1 + len(sentence) // WIDE))
            sheet.write_string(row, 1, sentence, sheets.wrap)
            row += 1


def _table(sheets: Sheets, table: Table, chart: Chart | None) -> None:
    wording = sheets.wording
    sheet = sheets.book.add_worksheet(sheet_name(table))
    sheet.write_string(0, 0, wording.title(table), sheets.big)
    sheet.write_string(1, 0, str(wording.say.texts.get(f"report.note.{table.name}", "")))
    plain = list(plain_columns(table))
    _as_page(sheet)
    sheet.set_row(HEADER_ROW, 3 * LINE)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 44)
    for place, (_, part, kind) in enumerate(plain, 2):
        sheet.set_column(place, place, TEXT_WIDE if kind is Kind.TEXT and not part else 15)
    sheet.freeze_panes(FIRST_ROW, 2)
    titles = [wording.say("report.sheet.code"), wording.column(table.of), *_titles(table, plain, wording)]
    for n, title in enumerate(titles):
        sheet.write_string(HEADER_ROW, n, title, _header(sheets, n, plain))
    for line, row in enumerate(table.rows, FIRST_ROW):
        sheet.write_string(line, 0, row.key)
        sheet.write_string(line, 1, wording.name(table.of, row.key), sheets.bold if row.key == TOTAL else None)
        for place, (n, part, kind) in enumerate(plain, 2):
            is_text = table.columns[n].kind is Kind.TEXT and row.cells[n] is not None
            cell = wording.cell(table.columns[n], row.cells[n]) if is_text else row.cells[n]
            _write(sheets, sheet, (line, place), cell, (part, kind))
    if chart is not None and table.rows:
        _draw(sheets, sheet, table, chart, plain)


def _header(sheets: Sheets, place: int, plain: list[tuple[int, str, Kind]]) -> Any:
    if place < 2:
        return sheets.header
    return sheets.header_text if plain[place - 2][2] is Kind.TEXT else sheets.header_right


def _titles(table: Table, plain: Iterable[tuple[int, str, Kind]], wording: Wording) -> Iterator[str]:
    for n, part, _ in plain:
        title = wording.column(table.columns[n].name)
        yield wording.say(f"report.sheet.{part}", title=title) if part else title


def _write(sheets: Sheets, sheet: Any, at: tuple[int, int], cell: Cell, plain: tuple[str, Kind]) -> None:
    """One cell; nothing where there is no data. plain: as `plain_columns` says."""
    part, kind = plain
    layout = sheets.formats.get(kind)
    match cell:
        case None:
            return
        case Share() if part == "share":
            line, place = at
            cells = [xlsxwriter.utility.xl_rowcol_to_cell(line, place - back) for back in (2, 1)]
            value = cell.part / cell.of if cell.of else ""
            sheet.write_formula(*at, f'=IF({cells[1]}=0,"",{cells[0]}/{cells[1]})', layout, value)
        case Share():
            sheet.write_number(*at, cell.part if part == "part" else cell.of, layout)
        case Duration() if part == "over":
            sheet.write_boolean(*at, cell.over)
        case Duration():
            sheet.write_number(*at, cell.seconds / DAY_S, layout)
        case str():
            sheet.write_string(*at, cell, layout)
        case int() | float():
            sheet.write_number(*at, cell, layout)
        case _:
            sheet.write_datetime(*at, datetime.combine(cell, time.min), layout)


def _draw(sheets: Sheets, sheet: Any, table: Table, chart: Chart, plain: list[tuple[int, str, Kind]]) -> None:
    """A native bar chart of the chart's columns, in the sheet's order of rows."""
    rows = [n for n, row in enumerate(table.rows) if row.key != TOTAL]
    if not rows or not drawn_rows(chart, table):
        return
    drawn = sheets.book.add_chart({"type": "bar"})
    name, last = sheet_name(table), FIRST_ROW + rows[-1]
    for column in chart.columns:
        n = table.column(column)
        kind = table.columns[n].kind
        part = "share" if kind is Kind.SHARE else ""
        place = 2 + next(at for at, (m, which, _) in enumerate(plain) if m == n and which == part)
        layout = (LOCALE[sheets.wording.lang] + FORMATS[kind]) if kind in FORMATS else "[h]:mm"
        drawn.add_series(
            {
                "name": sheets.wording.column(column),
                "categories": [name, FIRST_ROW, 1, last, 1],
                "values": [name, FIRST_ROW, place, last, place],
                "data_labels": {"value": True, "num_format": layout},
                "fill": {"color": "#1f3b6f" if column == chart.columns[0] else "#8fa8cf"},
            }
        )
    drawn.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})  # the bars have labels
    title = sheets.wording.sentence(chart.finding)
    drawn.set_title({"name": title, "name_font": {"size": 11}})
    drawn.set_y_axis({"reverse": True, "interval_unit": 1})
    drawn.set_legend({"position": "bottom"} if len(chart.columns) > 1 else {"none": True})
    drawn.set_size({"width": 720, "height": 120 + 26 * len(rows) * len(chart.columns)})
    # below the table: beside it, it would make a printed page too wide to read
    sheet.insert_chart(FIRST_ROW + len(table.rows) + 2, 0, drawn, {"description": title})
