"""What the page of an upload that waits for a person shows: its columns, lists of values and first rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.web.frame import Teller
from dashboard.web.payloads import visible
from dashboard.web.upload_form import LISTED, Chosen, name_of
from data.domain.city import TRIAGE, City
from data.reference.villages import by_code
from ingest.columns import fold
from ingest.sheets.choices import events_of
from ingest.sheets.content import Knower
from ingest.sheets.preview import WHOLE_ROW, PreviewRow
from ingest.source import OTHER
from ingest.uploads import Look
from layouts.words import UNKNOWN, Words

EXAMPLES = 3
EXAMPLE_MOST = 60
KNOWN_MOST = 100
"""Values with one of ours that the page shows."""
SURE, UNSURE = 0.75, 0.5
PREVIEW = ("id", "received", "category", "agency", "village", "status")
"""The columns of the preview, by the field that each is of."""
_SHOWN_IN = {
    **{name: name for name in PREVIEW},
    **{"time": "received", "updated": "received", "done": "status", "note": "status"},
    **dict.fromkeys(("lat", "lon", "position", "address"), "village"),
}

_FIELDS_OF = {"village": ("village", "address", "position", "lat")}


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column of the file."""

    column: str
    name: str
    """Of its select."""
    field: str
    examples: tuple[str, ...]
    why: str
    sure: str
    """sure, likely, unsure; '' of one that is not taken or was chosen by hand."""


@dataclass(frozen=True, slots=True)
class ValueLine:
    """A value of the file and what it is of ours."""

    value: str
    name: str
    """Of its select."""
    ours: str


@dataclass(frozen=True, slots=True)
class ValueList:
    """The values of a column that are chosen from a list of ours."""

    kind: str
    column: str
    unknown: Sequence[ValueLine]
    known: Sequence[ValueLine]

    @property
    def open(self) -> int:
        """Of which nothing is said."""
        return sum(not line.ours for line in self.unknown)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the preview."""

    text: str
    raw: str = ""
    """What stands in the file, where it is worth a look."""
    tone: str = ""
    """fault, doubt or ''."""


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A row of the preview."""

    number: int
    cells: Mapping[str, Cell]
    faults: tuple[str, ...]


def column_lines(look: Look, chosen: Chosen) -> list[ColumnLine]:
    """One of each column, in their order."""
    reasons = {reason.column: reason for reason in look.reasons}
    lines = []
    for n, (column, name) in enumerate(chosen.fields.items()):
        reason = reasons.get(column)
        if reason is not None and bool(reason.field) != bool(name):
            reason = None
        sure = _sure(reason.confidence) if reason is not None and name else ""
        why = reason.why if reason is not None else ""
        lines.append(ColumnLine(visible(column), name_of("column", str(n)), name, _examples(look, n), why, sure))
    return lines


def _sure(confidence: float) -> str:
    return "sure" if confidence >= SURE else "likely" if confidence >= UNSURE else "unsure"


def _examples(look: Look, place: int) -> tuple[str, ...]:
    texts = dict.fromkeys(visible(row[place].strip()) for row in look.sample if place < len(row))
    texts.pop("", None)
    return tuple(each if len(each) <= EXAMPLE_MOST else f"{each[:EXAMPLE_MOST]}…" for each in list(texts)[:EXAMPLES])


def value_lists(look: Look, chosen: Chosen, city: City) -> list[ValueList]:
    """Those of the columns that are taken as a list."""
    knower, found = Knower(city), []
    for kind in LISTED:
        columns = chosen.columns(kind)
        ours = {fold(value): each for value, each in chosen.values.get(kind, {}).items()}
        unknown = dict.fromkeys(_unknown(look, kind, columns, ours)) if columns else {}
        unknown = {value: None for value in unknown if not _is_plain(kind, value, knower)}
        known = [value for value in chosen.values.get(kind, {}) if not _is_plain(kind, value, knower)]
        open_ones = {fold(value) for value in unknown}
        lines = [_line(kind, value, ours) for value in unknown]
        others = [_line(kind, value, ours) for value in known if fold(value) not in open_ones and ours[fold(value)]]
        if columns and (lines or others):
            found.append(ValueList(kind, visible(columns[0]), lines, others[:KNOWN_MOST]))
    return found


def _line(kind: str, value: str, ours: Mapping[str, str]) -> ValueLine:
    return ValueLine(visible(value), name_of(kind, visible(value)), ours.get(fold(value), ""))


def _unknown(look: Look, kind: str, columns: Sequence[str], ours: Mapping[str, str]) -> Iterator[str]:
    """As the look through the whole file found them; of a column that was chosen since, those of its first rows."""
    chosen = {n for n, column in enumerate(look.columns) if column in columns}
    stands: dict[str, set[int]] = {}
    for row in look.sample:
        for place, text in enumerate(row):
            stands.setdefault(text.strip(), set()).add(place)
    yield from (value for value in look.unknown_values.get(kind, ()) if stands.get(value, chosen) & chosen)
    if kind == "category" and look.form.mapping is not None and look.form.mapping.category.rules:
        return  # what the source's own rules make of a text is shown by the preview
    yield from (value for value, at in stands.items() if value and at & chosen and not ours.get(fold(value)))


def _is_plain(kind: str, value: str, knower: Knower) -> bool:
    """Whether it is known by itself, and needs no word of anybody."""
    if kind == "status":
        return events_of(value) is not None
    return (knower.category(value) if kind == "category" else knower.agency(value)) is not None


class Previews:
    """Rows as they would become cases, in words."""

    def __init__(self, city: City, chosen: Chosen, said: Words, now: datetime) -> None:
        self._city, self._chosen, self._words = city, chosen, said
        self._tell = Teller(said, ZoneInfo(city.timezone), now)
        self._field_of = {fold(column): name for column, name in chosen.fields.items()}

    def line(self, row: PreviewRow) -> PreviewLine:
        """One row."""
        raw = {fold(column): visible(text.strip()) for column, text in row.cells.items()}
        marked = {
            _SHOWN_IN.get(self._field_of.get(fold(column), ""), "") for column in row.faults if column != WHOLE_ROW
        }
        told = tuple(dict.fromkeys(visible(text) for text in row.faults.values()))
        cells = {name: self._cell(name, row, raw, is_faulty=name in marked) for name in PREVIEW}
        return PreviewLine(row.number, cells, told)

    def _cell(self, name: str, row: PreviewRow, raw: Mapping[str, str], *, is_faulty: bool) -> Cell:
        said = self._said(name, raw)
        if is_faulty:
            return Cell(_cut(said), tone="fault")
        if row.faults:
            return Cell(_cut(said))
        return self._found(name, row, said)

    def _said(self, name: str, raw: Mapping[str, str]) -> str:
        """What stands in the file; of a place what tells it best."""
        for field in _FIELDS_OF.get(name, (name,)):
            texts = [raw.get(fold(column), "") for column in self._chosen.columns(field)]
            if any(texts):
                return " ".join(filter(None, texts))
        return ""

    def _found(self, name: str, row: PreviewRow, said: str) -> Cell:
        if name == "id":
            return Cell(_cut(visible(row.external_id or "")))
        if name == "received":
            return Cell(self._tell.at(row.received_at))
        if name == "category":
            category = self._city.categories[row.category or OTHER]
            doubtful = category.code == OTHER and bool(said) and fold(said) not in self._others
            return Cell(category.name[self._words.lang], _cut(said) if doubtful else "", "doubt" if doubtful else "")
        if name == "agency":
            return Cell(self._words("queue.triage") if row.agency == TRIAGE else self._city.agency_short(row.agency))
        if name == "village":
            village = by_code.get(row.village or "")
            return Cell(village.name) if village else Cell(UNKNOWN, _cut(said), "doubt" if said else "")
        return Cell(self._words(f"case.{row.state}") if row.state else UNKNOWN)

    @property
    def _others(self) -> set[str]:
        other = self._city.categories[OTHER]
        return {fold(each) for each in (OTHER, *other.name.values(), *other.words)}


def _cut(text: str) -> str:
    return text if len(text) <= EXAMPLE_MOST else f"{text[:EXAMPLE_MOST]}…"
