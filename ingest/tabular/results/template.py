"""An empty workbook for a source: its mapping's columns, an example, lists to choose from, and how to fill it in."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from data.domain.city.model import City
from data.domain.guide.nouns import ConditionKind, ConditionState
from data.reference.places.villages import VILLAGES
from data.texts import LANGUAGES, texts
from ingest.tabular.mapping.cell_errors import fields_of
from ingest.tabular.mapping.columns import MappingSettings, PickSettings
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.readers.csv_table import EXAMPLE
from ingest.tabular.readers.model import letters

ROWS = 10_000
"""Rows under the header that have lists and checks."""
_DAY = "dd/mm/yyyy"
_DAYS = (date(2010, 1, 1), date(2099, 12, 31))
_EXAMPLE_AT = datetime(2026, 3, 13, 8, 30)
_ABOUT = (
    "external_id", "received_at", "updated_at", "promised_at", "category", "title", "text", "address", "village",
    "agency", "lat", "lon", "status", "events.at", "answered", "reporter_name", "reporter_phone", "reporter_email",
    "media_url", "service_class", "sp4n_number",
    "service_class", "sp4n_number",
)  # fmt: skip
"""Fields that have an explanation of their own in the locales."""
_EXAMPLES = ("title", "text", "address", "lat", "lon", "reporter_name", "reporter_phone")
_STEPS = 5
_GUIDE = "guide."
"""Before the names of fields of a table of the guide."""
_TEXTS = texts(LANGUAGES[0])
"""Agencies read it."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A column of the template."""

    column: str
    name: str
    """As `fields_of` calls it; '' for a column that only an event's text comes from."""
    needed: bool
    choices: tuple[str, ...]
    is_day: bool
    is_time: bool


def template(mapping: MappingSettings, city: City, title: str) -> bytes:
    """The workbook; `title` is the source's name for people."""
    fields = list(_fields(mapping, city))
    made = io.BytesIO()
    with Workbook(made, {"in_memory": True, "strings_to_urls": False}) as book:
        sheet, help_sheet = (
            book.add_worksheet(_TEXTS("template.sheet")),
            book.add_worksheet(_TEXTS("template.help_sheet")),
        )
        _lists(book.add_worksheet(_TEXTS("template.lists_sheet")), fields)
        _header(book, sheet, fields)
        for place, field in enumerate(fields):
            _checks(sheet, place, field)
        _help(book, help_sheet, fields, title)
    return made.getvalue()


def _fields(mapping: MappingSettings, city: City) -> Iterator[_Field]:
    """The id first: its cell marks the example."""
    table = TableMapping(mapping, city.agencies)
    of = {column: name for name, columns in reversed(list(fields_of(mapping).items())) for column in columns}
    if mapping.guide is not None:  # they mean something else there
        of = {column: f"{_GUIDE}{name}" for column, name in of.items()}
    of |= dict.fromkeys(mapping.id.columns[-1:], "external_id")
    if mapping.status is not None:
        of[mapping.status.column] = "status"
    days = {columns[0] for columns in _moments(mapping) if columns}
    times = {column for columns in _moments(mapping) for column in columns[1:]}
    for column in sorted(table.columns, key=lambda column: column not in mapping.id.columns[-1:]):
        name = of.get(column, "")
        needed = column in table.needed
        yield _Field(column, name, needed, _choices(name, mapping, city), column in days, column in times)


def _moments(mapping: MappingSettings) -> list[tuple[str, ...]]:
    return [
        mapping.received,
        mapping.updated or (),
        mapping.promised or (),
        *(event.at for event in mapping.events.values()),
        *(mapping.guide.moments.values() if mapping.guide is not None else ()),
    ]


def _choices(name: str, mapping: MappingSettings, city: City) -> tuple[str, ...]:
    if name == f"{_GUIDE}category":
        return tuple(it.name["id"] for it in city.guide.categories.values())
    if name == f"{_GUIDE}condition":
        return tuple(map(str, ConditionKind))
    if name == f"{_GUIDE}state":
        return tuple(map(str, ConditionState))
    if name == f"{_GUIDE}village":
        return tuple(sorted(village.name for village in VILLAGES))
    if name == "category":
        return _of_pick(mapping.category) or tuple(category.name["id"] for category in city.categories.values())
    if name == "commodity":
        return tuple(it.name["id"] for it in city.market.commodities.values())
    if name == "village":
        return tuple(sorted(village.name for village in VILLAGES))
    if name == "agency":
        return _of_pick(mapping.agency) or tuple(agency.short for agency in city.agencies.values())
    if name == "status" and mapping.status is not None:
        return tuple(status for status in mapping.status.values if status)
    if name == "service_class":
        return _of_pick(mapping.service_class) or tuple(each.name["id"] for each in city.classes.values())
    return ()


def _of_pick(pick: PickSettings | None) -> tuple[str, ...]:
    """The spellings that a mapping knows; () when it takes the text as it is."""
    if pick is None or not pick.values or pick.otherwise == "=":
        return ()
    return tuple(value for value in pick.values if value)


def _lists(sheet: Worksheet, fields: Sequence[_Field]) -> None:
    for place, field in enumerate(fields):
        for row, choice in enumerate(field.choices):
            sheet.write_string(row, place, choice)
    sheet.hide()


def _header(book: Workbook, sheet: Worksheet, fields: Sequence[_Field]) -> None:
    needed = book.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1})
    other = book.add_format({"bold": True, "bg_color": "#EDEDED", "border": 1})
    example = book.add_format({"italic": True, "font_color": "#7F7F7F"})
    day = book.add_format({"italic": True, "font_color": "#7F7F7F", "num_format": _DAY})
    plain, text = book.add_format({"num_format": _DAY}), book.add_format({"num_format": "@"})
    for place, field in enumerate(fields):
        sheet.write_string(0, place, field.column, needed if field.needed else other)
        _example(sheet, place, field, (example, day))
        width = max(len(field.column) + 4, 40 if field.name in ("text", "title", "address") else 16)
        is_text = field.name in ("external_id", "reporter_phone", "sp4n_number")
        sheet.set_column(place, place, width, plain if field.is_day else text if is_text else None)
    sheet.freeze_panes(1, 0)


def _example(sheet: Worksheet, place: int, field: _Field, formats: tuple[Format, Format]) -> None:
    if place == 0:
        sheet.write_string(1, 0, EXAMPLE, formats[0])
    elif field.is_day:
        sheet.write_datetime(1, place, _EXAMPLE_AT.replace(hour=0, minute=0), formats[1])
    elif field.is_time:
        sheet.write_string(1, place, f"{_EXAMPLE_AT:%H.%M}", formats[0])
    elif field.choices:
        sheet.write_string(1, place, field.choices[0], formats[0])
    else:
        text = EXAMPLE if field.name == "external_id" else ""
        if field.name in _EXAMPLES:
            text = _TEXTS(f"template.example.{field.name}")
        sheet.write_string(1, place, text, formats[0])


def _checks(sheet: Worksheet, place: int, field: _Field) -> None:
    """A list to choose from, or a day that can be."""
    column = letters(place)
    checked: dict[str, Any] = {"ignore_blank": True, "error_type": "warning"}
    checked["error_title"] = _TEXTS("template.check.title")
    if field.choices:
        lists = _TEXTS("template.lists_sheet")
        checked |= {"validate": "list", "source": f"={lists}!${column}$1:${column}${len(field.choices)}"}
        checked["error_message"] = _TEXTS("template.check.choice")
    elif field.is_day:
        checked |= {
            "validate": "date",
            "criteria": "between",
            "minimum": _DAYS[0],
            "maximum": _DAYS[1],
        }
        checked["error_message"] = _TEXTS("template.check.date")
    else:
        return
    sheet.data_validation(f"{column}3:{column}{ROWS}", checked)


def _help(book: Workbook, sheet: Worksheet, fields: Sequence[_Field], title: str) -> None:
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 12)
    sheet.set_column(2, 2, 90)
    sheet.write_string(
        0, 0, _TEXTS("template.help_title", title=title), book.add_format({"bold": True, "font_size": 14})
    )
    for n in range(1, _STEPS + 1):
        sheet.write_string(n, 0, f"{n}.", wrap)
        sheet.write_string(n, 2, _TEXTS(f"template.step_{n}"), wrap)
    first = _STEPS + 2
    for place, name in enumerate(("column", "needed", "about")):
        sheet.write_string(first, place, _TEXTS(f"template.head.{name}"), bold)
    needed = _TEXTS("template.needed")
    for n, field in enumerate(fields, first + 1):
        for place, text in enumerate((field.column, needed if field.needed else "", _about(field))):
            sheet.write_string(n, place, text, wrap)


def _about(field: _Field) -> str:
    name = "time_of_day" if field.is_time else field.name if field.name in _ABOUT else "other"
    return _TEXTS(f"template.about.{name.replace('.', '_')}")
