"""Simulated bursts: reports of which is known which of them tell of one event. The same seed gives the same reports.

What they hold: one tree and seven who report it, another one 300 m away; lamps along a street, each reported by some;
potholes, waste, fires, landslides, jams; and unrelated neighbours, as dense as 5,000 open cases spread over the city.
Pins err as telephones do, words as people write them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

from data.domain.city.model import IncidentRule
from data.domain.distances import EARTH_RADIUS_M
from data.domain.incidents.folding import IncidentCase, compare, joined_group
from data.domain.incidents.learning import Accuracy, LabelledPair
from data.domain.incidents.likelihood import IncidentModel
from data.domain.incidents.likeness import plain_words

START = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
DAYS = 30
OPEN, CATEGORIES = 5_000, 12
SOUTH, NORTH, WEST, EAST = -7.92, -7.80, 112.48, 112.58
PIN_ERRORS = (15.0, 15.0, 15.0, 30.0)
"""Metres per axis, of which each report takes one."""
SAME_WORDS, NUMBERED, TYPO = 0.15, 0.45, 0.12
"""How many copy another one's words, name their number, miss a key."""
PLACES = (
    "jalan diponegoro", "jalan panglima sudirman", "jalan oro oro ombo", "jalan brantas", "dekat pasar", "depan masjid",
    "jalan dewi sartika", "gang mawar", "dekat jembatan", "jalan bukit berbunga", "samping sekolah", "dusun santrean",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """How a category's reports are written, and how its events come."""

    words: Sequence[str]
    """`{where}` is the place."""
    more: Sequence[str]
    spread: timedelta
    """In which most of an event's reports come."""


KINDS: Mapping[str, Kind] = {
    "pohon_tumbang": Kind(
        (
            "pohon tumbang {where}",
            "ada pohon roboh {where}",
            "pohon besar ambruk menutup jalan {where}",
            "wit gede ambruk {where} tolong",
            "pohon tumbang menghalangi jalan {where}",
            "dahan patah dan pohon rebah {where}",
        ),
        (
            "jalan tidak bisa dilewati",
            "mohon segera dievakuasi",
            "menimpa kabel listrik",
            "macet panjang",
            "hujan angin tadi",
        ),
        timedelta(minutes=40),
    ),
    "pju": Kind(
        (
            "lampu jalan mati {where}",
            "PJU padam {where}",
            "penerangan jalan umum mati {where}",
            "lampu PJU tidak menyala {where}",
            "lampune mati {where} peteng",
        ),
        ("sudah seminggu", "gelap sekali kalau malam", "mohon diperbaiki", "rawan begal"),
        timedelta(days=2),
    ),
    "jalan_rusak": Kind(
        (
            "jalan berlubang {where}",
            "aspal rusak dan berlubang {where}",
            "ada lubang besar {where}",
            "dalan bolong {where}",
        ),
        ("bahaya untuk motor", "sudah ada yang jatuh", "mohon ditambal", "sedalam mata kaki"),
        timedelta(days=5),
    ),
    "sampah": Kind(
        (
            "sampah menumpuk {where}",
            "tumpukan sampah belum diangkut {where}",
            "sampah berserakan bau {where}",
            "uwuh numpuk {where}",
        ),
        ("sudah tiga hari", "bau menyengat", "banyak lalat", "mohon segera diangkut"),
        timedelta(days=2),
    ),
    "kebakaran": Kind(
        (
            "kebakaran rumah {where}",
            "ada kebakaran {where} tolong",
            "api besar membakar gudang {where}",
            "omah kobong {where}",
            "asap tebal kebakaran {where}",
        ),
        ("api sudah membesar", "mohon damkar segera", "ada orang di dalam"),
        timedelta(minutes=25),
    ),
    "longsor": Kind(
        (
            "tanah longsor {where}",
            "tebing runtuh menutup jalan {where}",
            "longsor menimpa rumah {where}",
            "tebing ambrol {where}",
        ),
        ("jalan tertutup", "hujan deras sejak sore", "warga mengungsi"),
        timedelta(hours=3),
    ),
    "kemacetan": Kind(
        (
            "macet total {where}",
            "kemacetan panjang {where}",
            "kendaraan antre tidak bergerak {where}",
            "muacet {where}",
        ),
        ("tidak ada petugas", "dari arah malang", "sudah satu jam"),
        timedelta(minutes=20),
    ),
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, and who tells of it."""

    category: str
    lat: float
    lon: float
    at: datetime
    reports: int
    where: str
    number: int
    """Of the house, the lamp or the neighbourhood."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report, and which event it tells of."""

    case: IncidentCase
    event: int


def reports(seed: int, scenes: int) -> list[Report]:
    """Of so many scenes of each kind, and their neighbours, in the order in which they come."""
    chance = random.Random(seed)
    events = [event for _ in range(scenes) for event in _scene(chance)]
    events += _neighbours(chance)
    told = [(case, n) for n, event in enumerate(events) for case in _told(event, chance)]
    told.sort(key=lambda pair: pair[0].received_at)
    return [Report(replace(case, code=f"R-{place:05d}"), event) for place, (case, event) in enumerate(told)]


def _scene(chance: random.Random) -> Iterator[Event]:
    """One tree with seven reports and another one 300 m away; a street of lamps; one event of each other kind."""
    tree = _somewhere(chance, "pohon_tumbang", 7)
    yield tree
    yield _moved(tree, chance, 300.0, reports=chance.randint(1, 5), number=tree.number + 3)
    lamp = _somewhere(chance, "pju", chance.randint(1, 3))
    for place in range(5):
        yield _moved(lamp, chance, 70.0 * place, heading=1.1, reports=chance.randint(1, 3), number=lamp.number + place)
    for category in ("jalan_rusak", "sampah", "kebakaran", "longsor", "kemacetan"):
        yield _somewhere(chance, category, chance.randint(2, 6))


def _neighbours(chance: random.Random) -> Iterator[Event]:
    """Single reports that have nothing to do with one another."""
    for category in KINDS:
        for _ in range(OPEN // CATEGORIES):
            yield _somewhere(chance, category, 1)


def _somewhere(chance: random.Random, category: str, number_of_reports: int) -> Event:
    at = START + timedelta(seconds=chance.uniform(0, DAYS * 86_400))
    lat, lon = chance.uniform(SOUTH, NORTH), chance.uniform(WEST, EAST)
    return Event(category, lat, lon, at, number_of_reports, chance.choice(PLACES), chance.randint(1, 20))


def _moved(
    event: Event, chance: random.Random, metres: float, *, reports: int, number: int, heading: float | None = None
) -> Event:
    lat, lon = _metres_from(event.lat, event.lon, metres, chance.uniform(0, math.tau) if heading is None else heading)
    at = event.at + timedelta(seconds=chance.uniform(-0.5, 0.5) * KINDS[event.category].spread.total_seconds())
    return replace(event, lat=lat, lon=lon, at=at, reports=reports, number=number)


def _metres_from(lat: float, lon: float, metres: float, heading: float) -> tuple[float, float]:
    up, across = metres * math.cos(heading), metres * math.sin(heading)
    return (
        lat + math.degrees(up / EARTH_RADIUS_M),
        lon + math.degrees(across / EARTH_RADIUS_M / math.cos(math.radians(lat))),
    )


def _told(event: Event, chance: random.Random) -> list[IncidentCase]:
    found: list[IncidentCase] = []
    said: list[str] = []
    for n in range(event.reports):
        copies = said and chance.random() < SAME_WORDS
        said.append(chance.choice(said) if copies else _words(event, chance))
        error = chance.choice(PIN_ERRORS)
        lat, lon = _metres_from(event.lat, event.lon, chance.gauss(0, error), 0.0)
        lat, lon = _metres_from(lat, lon, chance.gauss(0, error), math.pi / 2)
        late = 0.0 if n == 0 else chance.expovariate(2 / KINDS[event.category].spread.total_seconds())
        at = event.at + timedelta(seconds=round(late))
        found.append(IncidentCase("", event.category, at, lat, lon, plain_words(said[-1])))
    return found


def _words(event: Event, chance: random.Random) -> str:
    kind = KINDS[event.category]
    where = event.where if chance.random() < 0.7 else ""
    if chance.random() < NUMBERED:
        where += f" {'tiang' if event.category == 'pju' else 'RT'} {event.number}"
    words = chance.choice(kind.words).format(where=where).split()
    words += chance.choice(kind.more).split() if chance.random() < 0.6 else []
    return " ".join(_typed(word, chance) for word in words)


def _typed(word: str, chance: random.Random) -> str:
    """With a key missed or two exchanged, now and then."""
    if len(word) < 5 or not word.isalpha() or chance.random() > TYPO:
        return word
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1 :] if chance.random() < 0.5 else word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def grouped(told: Sequence[Report], rules: Mapping[str, IncidentRule], model: IncidentModel) -> list[list[Report]]:
    """The groups that are proposed as the reports come, one after the other."""
    groups: dict[str, list[list[Report]]] = {category: [] for category in KINDS}
    for report in told:
        rule, mine = rules[report.case.category], groups[report.case.category]
        recent = [group for group in mine if report.case.received_at - group[0].case.received_at <= rule.window]
        place = joined_group(report.case, [[one.case for one in group] for group in recent], rule, model)
        if place is None:
            mine.append([report])
        else:
            recent[place].append(report)
    return [group for mine in groups.values() for group in mine]


def judged(groups: Sequence[Sequence[Report]], told: Sequence[Report]) -> Accuracy:
    """Pairwise: of all pairs in a group how many are one event, of all pairs of one event how many are in a group."""
    by_event: dict[int, int] = {}
    for report in told:
        by_event[report.event] = by_event.get(report.event, 0) + 1
    pairs = [(a, b) for group in groups for a, b in combinations(group, 2)]
    found = sum(a.event == b.event for a, b in pairs)
    return Accuracy(found, len(pairs) - found, sum(n * (n - 1) // 2 for n in by_event.values()) - found)


def labelled(told: Sequence[Report], rules: Mapping[str, IncidentRule], model: IncidentModel) -> Iterator[LabelledPair]:
    """Each event's first report with every other one within radius and window, as operators would tell them apart."""
    firsts: dict[int, Report] = {}
    for report in told:
        firsts.setdefault(report.event, report)
    for first in firsts.values():
        rule = rules[first.case.category]
        for other in told:
            if other.case.category != first.case.category or other is first:
                continue
            if not timedelta(0) <= other.case.received_at - first.case.received_at <= rule.window:
                continue
            if (one := compare(first.case, other.case, rule, model)) is not None:
                yield LabelledPair(first.case.category, first.case.code, one.evidence, first.event == other.event)
