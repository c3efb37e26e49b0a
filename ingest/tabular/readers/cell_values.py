"""A workbook's cells as texts: numbers in full, dates as ISO 8601, errors and formulas without a result as faults.

Dates and times of day are cells of a number format that shows them; the number counts days from the workbook's epoch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from data.domain.reasons import Reason

EPOCH_1900 = datetime(1899, 12, 30)
EPOCH_1904 = datetime(1904, 1, 1)
NOT_AVAILABLE = "#N/A"
"""The error that says 'there is none': an empty cell."""
NO_FAULTS: Mapping[int, Reason | str] = MappingProxyType({})

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DAY_S = 86_400


class Style(NamedTuple):
    """Which cells are dates: numbers of cell formats, as a cell's `s` gives them."""

    dates: frozenset[int]
    spans: frozenset[int]
    """Formats such as [h]:mm, which show a length of time."""
    epoch: datetime


class SheetRow(NamedTuple):
    """One row that is not empty."""

    number: int
    """As a spreadsheet counts."""
    cells: list[str]
    """Up to the last that is not empty; an empty cell is ''."""
    faults: Mapping[int, Reason | str]
    """What is wrong with a cell, by its place; its text stands in `cells` as the spreadsheet shows it."""
    hidden: bool


def plain_text(text: str) -> str:
    """A text of the workbook: _x000D_ and the like are characters that XML cannot hold or would change."""
    return _ESCAPE.sub(_escaped, text).replace("\r\n", "\n") if "_x" in text else text


def _escaped(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if 0xD800 <= code <= 0xDFFF else chr(code)


@lru_cache(maxsize=65_536)
def number_text(text: str) -> str:
    """A number in full, without an exponent; what is none is handed back as it is."""
    try:
        number = float(text)
    except ValueError:
        return text
    if number.is_integer():  # False for infinite ones
        return str(int(number)) if abs(number) >= 1e15 or not text.lstrip("-").isdigit() else text
    shown = repr(number)
    return f"{number:.15f}".rstrip("0") if "e-" in shown else shown


@lru_cache(maxsize=65_536)
def date_text(text: str, epoch: datetime, span: bool) -> str | None:
    """A day (2026-03-13), a moment (2026-03-13 14:05), a time of day (14:05); None beyond the years 1900 to 9999."""
    try:
        days = float(text)
        seconds = round(days * _DAY_S)
    except (ValueError, OverflowError):
        return None
    if days < 0:
        return None
    if span or days < 1:
        return _clock(seconds)
    if epoch == EPOCH_1900 and days < 60:
        seconds += _DAY_S  # the spreadsheet's 1900 has a 29 February
    try:
        at = epoch + timedelta(seconds=seconds)
    except OverflowError:
        return None
    if seconds % _DAY_S == 0:
        return f"{at:%Y-%m-%d}"
    return f"{at:%Y-%m-%d} {_clock(seconds % _DAY_S)}"


def _clock(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{second:02d}" if second else text
