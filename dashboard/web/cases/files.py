"""Lists of cases as files. Every cell is a text that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from xlsxwriter import Workbook

from ingest.tabular.results.result_file import safe

WIDEST, NARROWEST = 60, 10


def csv_text(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """RFC 4180, with a head."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def workbook(names: tuple[str, str], head: Sequence[str], rows: Sequence[Sequence[str]], about: Sequence[str]) -> bytes:
    """A sheet with the rows, filtered and frozen, and one that says what they are; `names` of the sheets."""
    body = io.BytesIO()
    book = Workbook(body, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet(names[0])
    for column, title in enumerate(head):
        longest = max([len(title), *(len(row[column]) for row in rows[:200])])
        sheet.set_column(column, column, min(WIDEST, max(NARROWEST, longest + 2)))
        sheet.write_string(0, column, title, bold)
    for line, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            sheet.write_string(line, column, safe(cell))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(1, len(rows)), len(head) - 1)
    said = book.add_worksheet(names[1])
    for line, text in enumerate(about):
        said.write_string(line, 0, text)
    book.close()
    return body.getvalue()
