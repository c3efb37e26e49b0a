"""What happens on one day of the simulated market, as the payloads of market records; the same seed gives the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from data.domain.market.nouns import Commodity, Level
from data.domain.market.units import parts_of
from ingest.sources.market_simulator.people import Person, buyers, farmers
from ingest.sources.market_simulator.prices import GLUT, Prices, Story, rounded
from ingest.sources.simulator.weather import poisson

Payload = dict[str, Any]
FARMERS = 66
_SOLD_SHARE = 0.72
"""Of the offers of a day."""
_PRESSED = 0.3
"""Of the sales from the day on which one buyer presses."""


class Days:
    """Plans days."""

    def __init__(self, commodities: Mapping[str, Commodity], zone: ZoneInfo, seed: int, first: date) -> None:
        self._commodities, self._zone, self._seed = commodities, zone, seed
        self._story = Story(first)
        self._prices = Prices(commodities, seed, self._story)
        self._codes = tuple(commodities)
        self._farmers, self._buyers = farmers(self._codes, seed, FARMERS), buyers(seed)

    def day(self, day: date, per_day: float) -> list[Payload]:
        """All that happens, by time."""
        rng = Random(f"{self._seed}/{day}")
        found = [*self._quotes(day, rng), *self._sales(day, rng, per_day), *self._demands(day, rng, per_day)]
        if day.weekday() == 0:
            found += self._plans(day, rng)
        return sorted(found, key=lambda each: (each["at"], each["external_id"]))

    def _moment(self, day: date, rng: Random, begin: float, end: float) -> datetime:
        return datetime.combine(day, time(0), self._zone) + timedelta(seconds=int(rng.uniform(begin, end) * 3600))

    def _quotes(self, day: date, rng: Random) -> Iterator[Payload]:
        at = datetime.combine(day, time(7), self._zone)
        for code in self._codes:
            for level in Level:
                price = self._prices.asked(code, day, rng, level)
                yield {
                    "kind": "quote",
                    "external_id": f"harga/{day}/{code}/{level}",
                    "at": at.isoformat(),
                    "commodity": code,
                    "price": price,
                    "place": "Pasar Batu",
                    "level": level,
                    "demo": True,
                }

    def _sales(self, day: date, rng: Random, per_day: float) -> Iterator[Payload]:
        more = 1 + 0.5 * self._story.glut(day)
        for n in range(poisson(rng, per_day * more)):
            code = GLUT if rng.random() < 0.35 * self._story.glut(day) else None
            farmer = rng.choice(self._farmers)
            yield from self._offer(day, rng, n, farmer, code or rng.choice(farmer.commodities))

    def _offer(self, day: date, rng: Random, n: int, farmer: Person, code: str) -> Iterator[Payload]:
        of, at = self._commodities[code], self._moment(day, rng, 4.5, 17)
        amount, price = self._amount(of, rng), self._prices.asked(code, day, rng)
        offer = {
            "kind": "offer",
            "external_id": f"lapak/{day}/{n}",
            "at": at.isoformat(),
            **_seller(farmer),
            "commodity": code,
            "grade": rng.choices(("A", "B", "C"), (3, 5, 2))[0],
            "quantity": str(amount),
            "price": price,
            "demo": True,
        }
        yield offer
        if rng.random() < _SOLD_SHARE:
            yield from self._trades(day, rng, offer, at)

    def _trades(self, day: date, rng: Random, offer: Payload, at: datetime) -> Iterator[Payload]:
        """All of it to one buyer, or a part each to two."""
        whole = int(offer["quantity"])
        parts = [whole] if rng.random() < 0.7 or whole < 4 else [whole // 2, whole // 3]
        for n, amount in enumerate(parts):
            at = at + timedelta(minutes=rng.randint(15, 240))
            pressed = self._story.presses(day) and rng.random() < _PRESSED
            buyer = self._buyers[-1] if pressed else rng.choice(self._buyers[:-1])
            price = rounded(offer["price"] * (0.5 if pressed else rng.uniform(0.93, 1.0)))
            yield {
                "kind": "trade",
                "external_id": f"{offer['external_id']}/jual/{n}".replace("lapak/", "jual/", 1),
                "at": at.isoformat(),
                "offer": offer["external_id"],
                "commodity": offer["commodity"],
                "grade": offer["grade"],
                "quantity": str(amount),
                "price": price,
                "buyer": buyer.id,
                "buyer_name": buyer.name,
                "buyer_phone": buyer.phone,
                "demo": True,
            }

    def _demands(self, day: date, rng: Random, per_day: float) -> Iterator[Payload]:
        for n in range(poisson(rng, per_day * 0.3)):
            buyer, code = rng.choice(self._buyers[:-1]), rng.choice(self._codes)
            of, at = self._commodities[code], self._moment(day, rng, 6, 18)
            yield {
                "kind": "demand",
                "external_id": f"cari/{day}/{n}",
                "at": at.isoformat(),
                "buyer": buyer.id,
                "buyer_name": buyer.name,
                "buyer_phone": buyer.phone,
                "village": buyer.village,
                "commodity": code,
                "grade": rng.choice(("B", "C")),
                "quantity": str(self._amount(of, rng)),
                "price": rounded(self._prices.level(code, Level.PRODUCER, day) * rng.uniform(0.95, 1.15)),
                "expires_at": (at + timedelta(days=rng.randint(2, 7))).isoformat(),
                "demo": True,
            }

    def _plans(self, day: date, rng: Random) -> Iterator[Payload]:
        for n, farmer in enumerate(rng.sample(self._farmers, 8)):
            first = day + timedelta(days=rng.randint(7, 40))
            yield {
                "kind": "plan",
                "external_id": f"rencana/{day}/{n}",
                "at": self._moment(day, rng, 8, 10).isoformat(),
                **_seller(farmer),
                "commodity": farmer.commodities[0],
                "quantity": str(4 * self._amount(self._commodities[farmer.commodities[0]], rng)),
                "first_day": first.isoformat(),
                "last_day": (first + timedelta(days=14)).isoformat(),
                "demo": True,
            }

    def _amount(self, of: Commodity, rng: Random) -> int:
        """In the own unit: more of what is weighed."""
        return 5 * rng.randint(4, 60) if parts_of(of.unit) > 1 else rng.randint(10, 120)


def _seller(farmer: Person) -> Payload:
    return {
        "farmer": farmer.id,
        "farmer_name": farmer.name,
        "farmer_phone": farmer.phone,
        "village": farmer.village,
    }
