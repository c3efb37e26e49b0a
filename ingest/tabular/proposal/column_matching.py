"""Which column is which field of a report: by its name, by what stands in it, and by both together.

A name is known as it is or within a spelling: rapidfuzz' token_sort_ratio of THRESHOLD or more. No field is given two
columns and no column two fields: the surest pair is taken first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from rapidfuzz import fuzz

from data.domain.reasons import Reason, reason
from ingest.tabular.detection.vocabulary import (
    ANSWERED,
    BOTH,
    DONE,
    EXACT,
    NOTE,
    PERSONS,
    PLANNED,
    WEAK,
    WORDS,
    plain,
    shortened,
)
from ingest.tabular.proposal.date_roles import find_dates
from ingest.tabular.proposal.evidence.column_content import Column
from ingest.tabular.proposal.evidence.roles import Cells, Match, Roles
from ingest.tabular.proposal.value_choices import events_of
from ingest.tabular.proposal.value_roles import find_lists, find_places, find_texts

THRESHOLD = 85.0
"""Of 100: how alike two names must be to be taken for the same."""
LEAST = 0.3
"""The confidence below which nothing is proposed."""
_DATES = frozenset({"received", DONE, ANSWERED, "updated", "promised"})
_PLACES = frozenset({"lat", "lon", BOTH})


class ColumnContent(NamedTuple):
    """What stands in a column that is a field."""

    field: str
    share: Callable[[Column], float]
    least: float
    confidence: float
    reason: Reason
    alone: bool = True
    """False: it only confirms a name; without one the columns are compared with one another."""


CONTENTS = (
    ColumnContent("lat", lambda c: c.share(c.degrees.near_lat), 0.8, 0.7, reason("column.holds_lat")),
    ColumnContent("lon", lambda c: c.share(c.degrees.near_lon), 0.8, 0.7, reason("column.holds_lon")),
    ColumnContent(BOTH, lambda c: c.share(c.degrees.pairs), 0.6, 0.7, reason("column.holds_both")),
    ColumnContent("category", lambda c: c.share(c.categories), 0.5, 0.75, reason("column.holds_categories")),
    ColumnContent("village", lambda c: c.share(c.villages), 0.6, 0.75, reason("column.holds_villages")),
    ColumnContent("agency", lambda c: c.share(c.agencies), 0.5, 0.75, reason("column.holds_agencies")),
    ColumnContent("status", lambda c: c.share(_statuses(c)), 0.6, 0.6, reason("column.holds_statuses")),
    ColumnContent("time", lambda c: c.share(c.times), 0.8, 0.6, reason("column.holds_times")),
    ColumnContent("received", lambda c: c.dates.share, 0.8, 0.5, reason("column.holds_dates"), alone=False),
    ColumnContent("reporter_email", lambda c: c.share(c.emails), 0.7, 0.8, reason("column.holds_emails")),
    ColumnContent("reporter_phone", lambda c: c.share(c.phones), 0.7, 0.6, reason("column.holds_phones")),
    ColumnContent("media_url", lambda c: c.share(c.images), 0.5, 0.7, reason("column.holds_links")),
    ColumnContent(
        "text",
        lambda c: float(c.letters > 40 * max(c.filled, 1)),
        1,
        0.45,
        reason("column.holds_long_texts"),
        alone=False,
    ),
    ColumnContent(
        "id",
        lambda c: float(_is_number(c)),
        1,
        0.42,
        reason("column.holds_each_once"),
    ),
)


def _is_long(column: Column) -> bool:
    return column.letters > 40 * max(column.filled, 1)


def _is_number(column: Column) -> bool:
    """Whether its values name rows: each once, and no dates, positions, links or the like."""
    if not column.is_unique or column.is_running:
        return False
    counts = (column.emails, column.phones, column.links, column.degrees.points + column.degrees.commas)
    return max(column.dates.share, *map(column.share, counts)) <= 0.5


def _statuses(column: Column) -> int:
    return sum(often for value, often in column.values.items() if events_of(value) is not None)


def match_columns(
    columns: Mapping[str, Column], labels: Mapping[str, str] | None = None, cells: Cells | None = None
) -> list[Match]:
    """The surest match of each column that has one, in the order of the columns.

    `labels`: of a column that is called after two rows of a header, the cell of the lower one.
    `cells`: of the first rows, so that what no name tells is found by comparing columns.
    """
    places, own = {name: n for n, name in enumerate(columns)}, labels or {}
    every = [match for name, column in columns.items() for match in candidates(name, column, own.get(name, ""))]
    every.sort(key=lambda match: (-match.confidence, places[match.column]))
    found: dict[str, Match] = {}
    taken: set[str] = set()
    for match in every:
        if match.confidence >= LEAST and match.column not in found and match.field not in taken:
            found[match.column] = match
            taken.add(match.field)
    roles = Roles(columns, cells or dict.fromkeys(columns, ()), {match.field: match for match in found.values()})
    for find in (find_places, find_dates, find_lists, find_texts):
        find(roles)
    return sorted(roles.matches.values(), key=lambda match: places[match.column])


def candidates(name: str, column: Column, label: str = "") -> Iterator[Match]:
    """Every field that the column may be."""
    named = {match.field: match for match in list(_by_name(name)) or _by_label(name, label)}
    held = {each.field: each for each in CONTENTS if column.filled and each.share(column) >= each.least}
    if BOTH in held and named.keys() & _PLACES:
        named = {BOTH: Match(name, BOTH, 0.9, reason("column.name", column=name))}
    for field, match in named.items():
        if field in held:
            both = reason("column.and", first=match.reason, second=held[field].reason)
            yield match._replace(confidence=min(1.0, match.confidence + 0.1), reason=both)
        elif field == NOTE and column.dates.share > 0.5:
            continue
        elif denial := _denied(field, column, weak=plain(name) in WEAK):
            but = reason("column.but", first=match.reason, second=denial)
            yield match._replace(confidence=match.confidence * 0.4, reason=but)
        else:
            yield match
    for field, content in held.items():
        if field not in named and content.alone:
            yield Match(name, field, content.confidence, content.reason)


def _by_name(name: str) -> Iterator[Match]:
    asked = plain(name)
    field = EXACT.get(asked)
    if field is not None:
        yield Match(name, field, 0.75 if asked in WEAK else 0.9, reason("column.name", column=name))
        return
    if (field := shortened(asked)) is not None:
        yield Match(name, field, 0.7, reason("column.name", column=name))
        return
    best: dict[str, tuple[float, str]] = {}
    for other, words in WORDS.items():
        score, word = max((fuzz.token_sort_ratio(asked, plain(word)), word) for word in words)
        if score >= THRESHOLD:
            best[other] = (score, word)
    for other, (score, word) in best.items():
        similar = reason("column.similar", column=name, word=word, score=round(score))
        yield Match(name, other, 0.85 * score / 100, similar)


def _by_label(name: str, label: str) -> Iterator[Match]:
    """By the lower row of the header alone; what stands above it says whether it is about the reporter."""
    field, above = EXACT.get(plain(label)), frozenset(plain(name.removesuffix(label)).split())
    if field is not None and not above & PLANNED and field.startswith("reporter_") == bool(above & PERSONS):
        yield Match(name, field, 0.7, reason("column.name", column=label))


def _denied(field: str, column: Column, *, weak: bool) -> Reason | None:
    """Why a column cannot be what it is called; None when nothing speaks against it."""
    if not column.filled:
        return None
    if field in _DATES and column.dates.share < 0.3:
        return reason("column.no_dates")
    if field == "time" and column.share(column.times) < 0.5:
        return reason("column.no_times")
    if field in ("lat", "lon") and column.share(column.degrees.commas + column.degrees.points) < 0.3:
        return None if column.degrees.broken or not column.letters else reason("column.no_degrees")
    if field == "media_url" and column.share(column.images) < 0.3:
        return reason("column.no_images")
    if field == "id" and column.is_running and weak:
        return reason("column.row_numbers")
    return None
