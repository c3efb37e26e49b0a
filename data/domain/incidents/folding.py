"""Which open cases may tell of the same event as another one.

Only what is provably one report is folded without a person: the same sender says the same words again, minutes later.
Everything else that is near in place, time and words is proposed, and a person folds it or does not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.domain.city.model import IncidentRule

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius."""
REPEATED_WITHIN = timedelta(minutes=15)
"""So soon after the first the same sender repeats a report."""
_NUMBERED = re.compile(r"\b(rt|rw|no|nomor|blok|km)\W*(\d+)")
"""What names one of several places that are near each other: another number is another place."""


@dataclass(frozen=True, slots=True)
class IncidentCase:
    """The fields of a case that decide about incidents; `lat`, `lon`: WGS84 degrees, None without an exact position."""

    code: str
    category: str
    received_at: datetime
    lat: float | None
    lon: float | None
    words: str = ""
    """Title and text, see `plain_words`."""
    senders: frozenset[str] = frozenset()
    """What tells who sent it: telephone, address, account, device."""


@dataclass(frozen=True, slots=True)
class IncidentProposal:
    """Another case that may tell of the same event, with what speaks for it."""

    code: str
    distance_m: float
    apart: timedelta
    alike: int
    """How much the words have in common, 0 to 100. They rank; they decide nothing."""


def plain_words(text: str) -> str:
    """The words alone, to be compared."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def find_repeated(candidate: IncidentCase, open_cases: Iterable[IncidentCase], rule: IncidentRule | None) -> str | None:
    """The code of the open case that the candidate sends once more; None when it may be another one.

    `open_cases` must not contain merged cases. The oldest wins; of equally old ones the first by code.
    """
    if rule is None:
        return None
    first = [case for case in open_cases if _is_repeated(candidate, case, rule)]
    return min(first, key=lambda case: (case.received_at, case.code)).code if first else None


def _is_repeated(candidate: IncidentCase, case: IncidentCase, rule: IncidentRule) -> bool:
    return (
        bool(candidate.senders & case.senders)
        and bool(candidate.words)
        and candidate.words == case.words
        and abs(candidate.received_at - case.received_at) <= min(REPEATED_WITHIN, rule.window)
        and _near(candidate, case, rule) is not None
    )


def propose(candidate: IncidentCase, open_cases: Iterable[IncidentCase], rule: IncidentRule) -> list[IncidentProposal]:
    """Cases of its category within the rule's radius and window, the likeliest first.

    Both are measured from the candidate to each other case, never from one to the next: a chain of reports does not
    extend an incident along a street or over days. One that names another house or neighbourhood is none.
    """
    found = list(_proposals(candidate, open_cases, rule))
    return sorted(found, key=lambda one: (_unlikely(one, rule), one.code))


def _proposals(
    candidate: IncidentCase, open_cases: Iterable[IncidentCase], rule: IncidentRule
) -> Iterator[IncidentProposal]:
    for case in open_cases:
        distance, apart = _near(candidate, case, rule), abs(candidate.received_at - case.received_at)
        if distance is not None and apart <= rule.window and not _names_another_place(candidate.words, case.words):
            alike = _alike(candidate.words, case.words)
            yield IncidentProposal(case.code, distance, apart, alike)


def _alike(words: str, others: str) -> int:
    """The words that both have, as a share of all (Dice), 0 to 100."""
    mine, theirs = set(words.split()), set(others.split())
    return round(200 * len(mine & theirs) / max(1, len(mine) + len(theirs)))


def _unlikely(one: IncidentProposal, rule: IncidentRule) -> float:
    """Distance and time as shares of what is allowed, less what the words have in common."""
    return one.distance_m / rule.radius_m + one.apart / rule.window - one.alike / 100


def _names_another_place(words: str, others: str) -> bool:
    """Whether both name a number of the same kind, and not the same one."""
    mine, theirs = dict(_NUMBERED.findall(words)), dict(_NUMBERED.findall(others))
    return any(mine[kind] != theirs[kind] for kind in mine.keys() & theirs.keys())


def _near(candidate: IncidentCase, case: IncidentCase, rule: IncidentRule) -> float | None:
    """The distance to another case of the category within the radius; None: it is farther, or nobody knows."""
    if case.code == candidate.code or case.category != candidate.category:
        return None
    distance = distance_m(candidate.lat, candidate.lon, case.lat, case.lon)
    return distance if distance is not None and distance <= rule.radius_m else None


def distance_m(lat: float | None, lon: float | None, lat2: float | None, lon2: float | None) -> float | None:
    """Great-circle distance in metres (haversine); None when a position is missing."""
    if lat is None or lon is None or lat2 is None or lon2 is None:
        return None
    up, across = math.radians(lat2 - lat) / 2, math.radians(lon2 - lon) / 2
    chord = math.sin(up) ** 2 + math.cos(math.radians(lat)) * math.cos(math.radians(lat2)) * math.sin(across) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def bounding_box(lat: float, lon: float, radius_m: float) -> tuple[float, float, float, float]:
    """(lat min, lat max, lon min, lon max) of a box that contains every point within the radius."""
    up = math.degrees(radius_m / EARTH_RADIUS_M)
    across = up / max(0.01, math.cos(math.radians(lat)))
    return lat - up, lat + up, lon - across, lon + across
