"""The cells of a row as texts, moments and positions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from data.domain.reasons import Reason, reason
from ingest.source import Unreadable
from ingest.tabular.mapping.columns import AS_IT_IS, PickSettings, PositionSettings, fold
from ingest.tabular.mapping.datetimes import Moment, Moments, NoMoment
from ingest.tabular.mapping.projection import Affine

Row = Mapping[str, Any]
Place = Callable[[float, float], tuple[float, float]]
"""Takes a position (lat, lon) to where it shall be."""

Reader = Callable[[Row], str | None]

_SHOWN = 8
_WHOLE_PAIR = re.compile(r"[-+]?\d+,[-+]?\d+")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")


def known_values(values: Mapping[str, object]) -> Reason | tuple[str, ...]:
    """The first few values that a mapping knows, for a reason."""
    first = list(values)[:_SHOWN]
    known: Reason | tuple[str, ...] = tuple(value for value in first if value)
    if "" in first:
        known = reason("list.or_empty", names=known)
    return reason("list.more", names=known, more=len(values) - _SHOWN) if len(values) > _SHOWN else known


def _any_word(words: tuple[str, ...]) -> Callable[[str], object]:
    """Whether a folded text has any of the words, whole; without words any text has."""
    choices = "|".join(re.escape(fold(word)) for word in words)
    return re.compile(rf"(?<!\w)(?:{choices})(?!\w)" if words else "").search


class Cells:
    """The texts of a row; None for an empty cell and for the words that mean nothing."""

    def __init__(self, nulls: tuple[str, ...]) -> None:
        self._nulls = frozenset(fold(word) for word in nulls)
        self._longest = max(map(len, self._nulls), default=0)

    def text(self, row: Row, column: str) -> str | None:
        """One cell, stripped. Raises Unreadable for a NUL."""
        value = row.get(column)
        if value is None:
            return None
        text: str = (value if isinstance(value, str) else str(value)).strip()
        if len(text) <= self._longest and (not text or text.casefold() in self._nulls):
            return None
        if "\x00" in text:
            raise Unreadable(reason("cell.nul", columns=(column,)))
        return text

    def joined(self, row: Row, columns: tuple[str, ...], join: str) -> str | None:
        """Several cells, empty ones left out, joined."""
        if len(columns) == 1:
            return self.text(row, columns[0])
        return join.join(text for column in columns if (text := self.text(row, column))) or None


def column_reader(settings: PickSettings, cells: Cells) -> Reader:
    """A function that reads one field out of a row: its text, None for nothing. It raises Unreadable."""
    if settings.constant is not None:
        constant = settings.constant or None
        return lambda row: constant
    read = _joined(settings, cells)
    if settings.required:
        read = _required(settings, read)
    return _mapped(settings, read) if settings.values or settings.rules or settings.otherwise is not None else read


def _joined(settings: PickSettings, cells: Cells) -> Reader:
    columns, join, text, joined = settings.columns, settings.join, cells.text, cells.joined
    if len(columns) == 1:
        (column,) = columns
        return lambda row: text(row, column)
    return lambda row: joined(row, columns, join)


def _required(settings: PickSettings, read: Reader) -> Reader:
    def required(row: Row) -> str | None:
        text = read(row)
        if text is None:
            raise Unreadable(reason("cell.empty", columns=settings.columns))
        return text

    return required


def _mapped(settings: PickSettings, read: Reader) -> Reader:
    values = {fold(text): value for text, value in settings.values.items()}
    rules = [(tuple(map(fold, r.starts)) or ("",), _any_word(r.words), r.then) for r in settings.rules]
    empty = values.get("", None if settings.otherwise == AS_IT_IS else settings.otherwise)

    @lru_cache(maxsize=4096)
    def found(text: str) -> str | None:
        key = fold(text)
        if key in values:
            return values[key] or None
        for starts, has_word, then in rules:
            if key.startswith(starts) and has_word(key):
                return then or None
        if settings.otherwise == AS_IT_IS:
            return text
        if settings.otherwise is None:
            known = known_values(settings.values) or reason("list.set_in_mapping")
            raise Unreadable(reason("cell.unknown_value", columns=settings.columns, value=text, known=known))
        return settings.otherwise or None

    def mapped(row: Row) -> str | None:
        text = read(row)
        return (empty or None) if text is None else found(text)

    return mapped


class Times:
    """Moments out of columns."""

    def __init__(self, moments: Moments, cells: Cells) -> None:
        self._moments, self._cells = moments, cells

    def read(self, row: Row, columns: tuple[str, ...]) -> Moment | None:
        """The moment that the columns together give, None for nothing. Raises Unreadable."""
        text = self._cells.joined(row, columns, " ")
        if text is None:
            return None
        try:
            return self._moments.read(text)
        except NoMoment as wrong:
            raise Unreadable(reason("cell.not_a_time", columns=columns, value=text, fault=wrong.reason)) from None


class Position:
    """Latitude and longitude out of two columns."""

    def __init__(self, settings: PositionSettings, cells: Cells, place: Place | None) -> None:
        self._settings, self._cells = settings, cells
        self._affine = Affine(settings.projected) if settings.projected else None
        self._place = place

    def read(self, row: Row) -> tuple[float, float] | None:
        """(lat, lon), None when there is none. Raises Unreadable."""
        settings = self._settings
        if settings.pair is not None:
            lat, lon = self._both(row, settings.pair)
        else:
            lon = self._degrees(row, settings.lon, 180)
            turned = lon is not None and abs(lon) <= 90  # then what stands for the latitude may be the longitude
            lat = self._degrees(row, settings.lat, 180 if turned else 90)
        if lat is None and lon is None:
            return None
        if lat is None or lon is None:
            raise Unreadable(reason("cell.both_or_none", columns=(settings.lat, settings.lon)))
        if lat == lon == 0 or (settings.whole_degrees_missing and lat.is_integer() and lon.is_integer()):
            return None
        if self._affine is None:
            return lat, lon
        moved = self._affine.moved(lat, lon)
        return self._place(*moved) if self._place else moved

    def _both(self, row: Row, column: str) -> tuple[float | None, float | None]:
        text = self._cells.text(row, column)
        if text is None:
            return None, None
        found = _NUMBER.findall(text)
        if len(found) == 1:  # 0,0 is two numbers here
            found = text.split(",") if _WHOLE_PAIR.fullmatch(text) else []
        numbers = [float(each.replace(",", ".")) for each in found]
        if len(numbers) != 2 or abs(min(numbers, key=abs)) > 90 or abs(max(numbers, key=abs)) > 180:
            raise Unreadable(reason("cell.not_a_position", columns=(column,), value=text))
        return numbers[0], numbers[1]

    def _degrees(self, row: Row, column: str, limit: int) -> float | None:
        text = self._cells.text(row, column)
        if text is None:
            return None
        plain = text.replace(".", "").replace(",", ".") if self._settings.decimal == "," and "," in text else text
        try:
            degrees = float(plain)
        except ValueError:
            degrees = math.nan
        if not -limit <= degrees <= limit:
            latitude = column == self._settings.lat
            example = f"-7{self._settings.decimal}8712" if latitude else f"112{self._settings.decimal}5271"
            right = {"limit": limit, "example": example}
            raise Unreadable(reason("cell.not_degrees", columns=(column,), value=text, **right))
        return degrees
