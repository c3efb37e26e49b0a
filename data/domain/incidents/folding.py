"""Which open cases may tell of the same event as another one.

Only what is provably one report is folded without a person: the same sender says the same words again, minutes later.
Everything else that is near in place, time and words is proposed, and a person folds it or does not. What is likely
enough is a group: walls show it as one that may be one event, and all its clocks run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.domain.city.model import IncidentRule
from data.domain.distances import distance_m
from data.domain.incidents.likelihood import LIKELY, Evidence, IncidentModel
from data.domain.incidents.likeness import alike, names_another_place

REPEATED_WITHIN = timedelta(minutes=15)
"""So soon after the first the same sender repeats a report."""


@dataclass(frozen=True, slots=True)
class IncidentCase:
    """The fields of a case that decide about incidents; `lat`, `lon`: WGS84 degrees, None without an exact position."""

    code: str
    category: str
    received_at: datetime
    lat: float | None
    lon: float | None
    words: str = ""
    """Title and text, see `likeness.plain_words`."""
    senders: frozenset[str] = frozenset()
    """What tells who sent it: telephone, address, account, device."""


@dataclass(frozen=True, slots=True)
class IncidentProposal:
    """Another case that may tell of the same event, with what speaks for it."""

    code: str
    distance_m: float
    apart: timedelta
    evidence: Evidence
    likelihood: float
    """That both tell of the same event, 0 to 1."""

    @property
    def alike(self) -> int:
        """How much the words have in common, 0 to 100."""
        return round(100 * self.evidence.words)

    @property
    def is_likely(self) -> bool:
        """Whether they are shown as one event."""
        return self.likelihood >= LIKELY


def find_repeated(candidate: IncidentCase, open_cases: Iterable[IncidentCase], rule: IncidentRule | None) -> str | None:
    """The code of the open case that the candidate sends once more; None when it may be another one.

    `open_cases` must not contain merged cases. The oldest wins; of equally old ones the first by code.
    """
    if rule is None:
        return None
    first = [case for case in open_cases if _is_repeated(candidate, case, rule)]
    return min(first, key=_age).code if first else None


def _is_repeated(candidate: IncidentCase, case: IncidentCase, rule: IncidentRule) -> bool:
    return (
        bool(candidate.senders & case.senders)
        and bool(candidate.words)
        and candidate.words == case.words
        and abs(candidate.received_at - case.received_at) <= min(REPEATED_WITHIN, rule.window)
        and _near(candidate, case, rule) is not None
    )


def propose(
    candidate: IncidentCase, open_cases: Iterable[IncidentCase], rule: IncidentRule, model: IncidentModel
) -> list[IncidentProposal]:
    """Cases of its category within the rule's radius and window, the likeliest first.

    Both are measured from the candidate to each other case, never from one to the next: a chain of reports does not
    extend an incident along a street or over days. One that names another house or neighbourhood is none.
    """
    found = [one for case in open_cases if (one := compare(candidate, case, rule, model)) is not None]
    return sorted(found, key=lambda one: (-one.likelihood, one.code))


def compare(
    candidate: IncidentCase, case: IncidentCase, rule: IncidentRule, model: IncidentModel
) -> IncidentProposal | None:
    """What speaks for the other case; None: it is out of the question."""
    distance, apart = _near(candidate, case, rule), abs(candidate.received_at - case.received_at)
    if distance is None or apart > rule.window or names_another_place(candidate.words, case.words):
        return None
    evidence = Evidence(distance / rule.radius_m, apart / rule.window, alike(candidate.words, case.words))
    likelihood = model.likelihood(candidate.category, evidence)
    return IncidentProposal(case.code, distance, apart, evidence, likelihood)


def joined_group(
    candidate: IncidentCase, groups: Iterable[Sequence[IncidentCase]], rule: IncidentRule, model: IncidentModel
) -> int | None:
    """The place of the group that the candidate belongs to; None: it begins one of its own.

    A group is compared by its first case alone, so that its reports lie within one radius and one window around it.
    A single case is a group, too.
    """
    found = [
        (one.likelihood, -place)
        for place, members in enumerate(groups)
        if (one := compare(candidate, min(members, key=_age), rule, model)) is not None and one.is_likely
    ]
    return -max(found)[1] if found else None


def _age(case: IncidentCase) -> tuple[datetime, str]:
    return case.received_at, case.code


def _near(candidate: IncidentCase, case: IncidentCase, rule: IncidentRule) -> float | None:
    """The distance to another case of the category within the radius; None: it is farther, or nobody knows."""
    if case.code == candidate.code or case.category != candidate.category:
        return None
    distance = distance_m(candidate.lat, candidate.lon, case.lat, case.lon)
    return distance if distance is not None and distance <= rule.radius_m else None
