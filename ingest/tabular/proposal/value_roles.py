"""Which column is which field, by how its values stand beside those of other columns; in any language.

A status tells whether the day of completion is filled. A category comes again and again, and often decides the agency;
a quarter does, too, but its rows lie near one another. Positions are two columns of fine numbers that hardly differ.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from data.domain.reasons import reason
from ingest.tabular.detection.vocabulary import BOTH, DONE, NOTE, plain
from ingest.tabular.proposal.evidence.roles import Roles, share

_DEGREES = re.compile(r"[-+]?\d{1,3}[.,]\d{3,}")
_PAIR = re.compile(r"\(?\s*[-+]?\d{1,2}\.\d{2,}\s*[,; ]\s*[-+]?\d{1,3}\.\d{2,}\s*\)?")
_SPREAD = 2.5
"""Degrees around the middle within which the positions of one city lie."""
_LON = ("lon", "lng", "lo", "x")
_STREET = re.compile(
    r"\b(?:jl|jln|jalan|gang|gg|st|street|ave?|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|ct|court|pl|place|way|hwy"
    r"|calle|carrera|cra|avenida|avda|calz|calzada|plaza|paseo|rua|travessa|alameda|praca|rue|allee|quai|chemin|impasse"
    r"|via|piazza|corso|platz|weg|straat|laan)\b|strasse\b|str\.|straße",
    re.IGNORECASE,
)
_HOUSE = re.compile(r"(?<!\S)(?:no\.?\s*)?\d{1,5}[a-z]?\b", re.IGNORECASE)
_FEW = 8
"""Fewer rows than that prove nothing."""
_MOST = 40
"""Columns that are compared with one another."""
_LONG = 40
"""Letters of a value, on an average, from which on it is a text."""


def find_places(roles: Roles) -> None:
    """Positions anywhere in the world, and addresses."""
    if BOTH not in roles.matches:
        _find_position(roles)
    address = max(_words(roles), key=lambda name: _address(roles, name), default=None)
    if address is not None and _address(roles, address) >= 0.5:
        roles.give("address", address, 0.55, reason("column.holds_addresses"))


def _find_position(roles: Roles) -> None:
    fine = [name for name in roles.free() if _is_position(roles.cells[name])]
    missing = [field for field in ("lat", "lon") if field not in roles.matches]
    if len(fine) >= len(missing):
        found = sorted(fine[: len(missing)], key=lambda name: _is_longitude(name, roles.cells[name]))
        for field, name in zip(missing, found, strict=True):
            roles.give(field, name, 0.6, reason("column.near_each_other"))
    elif len(missing) == 2:
        pair = next((name for name in roles.free() if _share(roles, name, _PAIR.fullmatch) >= 0.6), None)
        roles.give(BOTH, pair, 0.5, reason("column.holds_both"))


def _is_position(cells: Sequence[str]) -> bool:
    filled = [text for text in cells if text]
    fine = [float(text.replace(",", ".")) for text in filled if _DEGREES.fullmatch(text)]
    if len(fine) < 2 or len(fine) < 0.6 * len(filled):
        return False
    middle = median(fine)
    return abs(middle) <= 180 and share([abs(each - middle) <= _SPREAD for each in fine]) >= 0.9


def _is_longitude(name: str, cells: Sequence[str]) -> bool:
    beyond = any(abs(float(text.replace(",", "."))) > 90 for text in cells if _DEGREES.fullmatch(text))
    return beyond or plain(name).startswith(_LON)


def _share(roles: Roles, name: str, holds: Callable[[str], object]) -> float:
    return share([bool(holds(text)) for text in roles.cells[name] if text])


def _words(roles: Roles) -> Iterator[str]:
    """Free columns of words, no dates, links or the like."""
    for name in roles.free():
        column = roles.evidence[name]
        others = max(column.dates.share, *(column.share(n) for n in (column.emails, column.phones, column.links)))
        if others < 0.3 and _share(roles, name, re.compile(r"[^\W\d_]{2}").search) >= 0.8:
            yield name


def _address(roles: Roles, name: str) -> float:
    """The share of values that name a street, or a place and a house; 0 of what comes again and again or is long."""
    column = roles.evidence[name]
    filled = [text for text in roles.cells[name] if text]
    if column.letters > 90 * column.filled or len(set(filled)) < 0.3 * len(filled):
        return 0.0
    houses = share([bool(_HOUSE.search(text)) and len(text) < 90 for text in filled])
    return min(houses, max(share([bool(_STREET.search(text)) for text in filled]), 0.6 * houses))


def find_lists(roles: Roles) -> None:
    """Status, category and agency."""
    lists = [name for name in _words(roles) if _comes_again(roles, name)][:_MOST]
    status = max(lists, key=lambda name: _tells_the_end(roles, name), default=None)
    if status is not None and _tells_the_end(roles, status) >= 0.95:
        roles.give("status", status, 0.5, reason("column.follows_done"))
    lists = [name for name in lists if name != roles.column("status") and not _is_quarter(roles, name)]
    if "category" not in roles.matches:
        deciding = [name for name in lists if any(_decides(roles, name, other) for other in lists if other != name)]
        many = [name for name in lists if len({*roles.cells[name]} - {""}) > 2]
        category = max(deciding or many, key=lambda name: len(set(roles.cells[name])), default=None)
        sure = 0.45 if category in deciding else 0.35
        roles.give("category", category, sure, reason("column.comes_again"))
    category = roles.column("category")
    if category is not None:
        agency = next((name for name in lists if name != category and _decides(roles, category, name)), None)
        roles.give("agency", agency, 0.35, reason("column.follows_category"))


def _comes_again(roles: Roles, name: str) -> bool:
    """Few values, short ones, several times each."""
    filled = [text for text in roles.cells[name] if text]
    different = len(set(filled))
    return len(filled) >= _FEW and 2 <= different <= len(filled) / 2 and sum(map(len, filled)) <= 60 * len(filled)


def _tells_the_end(roles: Roles, name: str) -> float:
    """The share of rows whose value says whether the day of completion is filled; 0 when that is no news."""
    done = roles.column(DONE)
    if done is None or len(set(roles.cells[name])) > 20:
        return 0.0
    ended: dict[str, Counter[bool]] = defaultdict(Counter)
    for value, end in zip(roles.cells[name], roles.cells[done], strict=True):
        if value:
            ended[value][bool(end)] += 1
    count = sum(sum(each.values()) for each in ended.values())
    plainly = max((sum(each[end] for each in ended.values()) for end in (True, False)), default=0)
    told = sum(max(each.values()) for each in ended.values())
    return told / count if count and plainly <= 0.95 * count else 0.0


def _decides(roles: Roles, name: str, other: str) -> bool:
    """Whether each value of `name` stands beside one of `other`, which has fewer and more than two."""
    beside: dict[str, Counter[str]] = defaultdict(Counter)
    for value, theirs in zip(roles.cells[name], roles.cells[other], strict=True):
        if value and theirs:
            beside[value][theirs] += 1
    count = sum(sum(each.values()) for each in beside.values())
    totals = sum(beside.values(), Counter())
    if count < _FEW or not 2 < len(totals) < len(beside) or max(totals.values()) > 0.9 * count:
        return False
    return sum(max(each.values()) for each in beside.values()) >= 0.95 * count


def _is_quarter(roles: Roles, name: str) -> bool:
    """Whether rows of one value lie near one another."""
    return any(
        column is not None and _within(roles.cells[name], roles.cells[column]) < 0.5
        for column in (roles.column("lat"), roles.column("lon"))
    )


def _within(values: Sequence[str], degrees: Sequence[str]) -> float:
    """The variance of a position among rows of one value, by that of all rows; 1 when nothing can be told."""
    groups: dict[str, list[float]] = defaultdict(list)
    for value, text in zip(values, degrees, strict=True):
        if value and _DEGREES.fullmatch(text):
            groups[value].append(float(text.replace(",", ".")))
    every = [each for group in groups.values() for each in group]
    left = len(every) - len(groups)
    if left < _FEW:
        return 1.0
    total = _squares(every) / (len(every) - 1)
    return sum(map(_squares, groups.values())) / left / total if total else 1.0


def _squares(numbers: Sequence[float]) -> float:
    middle = sum(numbers) / len(numbers)
    return sum((each - middle) ** 2 for each in numbers)


def find_texts(roles: Roles) -> None:
    """What is reported, what was written when it ended, and a headline: long, and seldom twice the same."""
    long = [name for name in _words(roles) if roles.evidence[name].letters > _LONG * roles.evidence[name].filled]
    whole = [name for name in long if not _only_at_the_end(roles, name)]
    roles.give("text", max(whole or long, key=lambda name: _length(roles, name), default=None), 0.45, _LONG_TEXTS)
    ends = [name for name in long if name not in whole and name != roles.column("text")]
    if DONE in roles.matches:
        roles.give(NOTE, next(iter(ends), None), 0.4, reason("column.follows_done"))


_LONG_TEXTS = reason("column.holds_long_texts")


def _length(roles: Roles, name: str) -> float:
    return roles.evidence[name].letters / roles.evidence[name].filled


def _only_at_the_end(roles: Roles, name: str) -> bool:
    """Whether it is empty while a report is open."""
    done = roles.column(DONE)
    if done is None:
        return False
    still = [bool(text) for text, end in zip(roles.cells[name], roles.cells[done], strict=True) if not end]
    return len(still) >= 2 and share(still) < 0.1
