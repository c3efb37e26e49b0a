"""The data of the mapping page: columns, lists of values, first rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.web.page_context import Formatter
from dashboard.web.payloads import visible
from dashboard.web.uploads import guide, market
from dashboard.web.uploads.form import Chosen, name_of
from data.domain.city.model import TRIAGE, City
from data.reference.places.villages import by_code
from ingest.source import OTHER
from ingest.tabular.mapping.columns import MappingSettings, fold
from ingest.tabular.proposal.listed_values import LISTED, Meaning, WordList
from ingest.tabular.results.preview import WHOLE_ROW, PreviewRow
from ingest.uploads import Findings
from layouts.kit.words import UNKNOWN, Words

EXAMPLES = 3
EXAMPLE_MOST = 60
SEARCH_FROM = 10
"""Unknown words from which on they can be searched, and given one meaning together."""
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

_SHOWN: Mapping[tuple[str, ...], Callable[[str], str]] = {
    market.PREVIEW: market.shown_in,
    guide.PREVIEW: guide.shown_in,
}


def _of_case(name: str) -> str:
    return _SHOWN_IN.get(name, "")


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
    """The most frequent first; those with the text that is searched for."""
    known: Sequence[ValueLine]
    """Likewise."""
    more: int
    """Different words that are unknown, beyond those that were kept."""
    too_many: bool
    """There may be more still."""
    open: int
    """Unknown words without one of ours, whatever is searched for."""
    kept: int
    """Unknown words that can be searched."""
    find: str = ""
    """What is searched for."""

    @property
    def is_long(self) -> bool:
        """Whether it takes a search to find a word."""
        return self.kept > SEARCH_FROM or bool(self.find)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the preview."""

    text: str
    raw: str = ""
    """The text of the file, where it differs from what is shown."""
    tone: str = ""
    """fault, doubt or ''."""


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A row of the preview."""

    number: int
    cells: Mapping[str, Cell]
    faults: tuple[str, ...]


def preview_of(mapping: MappingSettings) -> tuple[str, ...]:
    """The columns of the preview of such a table."""
    if mapping.guide is not None:
        return guide.PREVIEW
    return PREVIEW if mapping.market is None else market.PREVIEW


def column_lines(findings: Findings, chosen: Chosen, texts: Words) -> list[ColumnLine]:
    """One of each column, in their order."""
    proposals = {proposal.column: proposal for proposal in findings.proposals}
    lines = []
    for n, (column, name) in enumerate(chosen.fields.items()):
        proposal = proposals.get(column)
        if proposal is not None and bool(proposal.field) != bool(name):
            proposal = None
        sure = _sure(proposal.confidence) if proposal is not None and name else ""
        why = visible(texts.sentence(proposal.reason)) if proposal is not None else ""
        lines.append(ColumnLine(visible(column), name_of("column", str(n)), name, _examples(findings, n), why, sure))
    return lines


def _sure(confidence: float) -> str:
    return "sure" if confidence >= SURE else "likely" if confidence >= UNSURE else "unsure"


def _examples(findings: Findings, place: int) -> tuple[str, ...]:
    rows = [row.cells for row in findings.first if place < len(row.cells) and not row.fault]
    texts = dict.fromkeys(visible(cells[place].strip()) for cells in rows)
    texts.pop("", None)
    return tuple(each if len(each) <= EXAMPLE_MOST else f"{each[:EXAMPLE_MOST]}…" for each in list(texts)[:EXAMPLES])


def value_lists(findings: Findings, chosen: Chosen, city: City, find: Mapping[str, str]) -> list[ValueList]:
    """Those of the columns that are taken as a list, with the words of the whole file.

    find: by list the text that its words must have.
    """
    assert findings.form.mapping is not None
    meaning, found = Meaning(findings.form.mapping, city), []
    for kind in LISTED:
        columns, words = chosen.columns(kind), findings.lists.get(kind)
        if columns and (words is None or set(map(fold, words.columns)) != set(map(fold, columns))):
            words = WordList(columns=tuple(columns))  # another column was chosen, and the form had a fault
        if columns and words is not None:
            made = _value_list(kind, words, chosen.values.get(kind, {}), meaning)
            found += [_searched(made, find.get(kind, ""))] if made.unknown or made.known or made.more else []
    return found


def _searched(made: ValueList, find: str) -> ValueList:
    if not find:
        return made
    unknown = [line for line in made.unknown if fold(find) in fold(line.value)]
    known = [line for line in made.known if fold(find) in fold(line.value)]
    return replace(made, unknown=unknown, known=known, find=find)


def _value_list(kind: str, words: WordList, values: Mapping[str, str], meaning: Meaning) -> ValueList:
    ours = {fold(value): each for value, each in values.items()}
    rows = {fold(word.text): word.rows for word in words.words}
    unknown = [word.text for word in words.words if not meaning.knows(kind, word.text)]
    open_ones = {fold(value) for value in unknown}
    known = [value for value in values if fold(value) not in open_ones and not meaning.is_plain(kind, value)]
    known = [value for value in known if ours[fold(value)] or meaning.names(kind, value)]
    known.sort(key=lambda value: -rows.get(fold(value), 0))

    def line(value: str) -> ValueLine:
        key = fold(value)
        return ValueLine(visible(value), name_of(kind, visible(value)), ours.get(key, ""), rows.get(key))

    lines = [line(value) for value in unknown]
    return ValueList(
        kind,
        visible(" + ".join(words.columns)),
        lines,
        [line(value) for value in known[:KNOWN_MOST]],
        words.more,
        words.too_many,
        open=sum(not each.ours for each in lines) + words.more,
        kept=len(lines),
    )


class PreviewLines:
    """Formats rows as the cases that they would become."""

    def __init__(
        self, city: City, chosen: Chosen, texts: Words, now: datetime, columns: tuple[str, ...] = PREVIEW
    ) -> None:
        self._columns = columns
        self._shown_in = _SHOWN.get(columns, _of_case)
        self._city, self._chosen, self._words = city, chosen, texts
        self._format = Formatter(texts, ZoneInfo(city.timezone), now)
        self._field_of = {fold(column): name for column, name in chosen.fields.items()}

    def line(self, row: PreviewRow) -> PreviewLine:
        """One row."""
        raw = {fold(column): visible(text.strip()) for column, text in row.cells.items()}
        marked = {self._shown_in(self._field_of.get(fold(column), "")) for column in row.faults if column != WHOLE_ROW}
        faults = tuple(dict.fromkeys(visible(self._words.sentence(why)) for why in row.faults.values()))
        cells = {name: self._cell(name, row, raw, is_faulty=name in marked) for name in self._columns}
        return PreviewLine(row.number, cells, faults)

    def _cell(self, name: str, row: PreviewRow, raw: Mapping[str, str], *, is_faulty: bool) -> Cell:
        text = self._file_text(name, raw)
        if is_faulty:
            return Cell(_cut(text), tone="fault")
        if row.faults:
            return Cell(_cut(text))
        return self._found(name, row, text)

    def _file_text(self, name: str, raw: Mapping[str, str]) -> str:
        """What stands in the file; of a place what tells it best."""
        for field in _FIELDS_OF.get(name, (name,)):
            texts = [raw.get(fold(column), "") for column in self._chosen.columns(field)]
            if any(texts):
                return " ".join(filter(None, texts))
        return ""

    def _found(self, name: str, row: PreviewRow, text: str) -> Cell:
        if name == "id":
            return Cell(_cut(visible(row.external_id or "")))
        if name == "received":
            return Cell(self._format.at(row.received_at))
        if self._columns == guide.PREVIEW:
            found = None if row.guide is None else row.guide.told
            return Cell(UNKNOWN if found is None else guide.cell_text(name, found, self._city, self._words))
        if self._columns == market.PREVIEW:
            told = None if row.market is None else row.market.told
            return Cell(UNKNOWN if told is None else market.cell_text(name, told, self._city.market, self._words))
        if name == "category":
            category = self._city.categories[row.category or OTHER]
            doubtful = row.unnamed and bool(text) and fold(text) not in self._others
            return Cell(category.name[self._words.lang], _cut(text) if doubtful else "", "doubt" if doubtful else "")
        if name == "agency":
            return Cell(self._words("queue.triage") if row.agency == TRIAGE else self._city.agency_short(row.agency))
        if name == "village":
            village = by_code.get(row.village or "")
            return Cell(village.name) if village else Cell(UNKNOWN, _cut(text), "doubt" if text else "")
        return Cell(self._words(f"case.{row.state}") if row.state else UNKNOWN)

    @property
    def _others(self) -> set[str]:
        other = self._city.categories[OTHER]
        return {fold(each) for each in (OTHER, *other.name.values(), *other.words)}


def _cut(text: str) -> str:
    return text if len(text) <= EXAMPLE_MOST else f"{text[:EXAMPLE_MOST]}…"
