"""What is different between the rows of two revisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from dashboard.reports.documents.wording import NO_DATA, Wording
from dashboard.reports.month.tables import Duration, Table, flat_columns

SHOWN = 40
PLAIN = {"_working_s": "", "_s": "", "_part": "_part", "_of": "_of"}
"""Ends of plain columns, and the text that says which part of a share they are."""


class Difference(NamedTuple):
    """One plain value that changed; None: there was none, or there is none any more."""

    table: str
    key: str
    column: str
    before: Any
    now: Any


def differences(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """In the order of the new rows, then what is gone."""
    old, new = _by_place(before), _by_place(now)
    places = [*new, *(place for place in old if place not in new)]
    return [Difference(*place, old.get(place), new.get(place)) for place in places if old.get(place) != new.get(place)]


def _by_place(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str, str], Any]:
    """By table, key and column. A row's second value is its key."""
    found: dict[tuple[str, str, str], Any] = {}
    for row in rows:
        columns = [name for name in row if name != "table"]
        key = str(row[_key_column(row)])
        found |= {(str(row["table"]), key, name): row[name] for name in columns if name != _key_column(row)}
    return found


KEYS = frozenset(  # `Table.of` of every table
    {"agency", "category", "village", "source", "service_class", "span", "day", "week", "month", "age", "case", "stage"}
    | {"missing", "pause", "policy", "calendar", "screen", "commodity", "element"}
)


def _key_column(row: Mapping[str, Any]) -> str:
    """The column of the row's key. A table whose keys are cases has columns of the other names, too."""
    if "case" in row:
        return "case"
    return next(name for name in row if name in KEYS)


def sentences(found: Sequence[Difference], tables: Iterable[Table], wording: Wording) -> tuple[str, ...]:
    """The first of them in words, and how many more there are."""
    by_name = {table.name: table for table in tables}
    told = [sentence for each in _in_order(found, by_name) if (sentence := _sentence(each, by_name, wording))]
    more = len(told) - SHOWN
    return (*told[:SHOWN], *([wording.say("report.more_changes", n=more)] if more > 0 else []))


def _in_order(found: Sequence[Difference], tables: Mapping[str, Table]) -> list[Difference]:
    """By row, and within one by the order of the table's columns: canonical JSON has them by the alphabet."""
    rows = {(each.table, each.key): n for n, each in reversed(list(enumerate(found)))}
    columns = {name: flat_columns(table) for name, table in tables.items()}

    def place(each: Difference) -> tuple[int, int]:
        known = columns.get(each.table, ())
        return rows[each.table, each.key], known.index(each.column) if each.column in known else 0

    return sorted(found, key=place)


def _sentence(found: Difference, tables: Mapping[str, Table], wording: Wording) -> str | None:
    table = tables.get(found.table)
    if table is None or found.column.endswith("_over"):
        return None
    end = next((end for end in PLAIN if found.column.endswith(end)), "")
    column = found.column.removesuffix(end) if found.column in flat_columns(table) else found.column
    title = wording.column(column)
    if PLAIN.get(end):
        title = wording.say(f"report.data.part{PLAIN[end]}", title=title)
    before, now = (_value(value, end, wording) for value in (found.before, found.now))
    if before == now:  # the difference is smaller than what is printed
        return None
    return wording.say(
        "report.changed",
        table=wording.title(table),
        name=wording.name(table.of, found.key),
        column=title,
        before=before,
        now=now,
    )


def _value(value: Any, end: str, wording: Wording) -> str:
    if value is None:
        return NO_DATA
    if end in {"_s", "_working_s"} and isinstance(value, int):
        return wording.duration(Duration(value, working=end == "_working_s"))
    if isinstance(value, str) and ":" in value:
        return wording.name(*value.split(":", 1))
    return wording.value(value)
