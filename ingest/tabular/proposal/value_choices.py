"""The values of a column of categories, statuses or agencies as ours: known ones and likely ones.

A likely one is as alike as ALIKE to exactly one of ours; between two nobody guesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rapidfuzz import fuzz, process

from ingest.source import OTHER
from ingest.tabular.detection.vocabulary import EVENTS_OF_STATUS, REFUSALS, plain
from ingest.tabular.mapping.columns import fold
from ingest.tabular.proposal.evidence.column_content import DISTINCT_MOST, CityNames

ALIKE = 85.0
"""Of 100, by rapidfuzz' token_sort_ratio; or all words of ours among theirs."""
_APART = 5.0
"""By how much the second best must be behind."""
VALUES_MOST = 300
"""Values that a proposed mapping names, the most frequent first."""
_WORD_LEAST = 5
"""Letters of a label that may stand among other words."""


class Choices(NamedTuple):
    """What a column's values come to."""

    values: Mapping[str, str]
    """Theirs and ours, where it is not known by itself."""
    too_many: bool
    """More different values than a list has."""


def events_of(status: str) -> tuple[str, ...] | None:
    """What a status says has happened, by the names of `proposal`'s events; None: unknown.

    What stands in brackets behind another word counts when it refuses the report: `Closed (Duplicate)`.
    """
    first, _, addition = status.strip().rstrip(")").rpartition("(")
    added = EVENTS_OF_STATUS.get(plain(addition), ()) if first or status.lstrip().startswith("(") else ()
    return added if REFUSALS & set(added) else EVENTS_OF_STATUS.get(plain(status))


def category_choices(values: Mapping[str, int], names: CityNames) -> Choices:
    """`values`: how often each stands in the table."""
    labels = [
        (label, category.code)
        for category in names.city.categories.values()
        for label in (category.code.replace("_", " "), *category.name.values(), *category.words)
    ]
    return _choices(values, {v for v in values if names.category(v)}, labels)


def agency_choices(values: Mapping[str, int], names: CityNames) -> Choices:
    """Our agencies are all listed, so that other values can be recognised as not ours."""
    labels = [(name, a.code) for a in names.city.agencies.values() for name in (a.name, a.short)]
    found = _choices(values, {v for v in values if names.agency(v)}, labels)
    known = {value: code for value in values if (code := names.agency(value)) is not None}
    return found._replace(values=dict([*known.items(), *found.values.items()][:VALUES_MOST]))


def _choices(values: Mapping[str, int], known: set[str], labels: Iterable[tuple[str, str]]) -> Choices:
    plain_labels = {plain(label): code for label, code in labels if plain(label)}
    ours: dict[str, str] = {}
    for value in sorted(values.keys() - known, key=lambda value: (-values[value], value)):
        if len(ours) < VALUES_MOST and (code := _likely(value, plain_labels)) is not None:
            ours[value] = code
    return Choices(ours, len(values) >= DISTINCT_MOST)


def _likely(value: str, labels: Mapping[str, str]) -> str | None:
    asked = plain(value)
    if not asked or len(asked) > 100:
        return None
    best: dict[str, float] = {}
    found = process.extract(asked, labels.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE - _APART, limit=6)
    for label, score, _ in found:
        best[labels[label]] = max(best.get(labels[label], 0.0), score)
    if max(best.values(), default=0.0) < ALIKE:
        words = f" {asked} "
        best = {
            code: ALIKE
            for label, code in labels.items()
            if code != OTHER and len(label) >= _WORD_LEAST and f" {label} " in words
        }
    ranked = sorted(best.items(), key=lambda each: -each[1])
    if not ranked or ranked[0][1] < ALIKE or (len(ranked) > 1 and ranked[0][1] - ranked[1][1] < _APART):
        return None
    return ranked[0][0]


def status_events(values: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Each known status with its events; spelt alike they are one."""
    known: dict[str, tuple[str, ...]] = {"": ()}
    seen = {""}
    for value in values:
        events = events_of(value)
        if fold(value) not in seen and events is not None and len(known) < VALUES_MOST:
            known[value] = events
        seen.add(fold(value))
    return known
