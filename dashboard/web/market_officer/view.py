"""What /pasar shows, read in one reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.web.deps import WebDeps
from dashboard.web.tani.checked import HeldRow, held_row
from data.domain.market.buyers import SameBuyer, same_buyers
from data.domain.market.floor import Alarm
from data.domain.market.units import parts_of
from data.store.db.engine import Connection
from data.store.market import held
from data.store.queries.market import disputes
from data.store.queries.market.coverage import Coverage, coverage
from data.store.queries.market.disputes import Dispute, disputed
from data.store.queries.market.fair_price import Listings, fair_price
from data.store.queries.market.matches import ProposedMatch, proposed
from data.store.queries.market.open_listings import open_demands, open_offers, village_name
from data.store.queries.market.parties import alike, buyers
from layouts.boards.market_board.amounts import commodity_name, quantity, unit_of
from layouts.kit.words import words

MOST = 20
"""Rows of each list."""


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A proposal as the page shows it."""

    match: ProposedMatch
    commodity: str
    quantity: str
    farmer_village: str
    buyer_village: str
    gain: int
    """Rupiah that both sides can share, for all of it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """All of the page. Each list has at most MOST rows; the counts are of all."""

    disputes: Sequence[Dispute]
    n_disputes: int
    matches: Sequence[MatchRow]
    n_matches: int
    held: Sequence[HeldRow]
    n_held: int
    n_waiting: int
    """Held until their offer comes."""
    pressing: Sequence[Alarm]
    same: Sequence[SameBuyer]
    coverage: Coverage
    month: str


class OfficerView:
    """Reads it."""

    def __init__(self, deps: WebDeps, conn: Connection, now: datetime, lang: str) -> None:
        self._deps, self._conn, self._now, self._lang = deps, conn, now, lang
        self._market = deps.config.city.market

    def read(self) -> Shown:
        """The page as of now."""
        conn, now = self._conn, self._now
        found = proposed(conn, self._market, now)
        n_held, n_waiting = held.count(conn)
        return Shown(
            disputed(conn, self._market, MOST),
            disputes.count(conn),
            [self._match(each) for each in found[:MOST]],
            len(found),
            [held_row(self._deps.config.city, it, self._lang) for it in held.to_decide(conn, MOST)],
            n_held,
            n_waiting,
            self._alarms()[:MOST],
            same_buyers(buyers(conn), alike)[:MOST],
            coverage(conn, now),
            f"{now.astimezone(ZoneInfo(self._deps.config.city.timezone)):%Y-%m}",
        )

    def _alarms(self) -> list[Alarm]:
        trades = self._deps.context.market.trades
        trades.renew(self._conn, self._now)
        listings = Listings(open_offers(self._conn, self._now), open_demands(self._conn, self._now))
        return fair_price(self._conn, listings, trades, self._market, self._now)

    def _match(self, each: ProposedMatch) -> MatchRow:
        city, code = self._deps.config.city, each.offer.commodity
        unit = unit_of(city, code)
        parts = each.proposal.quantity
        return MatchRow(
            each,
            commodity_name(city, code, self._lang),
            quantity(parts, unit, words(self._lang)),
            village_name(each.offer.village) or "–",
            village_name(each.demand.village) or "–",
            each.proposal.gain * parts // parts_of(unit),
        )
