"""Offers, requests and trades that are held until the market officer has looked at their price, in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import ValidationError

from dashboard.config.load import MARKET
from data.domain.city.model import City
from data.domain.market.nouns import Side
from data.store.db.engine import Connection
from data.store.market import held
from data.store.market.held import HeldRecord
from data.store.queries.market.open_listings import village_name
from data.texts import decimals_of
from ingest.market_record import MarketRecord
from layouts.boards.market_board.amounts import commodity_name, unit_of
from layouts.kit.words import words

REFUSED_FOR = timedelta(days=14)
"""So long what was refused is shown to whoever told it."""


class HeldRow(NamedTuple):
    """A record that is held, with what it tells: what for how much, where, and who can be asked."""

    held: HeldRecord
    what: str
    where: str
    who: Sequence[tuple[Side, str, str]]
    """Side, name, telephone."""


def checked(conn: Connection, city: City, keys: Collection[str], now: datetime, lang: str) -> list[HeldRow]:
    """What these parties of our own pages told and is looked at, or was refused lately."""
    return [held_row(city, it, lang) for it in held.of_parties(conn, MARKET, keys, now - REFUSED_FOR)]


def held_row(city: City, found: HeldRecord, lang: str) -> HeldRow:
    """In words; of a record in the form of an earlier version its reason alone is known."""
    try:
        told = MarketRecord.model_validate_json(found.payload)
    except ValidationError:
        return HeldRow(found, "", "", ())
    both = ((side, getattr(told, f"{side}_name") or "", getattr(told, f"{side}_phone") or "") for side in Side)
    where = village_name(told.village) or told.place or ""
    return HeldRow(found, _what(city, found, told, lang), where, [each for each in both if each[1] or each[2]])


def _what(city: City, found: HeldRecord, told: MarketRecord, lang: str) -> str:
    say, unit = words(lang), told.unit or unit_of(city, found.commodity or "")
    what = commodity_name(city, found.commodity, lang) if found.commodity else told.commodity or ""
    if told.quantity is not None:
        what += f" {say.number(float(told.quantity), decimals_of(float(told.quantity)))} {unit}"
    if told.price is not None:
        return f"{what}, Rp\u00a0{say.number(float(told.price))}/{unit}"
    return what if told.total is None else f"{what}, Rp\u00a0{say.number(float(told.total))}"
