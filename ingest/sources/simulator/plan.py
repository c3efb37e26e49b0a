"""A stretch of simulated city: what comes in and everything that will become of it, the same for the same seed.

Two streams lie over one another. The city's own: whole days at its real rhythm, so that history, open cases and usual
weekdays are those of a real city. The accelerated one: single hours with many short lives, so that something happens
while somebody is looking. Nothing is remembered: any stretch can be made again at any time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from random import Random

from data.reference.places.villages import village_named
from ingest.sources.simulator.agencies import Agencies, Report, Step, ended_at
from ingest.sources.simulator.citizen_texts import FLOOD, SAID, again
from ingest.sources.simulator.places import Places, StreetPoint, Where
from ingest.sources.simulator.rhythm import RHYTHMS, count, hours_of, rate, where_of
from ingest.sources.simulator.weather import Spell, poisson, shower, weather

HOUR = timedelta(hours=1)
PER_HOUR = 42.0
"""Reports an hour of the accelerated stream at pace 1; with about seven events each, one about every ten seconds."""
BLOCK = 3
"""Hours in which the accelerated stream has one weather."""

_RAIN_BRINGS = (
    ("longsor", 1.7, 2),
    ("pohon_tumbang", 1.5, 1),
    ("lainnya", 0.6, 2),
    ("pju", 0.7, 1),
    ("kemacetan", 1, 1),
)
"""Category, how many at full strength, and the power of the strength by which they grow."""
_WIND_BRINGS = (("pohon_tumbang", 1.3, 1), ("pju", 0.4, 1))
_DRY_FIRES = 0.35
"""More fires on a dry day from July to October."""
_WET_WHERE = {"longsor": Where.LANDSLIDE, "pohon_tumbang": Where.STORM, "lainnya": Where.FLOOD}
_CROWDS = {"pohon_tumbang": (0.45, 6), "longsor": (0.3, 4), "kebakaran": (0.4, 4), "kemacetan": (0.06, 3)}
"""How likely several people report one event, and how many more they are at least; at most half as many again."""
_SHOWN = (("pohon_tumbang", 1.8, Where.STORM), ("kebakaran", 0.8, Where.PEOPLE))
"""Emergencies an hour of the accelerated stream at pace 1, half of them seen by many: whoever looks should see one."""


@dataclass(frozen=True, slots=True)
class Life:
    """A report and what becomes of it."""

    report: Report
    steps: tuple[Step, ...] = ()
    until: datetime | None = None
    """Of a further report of one event: when the first one is done with. It is folded into that one, so it has no
    steps of its own, and makes sense only as long as that one is open."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A day or an hour: its lives by receipt, and every moment at which there is something new of one."""

    lives: tuple[Life, ...]
    moments: tuple[datetime, ...]
    """Ascending."""
    which: tuple[int, ...]
    """Beside each the index of the life."""

    def between(self, after: datetime, until: datetime) -> list[Life]:
        """Lives of which there is news in (after, until], each once, in order of time."""
        news = self.which[bisect_right(self.moments, after) : bisect_right(self.moments, until)]
        return [self.lives[n] for n in dict.fromkeys(news)]


@dataclass(frozen=True, slots=True)
class _Seen:
    """Something somebody reports."""

    at: datetime
    category: str
    where: Where
    said: int | None = None
    """Which of the category's texts; None: any."""
    crowd: bool = False
    """Many see it."""


class Planner:
    """Makes stretches of the city, of the categories that it has."""

    def __init__(
        self, agencies: Agencies, places: Places, categories: Collection[str], zone: tzinfo, seed: int
    ) -> None:
        self._agencies, self._places, self._zone, self._seed = agencies, places, zone, seed
        self._categories = frozenset(categories)

    def day(self, day: date, per_day: float) -> Stretch:
        """One local day at the city's own rhythm, with about `per_day` reports on a weekday."""
        chance = Random(f"day/{self._seed}/{day}")
        seen = [each for category in RHYTHMS for each in self._ordinary(chance, category, day, per_day)]
        spells = weather(self._seed, day, self._zone)
        seen += [each for spell in spells for each in _brought(chance, spell)]
        if not spells and 7 <= day.month <= 10:
            fires = poisson(chance, _DRY_FIRES)
            seen += [_Seen(self._at(chance, day, "kebakaran"), "kebakaran", Where.WILDFIRE) for _ in range(fires)]
        return self._stretch(chance, f"{day:%y%m%d}", seen, fast=False)

    def hour(self, start: datetime, pace: float) -> Stretch:
        """One accelerated hour from `start` (a full hour) on."""
        chance, local = Random(f"hour/{self._seed}/{start:%y%m%d%H}"), start.astimezone(self._zone)
        seen = []
        for category in RHYTHMS:
            number = poisson(chance, 24 * PER_HOUR * pace * rate(category, local.date(), local.hour))
            where = where_of(category, local.date())
            seen += [_Seen(start + HOUR * chance.random(), category, where) for _ in range(number)]
        for category, often, where in _SHOWN:
            crowds = [chance.random() < 0.5 for _ in range(poisson(chance, often * pace))]
            seen += [_Seen(start + HOUR * chance.random(), category, where, crowd=crowd) for crowd in crowds]
        block = int(start.timestamp()) // 3600 // BLOCK
        begin = datetime.fromtimestamp(block * BLOCK * 3600, UTC)
        spell = shower(self._seed, block, begin, HOUR * BLOCK)
        if spell is not None:
            brought = _brought(Random(f"block/{self._seed}/{block}"), spell)
            seen += [each for each in brought if start <= each.at < start + HOUR]
        return self._stretch(chance, f"L{start:%y%m%d%H}", seen, fast=True)

    def _ordinary(self, chance: Random, category: str, day: date, per_day: float) -> Iterator[_Seen]:
        for _ in range(count(chance, category, day, per_day)):
            yield _Seen(self._at(chance, day, category), category, where_of(category, day))

    def _at(self, chance: Random, day: date, category: str) -> datetime:
        hour = chance.choices(range(24), hours_of(category, day))[0]
        return datetime.combine(day, time(hour), self._zone) + HOUR * chance.random()

    def _stretch(self, chance: Random, name: str, seen: list[_Seen], *, fast: bool) -> Stretch:
        lives: list[Life] = []
        for number, each in enumerate(sorted(seen, key=lambda one: one.at)):
            if each.category in self._categories:
                lives += self._lives(chance, f"{name}-{number:03d}", each, fast=fast)
        news = sorted((at, n) for n, life in enumerate(lives) for at in {life.report.at, *(s.at for s in life.steps)})
        return Stretch(tuple(lives), tuple(at for at, _ in news), tuple(n for _, n in news))

    def _lives(self, chance: Random, name: str, seen: _Seen, *, fast: bool) -> list[Life]:
        """The report, and those of others who see the same."""
        spot = self._places.spot(chance, seen.where)
        said = chance.randrange(len(SAID[seen.category])) if seen.said is None else seen.said
        report = _report(name, seen, spot, said)
        agency = self._agencies.agency_of(report, report.at.astimezone(self._zone), chance)
        if fast and self._agencies.is_silent(agency):
            return []
        steps = self._agencies.life(report, agency, chance, fast=fast)
        until = ended_at(steps) or report.at
        others = [
            self._other(chance, report, spot, n)
            for n in range(_crowd(chance, seen) if self._agencies.folds(report) else 0)
        ]
        return [Life(report, steps), *(Life(other, (), until) for other in others if other.at < until)]

    def _other(self, chance: Random, first: Report, spot: StreetPoint, number: int) -> Report:
        near = spot.near(chance, 35)
        return replace(
            first,
            external_id=f"{first.external_id}-{number + 1}",
            at=first.at + timedelta(seconds=20 + int(240 * chance.random() * (1 + number / 3))),
            text=again(chance.randrange(5), first.text),
            lat=near.lat,
            lon=near.lon,
        )


def _brought(chance: Random, spell: Spell) -> Iterator[_Seen]:
    """What a spell of weather brings, from its middle on and for two hours after it."""
    for category, most, power in _RAIN_BRINGS if spell.rain else _WIND_BRINGS:
        for _ in range(poisson(chance, most * spell.strength**power)):
            later = (spell.end - spell.start) * chance.uniform(0.3, 1.0) + HOUR * 2 * chance.random() ** 2
            said = _FLOODED if category == "lainnya" else None
            yield _Seen(spell.start + later, category, _WET_WHERE.get(category, Where.PEOPLE), said)


def _crowd(chance: Random, seen: _Seen) -> int:
    """How many more people report it."""
    likely, least = _CROWDS.get(seen.category, (0.0, 0))
    return chance.randint(least, least * 3 // 2) if chance.random() < likely or seen.crowd else 0


def _report(name: str, seen: _Seen, spot: StreetPoint, said: int) -> Report:
    title, text = SAID[seen.category][said]
    village = village_named(spot.village)
    return Report(
        external_id=name,
        at=seen.at.astimezone(UTC).replace(microsecond=0),
        category=seen.category,
        title=title,
        text=text.format(street=spot.street, village=spot.village),
        lat=spot.lat,
        lon=spot.lon,
        address=f"{spot.street}, {spot.village}",
        village=village.code if village else "",
    )


_FLOODED = next(n for n, (title, _) in enumerate(SAID["lainnya"]) if title == FLOOD)
