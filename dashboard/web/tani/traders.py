"""Who sells and buys here: the account, its side of the market, and its party once the profile is filled in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import abort, g, make_response, redirect, url_for

from dashboard.auth.visitor import person_now
from dashboard.config.load import MARKET
from dashboard.web.deps import WebDeps
from data.domain.access.roles import Person, Role
from data.domain.market.deals import DealSide
from data.domain.market.nouns import Party, Side
from data.store.db.engine import reading, writing
from data.store.market import parties
from data.store.market.told import PartyTold
from data.store.market.writing import MarketWrite
from ingest.market_record import MarketRecord
from ingest.source import Outcome

_SIDES = {Role.FARMER: Side.FARMER, Role.BUYER: Side.BUYER}


@dataclass(frozen=True, slots=True)
class Trader:
    """Who makes the present request."""

    person: Person
    side: Side
    party: Party

    @property
    def deal_side(self) -> DealSide:
        return DealSide(self.side)


@dataclass(frozen=True, slots=True)
class Contact:
    """What a trader tells of himself."""

    name: str
    phone: str
    email: str
    village: str
    lang: str | None
    """The language of messages; None: none are wanted."""


class Traders:
    """Finds and keeps them, and writes what they tell."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps, self.market = deps, deps.config.city.market
        self.zone = ZoneInfo(deps.config.city.timezone)

    def person(self) -> Person:
        """403 for a stranger; 404 while the market is closed."""
        person = person_now()
        if person is None or person.role not in _SIDES:
            abort(403)
        if not self._deps.config.market.open:
            abort(404)
        return person

    def known(self) -> Trader | None:
        """None before the profile is filled in."""
        person = self.person()
        side = _SIDES[person.role]
        with reading(self._deps.engine) as conn:
            party = parties.of_account(conn, person.id, side)
        return None if party is None else Trader(person, side, party)

    def now(self) -> Trader:
        """Whoever has no profile fills it in first."""
        found = self.known()
        if found is None:
            abort(make_response(redirect(url_for("web.tani_profile"), 303)))
        return found

    def save(self, contact: Contact) -> None:
        """The profile of who makes the request."""
        person = self.person()
        told = PartyTold(
            _SIDES[person.role],
            parties.account_key(person.name),
            contact.name,
            contact.phone,
            contact.email or None,
            contact.village,
            lang=contact.lang,
            account_id=person.id,
        )
        with writing(self._deps.engine) as conn:
            parties.resolve(MarketWrite(conn, MARKET, g.now), [told], demo=self._deps.config.demo)

    def tell(self, record: MarketRecord) -> Outcome:
        """Write an offer or a demand, as a source's record. Raises Unreadable, Refused."""
        self.limit()
        pipeline = self._deps.pipeline
        draft = pipeline.market.drafter.draft(record, g.now)
        with writing(self._deps.engine) as conn:
            return pipeline.market.write(conn, MARKET, [draft], g.now)[0]

    def limit(self) -> None:
        """Count what one account does. Raises Refused."""
        most = self._deps.config.market.per_account
        self._deps.portal.limit("tani", self.person().name, most, g.now)

    def midnight(self) -> datetime:
        """The beginning of the local day."""
        local: datetime = g.now.astimezone(self.zone)
        return local.replace(hour=0, minute=0, second=0, microsecond=0)
