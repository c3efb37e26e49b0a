"""Prices that others publish, the weekly index, and plans. Quotes and the index are only appended to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, insert, select, update

from data.domain.market.nouns import Market
from data.domain.market.prices import WINDOW, absurd
from data.store.db.schema.market import harvest_plan, price_index, price_quote
from data.store.market import parties
from data.store.market.told import Became, IndexTold, PlanTold, QuoteTold, Taken
from data.store.market.writing import MarketWrite, differs, is_older, rows_of

USUAL_FOR = timedelta(days=180)
Series = tuple[str, str, str]
"""Item, place, level."""


class _Usual:
    """What was quoted lately in each series, as a batch in order of days goes on."""

    def __init__(self, conn: Connection, market: Market) -> None:
        self._conn, self._market = conn, market
        self._lately: dict[Series, list[int]] = {}

    def judge(self, told: QuoteTold) -> Taken | None:
        series = (told.item, told.place, str(told.level))
        if series not in self._lately:
            self._lately[series] = lately_quoted(self._conn, told)
        lately = self._lately[series]
        commodity = self._market.commodities.get(told.commodity or "")
        usual = commodity.usual if commodity else told.price  # nothing is known of a foreign item's first price
        why = absurd(told.price, lately, usual, self._market.absurd_factor)
        if why is not None:
            return Taken(Became.HELD, reason=why)
        lately.append(told.price)
        del lately[: -WINDOW * 2]
        return None


def lately_quoted(conn: Connection, told: QuoteTold) -> list[int]:
    """The last prices of its series before that day, oldest first."""
    newer = price_quote.alias()
    asked = (
        select(price_quote.c.price)
        .outerjoin(newer, newer.c.replaces_id == price_quote.c.id)
        .where(
            price_quote.c.item == told.item,
            price_quote.c.place == told.place,
            price_quote.c.level == told.level,
            price_quote.c.day < told.day,
            price_quote.c.day >= told.day - USUAL_FOR,
            newer.c.id.is_(None),
        )
        .order_by(price_quote.c.day.desc())
        .limit(WINDOW)
    )
    return list(conn.execute(asked).scalars())[::-1]


def take(write: MarketWrite, tolds: Sequence[QuoteTold], market: Market, *, trusted: bool = False) -> list[Taken]:
    """Store these, no id twice; the outcome of each in their order."""
    known = rows_of(write, price_quote, [told.external_id for told in tolds])
    usual, rows, found = _Usual(write.conn, market), list[dict[str, Any]](), dict[int, Taken]()
    for place in sorted(range(len(tolds)), key=lambda n: tolds[n].day):
        told = tolds[place]
        names = ("day", "commodity", "item", "place", "level", "price", "unit")
        values = {name: getattr(told, name) for name in names}
        last = known.get(told.external_id)
        if last is not None and not differs(last, values):
            found[place] = Taken(Became.SAME)
        elif not trusted and (held := usual.judge(told)) is not None:
            found[place] = held
        else:
            rows.append({**values, **_appended(write, told, last)})
            found[place] = Taken(Became.NEW if last is None else Became.UPDATED)
    if rows:
        write.conn.execute(insert(price_quote), rows)
    return [found[place] for place in range(len(tolds))]


def take_index(write: MarketWrite, tolds: Sequence[IndexTold]) -> list[Taken]:
    """Likewise the weekly index."""
    known = rows_of(write, price_index, [told.external_id for told in tolds])
    rows, found = list[dict[str, Any]](), []
    for told in tolds:
        values = {name: getattr(told, name) for name in ("year", "month", "week", "change", "most_moved", "moved")}
        values["drivers"] = json.dumps(told.drivers, ensure_ascii=False)
        last = known.get(told.external_id)
        if last is not None and not differs(last, values):
            found.append(Taken(Became.SAME))
            continue
        rows.append({**values, **_appended(write, told, last)})
        found.append(Taken(Became.NEW if last is None else Became.UPDATED))
    if rows:
        write.conn.execute(insert(price_index), rows)
    return found


def _appended(write: MarketWrite, told: QuoteTold | IndexTold, last: RowMapping | None) -> dict[str, Any]:
    return {
        **write.stamped(told.at),
        "source": write.source,
        "external_id": told.external_id,
        "demo": told.demo,
        "revision": 1 if last is None else last["revision"] + 1,
        "replaces_id": None if last is None else last["id"],
    }


def take_plans(write: MarketWrite, tolds: Sequence[PlanTold]) -> list[Taken]:
    """Likewise plans, of which the last word counts."""
    known = rows_of(write, harvest_plan, [told.external_id for told in tolds])
    ids = parties.resolve(write, [told.farmer for told in tolds], demo=any(told.demo for told in tolds))
    found = []
    for told in tolds:
        names = ("commodity", "village", "quantity", "first_day", "last_day")
        values = {name: getattr(told, name) for name in names} | {"farmer_id": ids[parties.key_of(told.farmer)]}
        last = known.get(told.external_id)
        if last is not None and (is_older(told.told_at, last) or not differs(last, values)):
            found.append(Taken(Became.SAME))
            continue
        _write_plan(write, harvest_plan, told, values, last)
        found.append(Taken(Became.NEW if last is None else Became.UPDATED))
    return found


def _write_plan(
    write: MarketWrite, table: Table, told: PlanTold, values: dict[str, Any], last: RowMapping | None
) -> None:
    row = {**values, **write.stamped(told.at), "told_at": told.told_at, "demo": told.demo}
    if last is not None:
        write.conn.execute(update(table).where(table.c.id == last["id"]).values(row))
        return
    write.conn.execute(insert(table).values({**row, "source": write.source, "external_id": told.external_id}))
