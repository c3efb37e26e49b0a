"""The terms of one case: policy, service class and calendars, from which its clocks are computed."""

from __future__ import annotations

from dataclasses import dataclass

from data.domain.city.model import City, LegalLimit, Policy
from data.domain.sla.calendars import CalendarOf, Calendars
from data.domain.sla.worktime import Calendar


@dataclass(frozen=True, slots=True)
class Terms:
    """What a case's clocks depend on besides its events.

    `category` and `policy` are those in force at receipt. When the RECEIVED event carries them, the event counts; then
    the present columns of a reclassified row may be given here.
    """

    city: City
    calendars: Calendars
    category: str
    policy: Policy
    service_class: str


def legal_limit(city: City, service_class: str, stop: int | None) -> LegalLimit:
    """The limit of a class for a clock that stopped at `stop` (None: it runs); an unknown class is the default one."""
    return city.classes.get(service_class, city.classes[city.default_class]).limit_at(stop)


def hold_calendar(city: City, of: CalendarOf, policy: Policy, agency: str, stop: int | None) -> Calendar:
    """The calendar of a hold clock that stopped at `stop` (None: it runs): the agency's own; an emergency policy, open
    always, holds for agencies too."""
    own = of(policy.calendar)
    if own.spec.always or agency not in city.agencies:
        return own
    return of(city.agencies[agency].calendar_at(stop))


def terms(city: City, calendars: Calendars, category: str, policy: tuple[str, int], service_class: str) -> Terms:
    """Terms from what is stored on a case: category, (policy, version), class. Raises KeyError when unknown."""
    return Terms(city, calendars, category, policy_of(city, *policy), service_class)


def policy_of(city: City, code: str, version: int | None) -> Policy:
    """That version of the policy, also a former one; None is the latest. Raises KeyError naming what is missing."""
    if version is None:
        return city.policies[code][-1]
    for policy in city.policies.get(code, ()):
        if policy.version == version:
            return policy
    if (code, version) in city.former_policies:
        return city.former_policies[code, version]
    raise KeyError(f"policy '{code}' has no version {version}")
