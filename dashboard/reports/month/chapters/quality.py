"""The chapters about how well it was done: reopened cases, ratings; and where to follow up."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.reports.month.building import table_by
from dashboard.reports.month.context import MonthContext
from dashboard.reports.month.facts import Chapter, Finding, Name
from dashboard.reports.month.ikm import ikm_class, ikm_value, index_of, weighted
from dashboard.reports.month.tables import TOTAL, Column, Kind, Row, Share, Table
from data.domain.cases.satisfaction import ELEMENTS
from data.domain.figures.kpis import FEW
from data.domain.figures.period import By
from data.domain.figures.values import Score

WORST = 3


def quality(context: MonthContext, name: str) -> Chapter:
    """Reopened cases and ratings, by agency."""
    reopened = table_by(context, "reopened_by_agency", By.AGENCY, ("reopened",))
    ratings = _ratings(context)
    asked = (_elements(context),) if context.points else ()
    findings = (*_of_reopened(reopened), *_of_ratings(ratings), *(_of_elements(table) for table in asked))
    return Chapter(name, findings, (reopened, ratings, *asked))


def _of_reopened(table: Table) -> tuple[Finding, ...]:
    whole = table.cell(TOTAL, "reopened")
    if not isinstance(whole, Share) or not whole.of:
        return (Finding("reopened.none"),)
    return (Finding(f"reopened.{'some' if whole.of >= FEW else 'few'}", {"share": whole}),)


def _ratings(context: MonthContext) -> Table:
    """How many rated, their mean, that mean on the scale of the IKM (25 to 100), and its class."""
    asked = context.ask("rating", by=By.AGENCY)
    values = [(row.name or "none", row.values["rating"]) for row in asked.rows] + [(TOTAL, asked.total["rating"])]
    rows = [Row(key, _rated(value)) for key, value in values if isinstance(value, Score) and (value.n or key == TOTAL)]
    columns = (
        Column("respondents", Kind.COUNT),
        Column("rating_mean", Kind.NUMBER),
        Column("ikm", Kind.NUMBER),
        Column("ikm_class", Kind.TEXT),
    )
    return Table("ratings", "agency", columns, tuple(rows))


def _rated(score: Score) -> tuple[int, float | None, float | None, str | None]:
    if score.mean is None or score.few:
        return score.n, None, None, None
    value = ikm_value(score.mean)
    return score.n, round(score.mean, 2), value, f"ikm:{ikm_class(value)}"


def _of_ratings(table: Table) -> tuple[Finding, ...]:
    n, _, value, which = table.row(TOTAL).cells
    if not n:
        return (Finding("rating.none"),)
    if not isinstance(value, float) or not isinstance(which, str):
        return (Finding("rating.few", {"n": n}),)
    return (Finding("rating.some", {"n": n, "value": value, "name": Name("ikm", which.partition(":")[2])}),)


def _elements(context: MonthContext) -> Table:
    """The nine elements of the survey; the index stands in the row `total`, when it can be given."""
    rows = [Row(element, (*_pointed(context.points.get(element, ())), None, None)) for element in ELEMENTS]
    n, index = sum(map(sum, context.points.values())), index_of(context.points)
    rows.append(Row(TOTAL, (n, None, index, None if index is None else f"ikm:{ikm_class(index)}")))
    columns = (
        Column("answers", Kind.COUNT),
        Column("element_mean", Kind.NUMBER),
        Column("ikm_index", Kind.NUMBER),
        Column("ikm_class", Kind.TEXT),
    )
    return Table("elements", "element", columns, tuple(rows))


def _pointed(counts: Sequence[int]) -> tuple[int, float | None]:
    n = sum(counts)
    return n, round(weighted(counts) / n, 2) if n >= FEW else None


def _of_elements(table: Table) -> Finding:
    n, _, index, which = table.row(TOTAL).cells
    if not isinstance(index, float) or not isinstance(which, str):
        return Finding("ikm.few", {"n": n})
    return Finding("ikm.some", {"n": n, "value": index, "name": Name("ikm", which.partition(":")[2])})


def follow_up(context: MonthContext, name: str) -> Chapter:
    """The agencies with the most overdue cases: what this document asks to be followed up first."""
    overdue = table_by(context, "backlog_by_agency", By.AGENCY, ("open", "overdue"))
    place = overdue.column("overdue")
    worst = sorted(
        (row for row in overdue.rows if row.key != TOTAL and row.cells[place]),
        key=lambda row: (-_count(row.cells[place]), row.key),
    )
    findings = [
        Finding(
            "follow_up.agency",
            {"name": Name("agency_name", row.key), "overdue": row.cells[place], "open": row.cells[0]},
        )
        for row in worst[:WORST]
    ]
    return Chapter(name, tuple(findings) or (Finding("follow_up.none"),))


def _count(cell: object) -> int:
    return cell if isinstance(cell, int) else 0
