"""The data of the mapping page: columns, lists of values, first rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.web.page_context import Formatter
from dashboard.web.payloads import visible
from dashboard.web.uploads.form import Chosen, name_of
from data.domain.city.model import TRIAGE, City
from data.reference.places.villages import by_code
from ingest.source import OTHER
from ingest.tabular.mapping.columns import fold
from ingest.tabular.proposal.listed_values import LISTED, UNKNOWN_MOST, Meaning, WordList
from ingest.tabular.proposal.reasons import AGAINST, Why
from ingest.tabular.results.preview import WHOLE_ROW, PreviewRow
from ingest.uploads import Look
from layouts.kit.words import UNKNOWN, Words

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
    """Of its <select>."""
    field: str
    examples: tuple[str, ...]
    why: str
    sure: str
    """sure, likely, unsure; '' for a column that is not used or was chosen by hand."""


@dataclass(frozen=True, slots=True)
class ValueLine:
    """A value of the file and our value for it."""

    value: str
    name: str
    """Of its <select>."""
    ours: str
    rows: int | None
    """Rows of the file with it; None: not counted."""


@dataclass(frozen=True, slots=True)
class ValueList:
    """The values of a column that are chosen from a list of ours."""

    kind: str
    column: str
    unknown: Sequence[ValueLine]
    """The most frequent first, up to UNKNOWN_MOST."""
    known: Sequence[ValueLine]
    more: int
    """Different words that are unknown, beyond those that are shown."""
    too_many: bool
    """There may be more still."""

    @property
    def open(self) -> int:
        """Values without a choice."""
        return sum(not line.ours for line in self.unknown) + self.more


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the preview."""

    text: str
    raw: str = ""
    """The text in the file, when it should be checked."""
    tone: str = ""
    """fault, doubt or ''."""


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A row of the preview."""

    number: int
    cells: Mapping[str, Cell]
    faults: tuple[str, ...]


def column_lines(look: Look, chosen: Chosen, texts: Words) -> list[ColumnLine]:
    """One for each column, in their order."""
    reasons = {reason.column: reason for reason in look.reasons}
    lines = []
    for n, (column, name) in enumerate(chosen.fields.items()):
        reason = reasons.get(column)
        if reason is not None and bool(reason.field) != bool(name):
            reason = None
        sure = _sure(reason.confidence) if reason is not None and name else ""
        why = why_text(reason.why, texts) if reason is not None else ""
        lines.append(ColumnLine(visible(column), name_of("column", str(n)), name, _examples(look, n), why, sure))
    return lines


def why_text(why: Sequence[Why], texts: Words) -> str:
    """The reasons as one sentence."""
    told = ""
    for each in why:
        values = {name: visible(value) if isinstance(value, str) else value for name, value in each.values.items()}
        text = texts(f"uploads.why.{each.because}", **values)
        joint = "uploads.why.but" if each.because in AGAINST else "uploads.why.and"
        told = texts(joint, first=told, second=text) if told else text
    return told


def _sure(confidence: float) -> str:
    return "sure" if confidence >= SURE else "likely" if confidence >= UNSURE else "unsure"


def _examples(look: Look, place: int) -> tuple[str, ...]:
    rows = [row.cells for row in look.first if place < len(row.cells) and not row.fault]
    texts = dict.fromkeys(visible(cells[place].strip()) for cells in rows)
    texts.pop("", None)
    return tuple(each if len(each) <= EXAMPLE_MOST else f"{each[:EXAMPLE_MOST]}…" for each in list(texts)[:EXAMPLES])


def value_lists(look: Look, chosen: Chosen, city: City) -> list[ValueList]:
    """Of each field of LISTED with columns: the values in the whole file."""
    assert look.form.mapping is not None
    meaning, found = Meaning(look.form.mapping, city), []
    for kind in LISTED:
        columns, words = chosen.columns(kind), look.lists.get(kind)
        if columns and (words is None or set(map(fold, words.columns)) != set(map(fold, columns))):
            words = WordList(columns=tuple(columns))  # another column was chosen, and the form had a fault
        if columns and words is not None:
            made = _value_list(kind, words, chosen.values.get(kind, {}), meaning)
            found += [made] if made.unknown or made.known or made.more else []
    return found


def _value_list(kind: str, words: WordList, values: Mapping[str, str], meaning: Meaning) -> ValueList:
    ours = {fold(value): each for value, each in values.items()}
    rows = {fold(word.text): word.rows for word in words.words}
    unknown = [word.text for word in words.words if not meaning.knows(kind, word.text)]
    told = {fold(value) for value in unknown}
    known = [value for value in values if fold(value) not in told and not meaning.is_plain(kind, value)]
    known = [value for value in known if ours[fold(value)] or meaning.names(kind, value)]
    known.sort(key=lambda value: -rows.get(fold(value), 0))

    def line(value: str) -> ValueLine:
        key = fold(value)
        return ValueLine(visible(value), name_of(kind, visible(value)), ours.get(key, ""), rows.get(key))

    return ValueList(
        kind,
        visible(" + ".join(words.columns)),
        [line(value) for value in unknown[:UNKNOWN_MOST]],
        [line(value) for value in known[:KNOWN_MOST]],
        len(unknown[UNKNOWN_MOST:]) + words.more,
        words.too_many,
    )


class PreviewLines:
    """Formats rows as the cases that they would become."""

    def __init__(self, city: City, chosen: Chosen, texts: Words, now: datetime) -> None:
        self._city, self._chosen, self._words = city, chosen, texts
        self._format = Formatter(texts, ZoneInfo(city.timezone), now)
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
        said = self._file_text(name, raw)
        if is_faulty:
            return Cell(_cut(said), tone="fault")
        if row.faults:
            return Cell(_cut(said))
        return self._found(name, row, said)

    def _file_text(self, name: str, raw: Mapping[str, str]) -> str:
        """The text in the file; for a place the most precise column."""
        for field in _FIELDS_OF.get(name, (name,)):
            texts = [raw.get(fold(column), "") for column in self._chosen.columns(field)]
            if any(texts):
                return " ".join(filter(None, texts))
        return ""

    def _found(self, name: str, row: PreviewRow, said: str) -> Cell:
        if name == "id":
            return Cell(_cut(visible(row.external_id or "")))
        if name == "received":
            return Cell(self._format.at(row.received_at))
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
