"""What a column's values say of it, whatever it is called: dates, positions, categories, villages, agencies .."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from data.domain.cases.routing import category_of
from data.domain.city.model import City
from data.reference.places.villages import village_named
from ingest.tabular.detection.vocabulary import NOTHING
from ingest.tabular.mapping.cells import Cells
from ingest.tabular.mapping.columns import fold
from ingest.tabular.mapping.image_links import image_link
from ingest.tabular.proposal.evidence.coordinates import Degrees
from ingest.tabular.proposal.evidence.date_formats import DateEvidence, is_time, shape_of

DISTINCT_MOST = 10_001
"""Different values of a column that are remembered; one of so many is no list of categories."""
_PHONE = re.compile(
    r"(?:\+?62|0|8)[\d\s-]{7,15}|\+\d[\d\s().-]{6,18}"
    r"|\(?\d{2,4}\)?[\s.-]{1,2}\d{3,4}[\s.-]\d{3,4}|\d{2}(?:[ .]\d{2}){4}"
)
"""Ours, any with a country's code, and those of three or five groups."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NULLS = Cells(NOTHING)


class CityNames:
    """What the city knows by name; asked once for each different text."""

    def __init__(self, city: City) -> None:
        self.city = city
        self._agencies = {fold(name): a.code for a in city.agencies.values() for name in (a.code, a.name, a.short)}
        self.category = lru_cache(maxsize=20_000)(self._category)
        self.village = lru_cache(maxsize=20_000)(self._village)

    def _category(self, text: str) -> str | None:
        found = category_of(text, self.city)
        return found.code if found is not None else None

    def _village(self, text: str) -> str | None:
        found = village_named(text)
        return found.code if found is not None else None

    def agency(self, text: str) -> str | None:
        """By code, name or short name."""
        return self._agencies.get(fold(text))


@dataclass(slots=True)
class Column:
    """The evidence of one column; it grows value by value and stays small."""

    filled: int = 0
    letters: int = 0
    dates: DateEvidence = field(default_factory=DateEvidence)
    degrees: Degrees = field(default_factory=Degrees)
    times: int = 0
    categories: int = 0
    villages: int = 0
    agencies: int = 0
    phones: int = 0
    emails: int = 0
    links: int = 0
    images: int = 0
    """Links to images."""
    whole: list[int] = field(default_factory=list)
    """The first few values that are whole numbers."""
    values: dict[str, int] = field(default_factory=dict)
    """How often each different value, up to DISTINCT_MOST of them."""

    def add(self, text: str, names: CityNames) -> None:
        """One more value; empty ones say nothing."""
        text = told(text)
        if not text:
            return
        self.filled += 1
        self.letters += len(text)
        if len(self.values) < DISTINCT_MOST or text in self.values:
            self.values[text[:200]] = self.values.get(text[:200], 0) + 1
        self.dates.add(text)
        self.degrees.add(text)
        self.times += is_time(text)
        if len(text) <= 100:
            self.categories += names.category(text) is not None
            self.villages += names.village(text) is not None
            self.agencies += names.agency(text) is not None
        self.phones += _PHONE.fullmatch(text) is not None and shape_of(text) is None
        self.emails += _EMAIL.fullmatch(text) is not None
        self.links += text.startswith(("http://", "https://"))
        self.images += image_link(text) is not None
        if text.isdecimal() and len(text) < 9 and len(self.whole) < 200:
            self.whole.append(int(text))

    def share(self, count: int) -> float:
        """Of what is filled."""
        return count / self.filled if self.filled else 0.0

    @property
    def is_unique(self) -> bool:
        """No value stands twice, and they are short."""
        return self.filled > 1 and len(self.values) == self.filled and self.letters / self.filled <= 40

    @property
    def is_running(self) -> bool:
        """1, 2, 3 and so on: the row's place in this table, and no report's number."""
        first, count = (self.whole or [-1])[0], len(self.whole)
        whole_column = count > 1 and count == min(self.filled, 200)
        return whole_column and first in (0, 1) and self.whole == list(range(first, first + count))


def told(text: str) -> str:
    """A cell's text, stripped; '' for one that means nothing."""
    text = text.strip()
    return "" if not text or _NULLS.text({"": text.replace("\x00", "")}, "") is None else text


def columns_of(names: Sequence[str], rows: Iterable[Sequence[str]], city: City) -> dict[str, Column]:
    """The evidence of each column, by its name."""
    city_names = CityNames(city)
    found = {name: Column() for name in names}
    for row in rows:
        for name, text in zip(names, row, strict=False):
            found[name].add(text, city_names)
    return found
