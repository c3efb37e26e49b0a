"""The words of a table's lists, which are chosen from a list of ours: category, agency, status; of the whole file.

What a mapping or the city knows by itself needs nobody's word; the rest is count_words, for a person to say what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from data.domain.city.model import City
from ingest.settings import SettingsModel
from ingest.source import Unreadable
from ingest.tabular.mapping.cells import Cells, column_reader
from ingest.tabular.mapping.columns import MappingSettings, PickSettings, fold
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.proposal.evidence.column_content import DISTINCT_MOST, CityNames
from ingest.tabular.proposal.evidence.column_survey import WORD_MOST, ColumnTexts, SurveyRequest, survey_table
from ingest.tabular.proposal.value_choices import VALUES_MOST, events_of
from ingest.tabular.readers.model import Sheets

LISTED = ("category", "agency", "status")
"""The fields."""
UNKNOWN_LEAST = 50
"""When fewer unknown words are left of those that were kept, the file is read for those behind them."""


class ListedWord(SettingsModel):
    """A word of the file, spelt as it mostly is."""

    text: str
    rows: int


class WordList(SettingsModel):
    """The words in the columns of one field."""

    columns: tuple[str, ...]
    """As the mapping spells them."""
    join: str = " "
    words: tuple[ListedWord, ...] = ()
    """Those that need, or needed, somebody's word: first what the mapping does not know, the most frequent first; up to
    VALUES_MOST."""
    more: int = 0
    """Different words beyond those that the mapping does not know."""
    too_many: bool = False
    """There may be more: not all different values were counted."""


class Meaning:
    """What a mapping makes of the words of its lists."""

    def __init__(self, mapping: MappingSettings, city: City) -> None:
        self._city_names = CityNames(city)
        cells = Cells(mapping.nulls)
        picks = {name: pick for name in ("category", "agency") if (pick := getattr(mapping, name)) is not None}
        self._read = {name: _reader(pick, cells) for name, pick in picks.items()}
        statuses = mapping.status.values if mapping.status is not None else {}
        named = {name: pick.values for name, pick in picks.items()} | {"status": statuses}
        self._named = {name: {fold(text) for text in values} for name, values in named.items()}

    def knows(self, field: str, text: str) -> bool:
        """Whether a row with this word is taken for what it says."""
        if field == "status":
            return self.names(field, text)
        try:
            ours = self._read[field](text)
        except Unreadable:
            return False
        return self.names(field, text) if ours is None else self._is_ours(field, ours)

    def names(self, field: str, text: str) -> bool:
        """Whether the mapping says what this very word is."""
        return fold(text) in self._named.get(field, ())

    def is_plain(self, field: str, text: str) -> bool:
        """Whether it is known to everybody: one of ours, or a status that always means the same."""
        return events_of(text) is not None if field == "status" else self._is_ours(field, text)

    def _is_ours(self, field: str, text: str) -> bool:
        return (self._city_names.category(text) if field == "category" else self._city_names.agency(text)) is not None


def _reader(pick: PickSettings, cells: Cells) -> Callable[[str], str | None]:
    if pick.constant is not None:
        return lambda text: text
    read = column_reader(pick.model_copy(update={"columns": ("",), "required": False}), cells)
    return lambda text: read({"": text})


def texts_of(mapping: MappingSettings) -> dict[str, ColumnTexts]:
    """Of each list that is read from columns, which, and how they are joined."""
    found = {
        name: ColumnTexts(pick.columns, pick.join)
        for name in ("category", "agency")
        if (pick := getattr(mapping, name)) is not None and pick.columns
    }
    return found | ({"status": ColumnTexts((mapping.status.column,))} if mapping.status is not None else {})


def survey_request_of(mapping: MappingSettings) -> SurveyRequest:
    """What to ask a file for these lists."""
    reader = TableMapping(mapping)
    return SurveyRequest(values=texts_of(mapping).values(), spelling=reader.columns, nulls=mapping.nulls)


def count_words(sheets: Sheets, mapping: MappingSettings, city: City) -> dict[str, WordList]:
    """Read the whole file once. Raises BrokenTable, OSError."""
    return word_lists(mapping, survey_table(sheets, survey_request_of(mapping)).values, city)


def word_lists(
    mapping: MappingSettings, counts: Mapping[ColumnTexts, Mapping[str, int]], city: City
) -> dict[str, WordList]:
    """By field, of how often each text stands in the file."""
    meaning = Meaning(mapping, city)
    return {field: _word_list(field, texts, counts[texts], meaning) for field, texts in texts_of(mapping).items()}


def _word_list(field: str, texts: ColumnTexts, counts: Mapping[str, int], meaning: Meaning) -> WordList:
    words: dict[str, ListedWord] = {}
    for text, often in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        first = words.get(fold(text))
        words[fold(text)] = ListedWord(text=first.text if first else text, rows=often + (first.rows if first else 0))
    known, unknown, too_long = list[ListedWord](), list[ListedWord](), 0
    for word in sorted(words.values(), key=lambda word: -word.rows):
        if not meaning.knows(field, word.text):
            if len(word.text) < WORD_MOST:
                unknown.append(word)
            else:
                too_long += 1  # its end is cut off: nobody can say what it is
        elif meaning.names(field, word.text) and not meaning.is_plain(field, word.text):
            known.append(word)
    return WordList(
        columns=texts.columns,
        join=texts.join,
        words=tuple([*unknown, *known][:VALUES_MOST]),
        more=max(0, len(unknown) - VALUES_MOST) + too_long,
        too_many=len(counts) >= DISTINCT_MOST,
    )
