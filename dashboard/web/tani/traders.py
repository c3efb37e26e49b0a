"""Who sells and buys here: the account, its side of the market, and its party once the profile is filled in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask import abort, g, make_response, redirect, url_for

from dashboard.auth.visitor import person_now
from dashboard.config.load import MARKET
from dashboard.web.deps import WebDeps
from data.domain.access.roles import Person, Role
from data.domain.market.deals import DealSide
from data.domain.market.nouns import Party, Side
from data.store.db.engine import reading, writing
from data.store.market import messages, parties
from data.store.market.messages import Reach
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
    external_id: str
    """By which the party is known."""
    actor: str
    """Who is said to have done what this request does."""

    @property
    def deal_side(self) -> DealSide:
        return DealSide(self.side)


@dataclass(frozen=True, slots=True)
class Contact:
    """What a trader tells of himself."""

    name: str
    phone: str
    village: str
    reach: Reach


class Sellers(Protocol):
    """Who sells at these pages, and makes deals: a trader for himself, a field assistant for a farmer."""

    room: str
    """The beginning of the names of its pages."""

    def now(self) -> Trader:
        """For whom the present request is; who it is must be told first."""

    def owner(self, party_id: int) -> Trader | None:
        """The same, when it is for this party; None: the request may not act for it."""

    def tell(self, record: MarketRecord) -> Outcome:
        """Write an offer or a demand, as a source's record. Raises Unreadable, Refused."""


class Traders:
    """Finds and keeps them, and writes what they tell."""

    room = "tani"

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps

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
        key = parties.account_key(person.name)
        return None if party is None else Trader(person, side, party, key, person.name)

    def now(self) -> Trader:
        """Whoever has no profile fills it in first."""
        found = self.known()
        if found is None:
            abort(make_response(redirect(url_for("web.tani_profile"), 303)))
        return found

    def owner(self, party_id: int) -> Trader | None:
        """See Sellers."""
        trader = self.now()
        return trader if trader.party.id == party_id else None

    def reach(self) -> Reach | None:
        """None before the profile is filled in."""
        known = self.known()
        if known is None:
            return None
        with reading(self._deps.engine) as conn:
            return messages.reach_of(conn, known.party.id)

    def save(self, contact: Contact) -> None:
        """The profile of who makes the request."""
        person = self.person()
        told = PartyTold(
            _SIDES[person.role],
            parties.account_key(person.name),
            contact.name,
            contact.phone,
            village=contact.village,
            account_id=person.id,
        )
        with writing(self._deps.engine) as conn:
            ids = parties.resolve(MarketWrite(conn, MARKET, g.now), [told], demo=self._deps.config.demo)
            messages.set_reach(conn, ids[parties.key_of(told)], contact.reach)

    def tell(self, record: MarketRecord) -> Outcome:
        """See Sellers."""
        return tell(self._deps, record, self.person())

    def limit(self) -> None:
        """Count what one account does. Raises Refused."""
        limit(self._deps, self.person())


def tell(deps: WebDeps, record: MarketRecord, person: Person) -> Outcome:
    """Write what somebody offers or wants. Raises Unreadable, Refused."""
    limit(deps, person)
    draft = deps.pipeline.market.drafter.draft(record, g.now)
    with writing(deps.engine) as conn:
        return deps.pipeline.market.write(conn, MARKET, [draft], g.now)[0]


def limit(deps: WebDeps, person: Person) -> None:
    """Count what one account does. Raises Refused."""
    deps.portal.limit("tani", person.name, deps.config.market.per_account, g.now)


def midnight(deps: WebDeps) -> datetime:
    """The beginning of the local day."""
    local: datetime = g.now.astimezone(ZoneInfo(deps.config.city.timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
