"""The deals in dispute, for the market officer: with both sides' names and telephones, and what each of them said."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, func, literal_column, select

from data.domain.market.nouns import DealState, Market
from data.store.db.schema.market import deal, party
from data.store.market.deals import DealView, by_id

_DISPUTED = deal.c.state == literal_column(f"'{DealState.DISPUTED}'")
"""Not bound: SQLite uses a partial index only where its condition stands in the question."""


@dataclass(frozen=True, slots=True)
class Who:
    """A side of a deal."""

    code: str
    name: str | None
    """None: it was erased, or never told; so is the telephone."""
    phone: str | None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A deal in dispute."""

    view: DealView
    farmer: Who
    buyer: Who


def count(conn: Connection) -> int:
    return conn.execute(select(func.count()).where(_DISPUTED)).scalar_one()


def disputed(conn: Connection, market: Market, most: int) -> list[Dispute]:
    """The longest in dispute first."""
    asked = select(deal.c.id, deal.c.farmer_id, deal.c.buyer_id).where(_DISPUTED)
    rows = conn.execute(asked.order_by(deal.c.updated_at, deal.c.id).limit(most)).all()
    ids = {of for row in rows for of in (row.farmer_id, row.buyer_id)}
    of_some = select(party.c.id, party.c.code, party.c.name, party.c.phone).where(party.c.id.in_(ids))
    who = {row["id"]: _who(row) for row in conn.execute(of_some).mappings()}
    return [Dispute(by_id(conn, row.id, market), who[row.farmer_id], who[row.buyer_id]) for row in rows]


def _who(row: RowMapping) -> Who:
    return Who(row["code"], row["name"], row["phone"])
