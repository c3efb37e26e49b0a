"""The counted trades of a month as CSV: the same rows that the wall, the report and its charts add up."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import abort
from flask.wrappers import Response

from dashboard.web.deps import WebDeps
from data.domain.figures.selection import Period
from data.domain.market.units import amount_of
from data.reference.places.villages import village_named
from data.store.db.engine import reading
from data.store.queries.market.month import SoldTrade, sold_trades

COLUMNS = (
    *("id", "at", "commodity", "grade", "quantity", "unit", "price_rupiah", "total_rupiah"),
    *("village_code", "village", "farmer", "buyer"),
)


def trades_csv(deps: WebDeps, month: str) -> Response:
    """`month`: 2026-11; 404 for one that is none."""
    zone = deps.config.city.timezone
    try:
        period = Period.months(month, zone=zone)
    except ValueError:
        abort(404)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    with reading(deps.engine) as conn:
        writer.writerows(_row(deps, each, ZoneInfo(zone)) for each in sold_trades(conn, period))
    answer = Response(text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="transaksi-{month}.csv"'
    return answer


def _row(deps: WebDeps, each: SoldTrade, zone: ZoneInfo) -> tuple[object, ...]:
    known = deps.config.city.market.commodities.get(each.commodity)
    unit, village = known.unit if known else "", village_named(each.village)
    return (
        _plain(each.code),
        datetime.fromtimestamp(each.at, UTC).astimezone(zone).isoformat(),
        each.commodity,
        each.grade or "",
        amount_of(each.quantity, unit),
        unit,
        each.price,
        each.total,
        each.village or "",
        village.name if village else "",
        each.farmer or "",
        each.buyer or "",
    )


def _plain(text: str) -> str:
    """A text from outside is no formula in a spreadsheet."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
