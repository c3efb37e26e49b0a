"""The last chapter: the service standards, limits and calendars that were in force, and what each figure means."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import chain

from dashboard.reports.month.building import VOLUME
from dashboard.reports.month.chapters.times import STAGES
from dashboard.reports.month.context import MonthContext
from dashboard.reports.month.facts import Chapter, Finding, Phrase
from dashboard.reports.month.tables import Column, Duration, Kind, Row, Table, counts
from data.domain.city.model import Policy, in_force
from data.domain.figures.definitions import BY_CODE, Definition

DEFINED = (
    *VOLUME,
    "on_time",
    "resolved_on_time",
    "within_limit",
    "solved_week",
    "solved_fortnight",
    "first_response",
    "resolution",
    *STAGES,
    "reopened",
    "rating",
)


def rules(context: MonthContext, name: str) -> Chapter:
    """Printed, so that a figure can be computed again in three months."""
    findings = tuple(_definition(BY_CODE[code]) for code in DEFINED)
    return Chapter(
        name, (Finding("rules.begin"), *findings), (_targets(context), _limits(context), _calendars(context))
    )


def _definition(it: Definition) -> Finding:
    """From the table of figures, as /definisi prints it."""
    told = {part: Phrase(it.text(part)) for part in ("name", "formula", "left_out")}
    return Finding("definition", {**told, "version": it.version})


def _targets(context: MonthContext) -> Table:
    """Every version of a policy that was in force for receipts of the period."""
    rows = [
        Row(
            f"{policy.code}:{policy.version}",
            tuple(map(_working, (policy.verify, policy.respond, policy.resolve, policy.hold))),
        )
        for versions in context.city.policies.values()
        for policy in _in_period(context, versions)
    ]
    columns = tuple(Column(f"target_{name}", Kind.WORKING) for name in ("verify", "respond", "resolve", "hold"))
    return Table("targets", "policy", columns, tuple(rows))


def _in_period(context: MonthContext, versions: tuple[Policy, ...]) -> list[Policy]:
    first, last = context.period.first, context.period.last
    begun = [it for it in versions if it.since is not None and first < it.since <= last]
    return [in_force(versions, first), *begun]


def _working(target: timedelta) -> Duration:
    return Duration(int(target.total_seconds()), working=True)


def _limits(context: MonthContext) -> Table:
    rows = tuple(Row(code, (it.limit.working_days,)) for code, it in context.city.classes.items())
    return Table("limits", "service_class", counts("limit_days"), rows)


def _calendars(context: MonthContext) -> Table:
    """Which version of each calendar, and whether joint leave is a day off in it."""
    first: date = context.period.first
    specs = chain.from_iterable([in_force(versions, first)] for versions in context.city.calendars.values())
    rows = tuple(
        Row(it.code, (it.version, "word:always" if it.always else f"word:{'off' if it.joint_leave_off else 'working'}"))
        for it in specs
    )
    return Table("calendars", "calendar", (Column("version", Kind.COUNT), Column("joint_leave", Kind.TEXT)), rows)
