"""The chapter about Among Tani: what was sold, by commodity and village, with the figures of the one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dashboard.reports.month.building import NONE, largest
from dashboard.reports.month.context import MonthContext
from dashboard.reports.month.facts import Chapter, Chart, Finding, Name
from dashboard.reports.month.findings import of_count
from dashboard.reports.month.tables import TOTAL, Cell, Column, Kind, Row, Table, counts
from data.domain.figures.definitions import BY_CODE
from data.domain.figures.measures.market import TradeColumns
from data.domain.figures.values import Amount, Count
from data.domain.market.units import amount_of
from data.store.queries.market.month import Sales

TRADES, QUANTITY, VALUE, PRICE = "market_trades", "market_quantity", "market_value", "market_price"
SOLD = (*counts(TRADES), Column(QUANTITY, Kind.NUMBER), Column("market_unit", Kind.TEXT), *counts(VALUE, PRICE))


def market(context: MonthContext, name: str) -> Chapter:
    """Of the whole city; in the report of one agency it says so and no more."""
    if context.sales is None:
        return Chapter(name, (Finding("market.city"),))
    spans, this = _spans(context.sales), context.sales["this"]
    if this is None or not len(this.columns):
        return Chapter(name, (*of_count(spans, TRADES),), (spans,))
    sold = _by_commodity(context, this)
    villages = Table("market_villages", "village", counts(TRADES, VALUE), tuple(_villages(this)))
    findings = (*of_count(spans, TRADES), *of_count(spans, VALUE), *_largest(sold))
    chart = Chart("market_value", sold.name, (VALUE,), Finding("market.chart"))
    return Chapter(name, findings, (spans, sold, villages), (chart,))


def _spans(sales: Mapping[str, Sales | None]) -> Table:
    """The period, the one before, the same a year ago; before the first trade there is no data."""
    rows = [Row(key, (None, None) if of is None else _figures(of.columns, TRADES, VALUE)) for key, of in sales.items()]
    return Table("market_spans", "span", counts(TRADES, VALUE), tuple(rows))


def _figures(of: TradeColumns, *codes: str) -> tuple[int | None, ...]:
    return tuple(_plain(BY_CODE[code].values(of)[0]) for code in codes)


def _plain(value: object) -> int | None:
    if isinstance(value, Count):
        return value.n
    assert isinstance(value, Amount)
    return None if value.value is None else int(value.value)


def _by_commodity(context: MonthContext, this: Sales) -> Table:
    rows = [Row(code, tuple(_sold(context, code, of))) for code, of in this.by("commodity").items()]
    trades, value = _figures(this.columns, TRADES, VALUE)
    return Table("market_sales", "commodity", SOLD, (*rows, Row(TOTAL, (trades, None, None, value, None))))


def _sold(context: MonthContext, code: str, of: TradeColumns) -> Iterator[Cell]:
    trades, parts, value, price = _figures(of, TRADES, QUANTITY, VALUE, PRICE)
    known = context.city.market.commodities.get(code)
    unit = known.unit if known else ""
    yield trades
    yield float(amount_of(parts or 0, unit))
    yield unit
    yield value
    yield price


def _villages(this: Sales) -> Iterator[Row]:
    for code, of in this.by("village").items():
        yield Row(code or NONE, _figures(of, TRADES, VALUE))
    yield Row(TOTAL, _figures(this.columns, TRADES, VALUE))


def _largest(sold: Table) -> Iterator[Finding]:
    """The commodity that brought most."""
    row = largest(sold, VALUE)
    if row is not None:
        yield Finding("market.largest", {"name": Name("commodity", row.key), "n": row.cells[sold.column(VALUE)]})
