from __future__ import annotations

from dashboard.reports.documents.charts import drawn_rows, svg
from dashboard.reports.month.building import largest
from dashboard.reports.month.facts import Chart, Finding
from dashboard.reports.month.tables import TOTAL, Column, Kind, Row, Share, Table
from tests.dashboard.reports.documents.test_documents import a_wording


def a_table(of: str, kind: Kind = Kind.COUNT, **cells: int | Share | None) -> Table:
    rows = (*(Row(key, (cell,)) for key, cell in cells.items()), Row(TOTAL, (9,)))
    return Table("by_time", of, (Column("received", kind),), rows)


def bars(table: Table, *, sort: bool = True) -> list[str]:
    chart = Chart("chart_time", table.name, ("received",), Finding("chart.time"), sort=sort)
    return [row.key for row in drawn_rows(chart, table)]


def test_a_series_is_drawn_whole_with_its_quiet_days_and_those_without_data():
    table = a_table("day", **{"2026-10-01": 3, "2026-10-02": 0, "2026-10-03": None})
    assert bars(table, sort=False) == ["2026-10-01", "2026-10-02", "2026-10-03"]
    drawn = svg(Chart("x", table.name, ("received",), Finding("chart.time"), sort=False), table, a_wording())
    assert drawn is not None
    texts = [part.split("<")[0] for part in drawn.decode().split(">") if part.split("<")[0].strip()]
    assert [text for text in texts if text in {"3", "0", "–"}] == ["3", "0", "–"]
    assert bars(a_table("day", **{"2026-10-02": 0}), sort=False) == []


def test_what_is_compared_is_drawn_by_size_without_what_is_nothing_or_of_few():
    assert bars(a_table("agency", dlh=1, dpupr=3, bnn=0)) == ["dpupr", "dlh"]
    shares = a_table("agency", Kind.SHARE, dlh=Share(4, 5), dpupr=Share(1, 5), bnn=Share(0, 4))
    assert bars(shares) == ["dpupr", "dlh"]


def test_the_largest_is_named_only_when_no_other_is_as_large():
    assert (found := largest(a_table("agency", dlh=1, dpupr=3), "received")) is not None
    assert found.key == "dpupr"
    assert largest(a_table("agency", dlh=3, dpupr=3, bnn=1), "received") is None
    assert largest(a_table("agency", dlh=0), "received") is None
