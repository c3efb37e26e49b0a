"""For which farmers without a telephone a field assistant acts: those whom he entered himself, and no others."""

from __future__ import annotations

from flask import abort, make_response, redirect, request, url_for

from dashboard.auth.visitor import person_now
from dashboard.web.deps import WebDeps
from dashboard.web.tani.traders import Trader, tell
from data.domain.access.roles import Person, Role
from data.domain.market.nouns import Side
from data.store.assistants import represented
from data.store.assistants.represented import RepresentedFarmer
from data.store.db.engine import reading
from data.store.market.parties import represented_by
from ingest.market_record import MarketRecord
from ingest.source import Outcome

FARMER = "petani"
"""The query with the code of the farmer for whom something is offered."""


def assistant_now() -> Person:
    """Who makes the request."""
    person = person_now()
    if person is None or person.role is not Role.FIELD:
        abort(403)
    return person


class Represented:
    """Implements `traders.Sellers`."""

    room = "assist"

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps

    def person(self) -> Person:
        """404 while the market is closed."""
        if not self._deps.config.market.open:
            abort(404)
        return assistant_now()

    def now(self) -> Trader:
        """The farmer whom the address names; one must be named."""
        person, code = self.person(), request.args.get(FARMER, "")
        with reading(self._deps.engine) as conn:
            found = represented.by_code(conn, person.name, code)
        if found is None:
            abort(make_response(redirect(url_for("web.assist_farmer"), 303)))
        return _trader(person, found)

    def owner(self, party_id: int) -> Trader | None:
        """See Sellers."""
        person = self.person()
        with reading(self._deps.engine) as conn:
            found = represented.by_id(conn, person.name, party_id)
        return None if found is None else _trader(person, found)

    def tell(self, record: MarketRecord) -> Outcome:
        """See Sellers."""
        return tell(self._deps, record, self.person())


def _trader(person: Person, found: RepresentedFarmer) -> Trader:
    return Trader(person, Side.FARMER, found.party, found.external_id, represented_by(person.name))
