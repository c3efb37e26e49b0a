"""Reading dates as tables write them: several formats tried in turn, in a zone, fast enough for histories.

`strptime` takes 8-10 us a value; here a format becomes one regular expression, once, and values repeat.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache, reduce
from typing import NamedTuple
from zoneinfo import ZoneInfo

from data.domain.reasons import Reason, reason
from data.texts import ReasonError

ISO = "iso"
"""Instead of a format: ISO 8601, with or without a zone, with `T` or a blank."""

EXCEL = "excel"
"""Instead of a format: days since the end of 1899, as a spreadsheet keeps dates (46094.5 is 2026-03-13 12:00)."""

_MONTHS = (
    ("jan", "januari", "january"),
    ("feb", "februari", "pebruari", "february", "peb"),
    ("mar", "maret", "march", "mrt"),
    ("apr", "april"),
    ("mei", "may"),
    ("jun", "juni", "june"),
    ("jul", "juli", "july"),
    ("agu", "agt", "ags", "agus", "agustus", "aug", "august"),
    ("sep", "sept", "september"),
    ("okt", "oct", "oktober", "october"),
    ("nov", "nop", "november", "nopember"),
    ("des", "dec", "desember", "december"),
)
MONTH_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
"""The months' names and short forms, Indonesian and English, lower case."""
_PATTERNS = {
    "Y": r"(\d{4})",
    "y": r"(\d{2})",
    "m": r"(\d{1,2})",
    "d": r"(\d{1,2})",
    "H": r"(\d{1,2})",
    "I": r"(\d{1,2})",
    "M": r"(\d{2})",
    "S": r"(\d{2})",
    "f": r"(\d{1,6})",
    "p": r"([AaPp])\.?[Mm]\.?",
    "b": r"([A-Za-z]+)\.?",
    "z": r"(Z|[+-]\d{2}:?\d{2})",
}
_SAME = {"B": "b"}
_DAY_NAME = r"[A-Za-z']+"
"""Of %A, which is read over."""
_DATE = frozenset("Yymdb")
_NOTHING = timedelta(0)


class NoMoment(ReasonError, ValueError):
    """A text that is no moment in any of the formats."""


class Moment(NamedTuple):
    """When, in UTC; `timed` is False when the text gives a day only: then it is the day's first local moment."""

    at: datetime
    timed: bool


def _pieces(text: str) -> tuple[str, str]:
    """A format as a regular expression, and its directives in the order of the groups."""
    # One pattern of blanks behind another would take for ever over a text with many of them.
    pattern, order, rest = "", "", re.sub(r"\s+", " ", text)
    while rest:
        if rest[0] == "%":
            letter = _SAME.get(rest[1:2], rest[1:2])
            if letter == "A":
                pattern, rest = pattern + _DAY_NAME, rest[2:]
                continue
            if letter not in _PATTERNS or letter in order:
                raise ValueError(f"{text!r}: %{rest[1:2]} is not understood here or stands twice")
            pattern, order, rest = pattern + _PATTERNS[letter], order + letter, rest[2:]
        else:
            pattern, rest = pattern + (r"\s+" if rest[0].isspace() else re.escape(rest[0])), rest[1:]
    return pattern, order


def _check(text: str, order: str) -> None:
    given = set(order)
    if not (given & set("Yy") and given & set("mb") and "d" in given):
        raise ValueError(f"{text!r} gives no whole date; a format needs %d, %m or %b, and %Y or %y")
    if ("I" in given) != ("p" in given):
        raise ValueError(f"{text!r}: %I and %p go together")


def _where(order: str, letters: str) -> int:
    """The place among the groups of whichever of `letters` the format has; -1: none."""
    return max(order.find(letter) for letter in letters)


def _hour(text: str, half: str) -> int:
    hour = int(text)
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("an hour of the 12-hour clock")
    return hour % 12 + (12 if half in "Pp" else 0)


def _reader(text: str, zone: ZoneInfo) -> Callable[[str], Moment | None]:
    pattern, order = _pieces(text)
    _check(text, order)
    match, timed = re.compile(pattern).fullmatch, not set(order) <= _DATE
    # "" and "0" end the groups, so that a missing number (-1) reads as 0 and a missing half day (-2) as nothing.
    year, month, day, hour = (_where(order, letters) for letters in ("Yy", "mb", "d", "HI"))
    minute, second, micro, half, offset = (_where(order, letter) for letter in "MSfpz")
    century, named = 2000 if "y" in order else 0, "b" in order

    def read(value: str) -> Moment | None:
        found = match(value)
        if found is None:
            return None
        part: tuple[str, ...] = (*found.groups(), "", "0")
        at = datetime(
            century + int(part[year]),
            MONTH_OF.get(part[month].lower(), 0) if named else int(part[month]),
            int(part[day]),
            _hour(part[hour], part[half - (half < 0)]),
            int(part[minute]),
            int(part[second]),
            int(part[micro].ljust(6, "0")),
            UTC,
        )
        if offset >= 0:
            return Moment(at - _offset(part[offset]), timed)
        return Moment(at - (zone.utcoffset(at) or _NOTHING), timed)

    return read


def _offset(text: str) -> timedelta:
    if text == "Z":
        return _NOTHING
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timedelta(minutes=-minutes if text[0] == "-" else minutes)


def _iso(zone: ZoneInfo) -> Callable[[str], Moment | None]:
    def read(value: str) -> Moment | None:
        if value[13:14] == ".":
            return None  # 2026-03-13 14.05: Python takes it for 14 hours and a fraction of a second
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return None
        return Moment((at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC), len(value) > len("2026-01-01"))

    return read


def _excel(zone: ZoneInfo) -> Callable[[str], Moment | None]:
    number, first = re.compile(r"\d{4,6}(?:[.,]\d+)?"), datetime(1899, 12, 30, tzinfo=UTC)

    def read(value: str) -> Moment | None:
        if number.fullmatch(value) is None:
            return None
        seconds = round(float(value.replace(",", ".")) * 86_400)
        at = first + timedelta(seconds=seconds)
        return Moment(at - (zone.utcoffset(at) or _NOTHING), seconds % 86_400 != 0)

    return read


_OTHERS: Mapping[str, Callable[[ZoneInfo], Callable[[str], Moment | None]]] = {ISO: _iso, EXCEL: _excel}
_EXAMPLES = {ISO: "2026-03-31 14:05", EXCEL: "46112.5869"}


class Moments:
    """Reads a text as a moment in the first of `formats` that fits; local times are those of `zone`.

    A time that the zone's clock shows twice is the earlier one, one that it skips is read with the offset before.
    """

    def __init__(self, formats: tuple[str, ...], zone: str) -> None:
        at_home = ZoneInfo(zone)
        self._formats = formats
        self._readers = [_OTHERS[each](at_home) if each in _OTHERS else _reader(each, at_home) for each in formats]
        self.read = lru_cache(maxsize=256)(self._read)

    def _read(self, text: str) -> Moment:
        """`text` as a moment. Raises NoMoment."""
        try:
            for read in self._readers:
                found = read(text)
                if found is not None:
                    return found
        except (ValueError, OverflowError):
            raise NoMoment(reason("moment.impossible")) from None
        examples: list[Reason | str] = [example_of(each) for each in self._formats]
        raise NoMoment(reason("moment.unreadable", example=reduce(_or, examples)))


def example_of(written: str) -> str:
    """A moment written in one format."""
    return _EXAMPLES.get(written) or datetime(2026, 3, 31, 14, 5, 9, tzinfo=UTC).strftime(written)


def _or(first: Reason | str, second: Reason | str) -> Reason | str:
    return reason("moment.or", first=first, second=second)
