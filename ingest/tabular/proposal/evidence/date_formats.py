"""How a column writes its dates: formats for `ingest.tabular.mapping.datetimes`, by the evidence of all its values.

Day or month first is decided by a number above 12 anywhere in the column; where none is, it is said to be ambiguous and
the Indonesian way, day first, is proposed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from data.domain.reasons import Reason, reason
from ingest.tabular.mapping.datetimes import EXCEL, ISO, MONTH_OF, example_of

FORMATS_MOST = 12
"""Ways of writing that are taken from one table, the most frequent first."""
_TOKEN = re.compile(r"\d+|[A-Za-z']+\.?|[^\dA-Za-z']+")
_SERIAL = re.compile(r"[2-6]\d{4}(?:[.,]\d+)?")
_TIME = re.compile(r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[AaPp]\.?[Mm]\.?)?(?:\s?WI[BT]A?)?")
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_HALF = re.compile(r"[AaPp]\.?[Mm]\.?")
_DAYS = frozenset(
    {"senin", "selasa", "rabu", "kamis", "jumat", "jum'at", "sabtu", "minggu", "ahad"}
    | {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
    | {"sen", "sel", "rab", "kam", "jum", "sab", "min", "mon", "tue", "wed", "thu", "fri", "sat", "sun"}
)
_ORDERS = {"Ynn": "Ymd", "nnY": "dmY", "nbY": "dbY", "bnY": "bdY", "nnn": "dmy", "nbn": "dby"}
_OTHER_ORDERS = {"nnY": "mdY", "nnn": "mdy"}


class Shape(NamedTuple):
    """How one value is written."""

    day_first: str
    """The format; of a shape with one order only, that one."""
    month_first: str
    """'' where day and month cannot be mistaken for one another."""
    first: int = 0
    second: int = 0
    """The two numbers that may be day or month."""


@dataclass(slots=True)
class DateEvidence:
    """Grows value by value; flat."""

    seen: int = 0
    shapes: Counter[tuple[str, str]] = field(default_factory=Counter)
    day_first: int = 0
    """Values whose first number can be no month."""
    month_first: int = 0
    """Values whose second number can be no month."""

    def add(self, text: str) -> bool:
        """Whether it is a date."""
        self.seen += 1
        shape = shape_of(text)
        if shape is None:
            return False
        if len(self.shapes) < 200 or shape[:2] in self.shapes:
            self.shapes[shape[:2]] += 1
        if shape.month_first:
            self.day_first += shape.first > 12 >= shape.second
            self.month_first += shape.second > 12 >= shape.first
        return True

    @property
    def share(self) -> float:
        """Of its values that are dates."""
        return sum(self.shapes.values()) / self.seen if self.seen else 0.0


class DateFormats(NamedTuple):
    """What the evidence comes to."""

    formats: tuple[str, ...]
    evidence: Reason
    ambiguous: Reason | None = None
    """What nothing decides, and what is proposed; None when it is clear."""
    decided: bool = False
    """Whether numbers above 12 tell the order of day and month."""
    orders: tuple[tuple[str, str], ...] = ()
    """The formats, day first and month first, of what can be read either way."""

    def added_to(self, known: Sequence[str]) -> tuple[str, ...]:
        """Formats in force before and those found here, in the order of day and month that the numbers tell, if any."""
        first, then = (self.formats, known) if self.decided else (known, self.formats)
        turned = {one: other for pair in self.orders for one, other in (pair, pair[::-1])}
        return tuple(dict.fromkeys((*first, *(each for each in then if turned.get(each) not in first))))

    def order_taken(self, formats: Sequence[str]) -> Reason | None:
        """The order in which these formats read what can be read either way; None where nothing can."""
        found = [(formats.index(each), n) for pair in self.orders for n, each in enumerate(pair) if each in formats]
        return None if not found else reason("proposal.month_first" if min(found)[1] else "proposal.day_first")


def formats_of(evidence: Iterable[DateEvidence]) -> DateFormats:
    """Of all columns with dates together: they share their formats."""
    shapes, day, month = Counter[tuple[str, str]](), 0, 0
    for one in evidence:
        shapes += one.shapes
        day, month = day + one.day_first, month + one.month_first
    month_first = month > day
    formats = list(dict.fromkeys(m if month_first and m else d for (d, m), _ in shapes.most_common()))
    open_ones = sum(n for (_, m), n in shapes.items() if m)
    order = reason("proposal.month_first") if month_first else reason("proposal.day_first")
    ambiguous = None
    if open_ones and day == month == 0:
        ambiguous = reason("proposal.date_order_open")
    elif day and month:
        ambiguous = reason("proposal.date_order_mixed", day=day, month=month, order=order)
    if open_ones and not ambiguous:
        found = reason("proposal.date_order_sure", order=order, rows=max(day, month))
    elif formats:
        found = reason("proposal.dates_written", examples=tuple(map(example_of, formats[:3])))
    else:
        found = reason("proposal.dates_missing")
    orders = tuple(shape for shape in shapes if shape[1])
    return DateFormats(tuple(formats[:FORMATS_MOST]), found, ambiguous, day != month, orders)


def is_time(text: str) -> bool:
    """A time of day without a date: 08.30."""
    return _TIME.fullmatch(text.strip()) is not None


@lru_cache(maxsize=4096)
def shape_of(text: str) -> Shape | None:
    """How a value is written as a date; None when it is none."""
    text = text.strip()
    if not 5 < len(text) + 1 <= 60 or _NO_TEXT.search(text):
        return None
    if _SERIAL.fullmatch(text):
        return Shape(EXCEL, "")
    if _is_iso(text):
        return Shape(ISO, "")
    tokens = _TOKEN.findall(text)
    pieces = list(_kinds(tokens))
    parts = [n for n, kind in enumerate(pieces) if kind in "Ynb"]
    kinds = "".join(pieces[n] for n in parts[:3])
    if kinds not in _ORDERS or not _rest(pieces, parts):
        return None
    made = _format(tokens, pieces, parts, _ORDERS[kinds])
    if kinds not in _OTHER_ORDERS:
        return Shape(made, "")
    first, second = int(tokens[parts[0]]), int(tokens[parts[1]])
    return Shape(made, _format(tokens, pieces, parts, _OTHER_ORDERS[kinds]), first, second)


def _is_iso(text: str) -> bool:
    if not text[:4].isdecimal() or text[4:5] != "-" or text[13:14] == ".":
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _kinds(tokens: list[str]) -> Iterator[str]:
    """Y: four digits; n: one or two; b: a month; A: a day's name; p: AM or PM; -: as it stands; ?: of no date."""
    for token in tokens:
        word = token.rstrip(".").lower()
        if token.isdecimal():
            yield "Y" if len(token) == 4 else "n" if len(token) <= 2 else "?"
        elif word in MONTH_OF:
            yield "b"
        elif word in _DAYS:
            yield "A"
        elif _HALF.fullmatch(token):
            yield "p"
        elif token[0].isalpha() and word not in ("pukul", "jam", "wib", "t"):
            yield "?"
        else:
            yield "-"


def _rest(pieces: list[str], parts: list[int]) -> bool:
    """Whether what comes after the date is a time, or nothing."""
    time = "".join(pieces[n] for n in parts[3:])
    halves = pieces.count("p")
    return "?" not in pieces and time in ("", "nn", "nnn") and (not halves or (halves == 1 and bool(time)))


def _format(tokens: list[str], pieces: list[str], parts: list[int], order: str) -> str:
    half = "p" in pieces
    letters = dict(zip(parts, [*order, *("I" if half else "H", "M", "S")[: len(parts) - 3]], strict=True))
    made = []
    for n, (token, kind) in enumerate(zip(tokens, pieces, strict=True)):
        if n in letters:
            made.append(f"%{letters[n]}")
        elif kind in "Ap":
            made.append(f"%{kind}" + ("." if kind == "A" and token.endswith(".") else ""))
        else:
            made.append(" " if token.isspace() else token.replace("%", ""))
    return "".join(made)
