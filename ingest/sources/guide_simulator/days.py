"""What the simulated guide tells: GuideRecords as JSON values."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from data.reference.places.landmarks import LANDMARKS
from data.reference.places.villages import VILLAGES

Payload = dict[str, Any]
PARKING = {
    "alun-alun": 180,
    "jatim-park-1": 420,
    "jatim-park-2": 650,
    "jatim-park-3": 500,
    "museum-angkut": 350,
    "selecta": 300,
}
"""Lots of the simulated car parks by place."""
CROWDED = ("alun-alun", "jatim-park-2", "museum-angkut", "bns", "selecta", "coban-talun", "songgoriti")
ROADS = {
    "Jl. Raya Oro-oro Ombo": (-7.8905, 112.5312),
    "Jl. Ir. Soekarno": (-7.8952, 112.5498),
    "Jl. Raya Selecta": (-7.8310, 112.5262),
    "Jl. Trunojoyo, Songgoriti": (-7.8707, 112.5140),
}
_BUSINESSES = (
    ("keripik-apel", "Keripik Apel Simulasi", "oleh_oleh", "Bumiaji", -7.8554, 112.5402),
    ("susu-segar", "Susu Segar Simulasi", "kuliner", "Temas", -7.8801, 112.5418),
    ("bakso", "Bakso Simulasi", "kuliner", "Sisir", -7.8702, 112.5281),
    ("batik", "Batik Simulasi", "kerajinan", "Punten", -7.8392, 112.5305),
    ("homestay", "Homestay Simulasi", "penginapan", "Songgokerto", -7.8668, 112.5032),
)
_AGENDA = (
    # id, title, place, weekday, begins, hours, people
    ("pasar-minggu", "Pasar Minggu pagi (simulasi)", "alun-alun", "SU", time(5), 5, 1200),
    ("musik-sabtu", "Panggung musik Sabtu malam (simulasi)", "alun-alun", "SA", time(18, 30), 4, 2500),
    ("senam-jumat", "Senam bersama (simulasi)", "alun-alun", "FR", time(6), 1, 300),
    ("kelas-apel", "Kelas merawat apel (simulasi)", "kusuma-agrowisata", "WE", time(9), 3, 40),
)
_SINGLE = (
    # id, title, place, days from now, days, people
    ("pameran-bunga", "Pameran bunga (simulasi)", "selecta", 2, 3, 4000),
    ("lari-pagi", "Lari pagi keliling kota (simulasi)", "alun-alun", 5, 1, 1500),
    ("festival-kopi", "Festival kopi (simulasi)", "bns", 9, 2, 1800),
)
_WEATHER = (
    ("Cerah", "Sunny"),
    ("Cerah Berawan", "Partly Cloudy"),
    ("Berawan", "Mostly Cloudy"),
    ("Hujan Ringan", "Light Rain"),
    ("Hujan Sedang", "Moderate Rain"),
)


def places() -> Iterator[Payload]:
    """The best-known ones: real, so they are not marked."""
    for each in LANDMARKS:
        yield {
            "kind": "place",
            "external_id": each.code,
            "name": each.name,
            "category": each.category,
            "address": each.address,
            "lat": each.lat,
            "lon": each.lon,
            "capacity": PARKING.get(each.code),
        }


def businesses() -> Iterator[Payload]:
    """Played ones."""
    for code, name, category, village, lat, lon in _BUSINESSES:
        yield {
            "kind": "place",
            "external_id": f"umkm-{code}",
            "place_kind": "business",
            "name": name,
            "category": category,
            "village": village,
            "lat": lat,
            "lon": lon,
            "opening_hours": "Mo-Su 08:00-17:00",
            "demo": True,
        }


def agenda(now: datetime, zone: ZoneInfo) -> Iterator[Payload]:
    """What recurs every week, and what takes whole days soon."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    for code, title, place, weekday, starts, hours, people in _AGENDA:
        begins = datetime.combine(monday + timedelta(days=_DAYS.index(weekday)), starts, zone)
        yield {
            "kind": "agenda",
            "external_id": f"demo-{code}",
            "name": title,
            "starts_at": begins.isoformat(),
            "ends_at": (begins + timedelta(hours=hours)).isoformat(),
            "rule": f"FREQ=WEEKLY;BYDAY={weekday}",
            "place": place,
            "expected": people,
            "demo": True,
        }
    for code, title, place, after, days, people in _SINGLE:
        begins = datetime.combine(today + timedelta(days=after), time(), zone)
        yield {
            "kind": "agenda",
            "external_id": f"demo-{code}-{today:%y%m}",
            "name": title,
            "starts_at": begins.isoformat(),
            "ends_at": (begins + timedelta(days=days - 1)).isoformat(),
            "all_day": True,
            "place": place,
            "expected": people,
            "demo": True,
        }


_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def _busy(at: datetime, zone: ZoneInfo) -> float:
    """How busy the city is, 0 to 1: at noon more than at night, at weekends more than on Tuesdays."""
    local = at.astimezone(zone)
    hour = local.hour + local.minute / 60
    of_day = max(0.0, 1 - abs(hour - 13) / 7)
    return of_day * (1.05 if local.weekday() >= 5 else 0.6)


def parking(at: datetime, zone: ZoneInfo, seed: int) -> Iterator[Payload]:
    """Free lots; on Sunday mornings the one at the market is closed, which is not full."""
    chance, busy, local = random.Random(f"{seed} {int(at.timestamp())}"), _busy(at, zone), at.astimezone(zone)
    for place, lots in PARKING.items():
        taken = min(lots, int(lots * busy * chance.uniform(0.85, 1.1)))
        fair = place == "alun-alun" and local.weekday() == 6 and local.hour < 10
        free: Payload = {"free": lots - taken, "capacity": lots}
        closed: Payload = {"state": "closed", "note": "Ditutup untuk pasar Minggu (simulasi)"}
        yield _observed("parking", place, at) | {"place": place} | (closed if fair else free)


def crowds(at: datetime, zone: ZoneInfo, seed: int) -> Iterator[Payload]:
    """How crowded places are."""
    chance, busy = random.Random(f"{seed} crowd {int(at.timestamp())}"), _busy(at, zone)
    for place in CROWDED:
        crowd = busy * chance.uniform(0.8, 1.15)
        how = "full" if crowd > 1.05 else "busy" if crowd > 0.65 else "open"
        yield _observed("crowd", place, at) | {"place": place, "state": how}


def roads(at: datetime, zone: ZoneInfo, seed: int) -> Iterator[Payload]:
    """How the traffic moves."""
    chance, busy = random.Random(f"{seed} road {int(at.timestamp())}"), _busy(at, zone)
    for road, (lat, lon) in ROADS.items():
        how = "busy" if busy * chance.uniform(0.7, 1.2) > 0.7 else "open"
        yield _observed("road", road, at) | {"name": road, "lat": lat, "lon": lon, "state": how}


def _observed(kind: str, what: str, at: datetime) -> Payload:
    return {
        "kind": "condition",
        "external_id": f"{kind}-{what}",
        "condition": kind,
        "at": at.isoformat(),
        "observed_by": "Simulasi",
        "demo": True,
    }


def forecasts(at: datetime, zone: ZoneInfo, seed: int) -> Iterator[Payload]:
    """Three days in steps of three hours; rain comes in the afternoon, and it is cooler higher up."""
    for n, village in enumerate(VILLAGES):
        chance = random.Random(f"{seed} {at.date()} {n // 8}")
        steps = []
        for step in range(24):
            moment = at + timedelta(hours=3 * step)
            hour = moment.astimezone(zone).hour
            wet = 13 <= hour <= 19 and chance.random() < 0.6
            weather = chance.choice(_WEATHER[3:]) if wet else chance.choice(_WEATHER[:3])
            steps.append(
                {
                    "at": moment.isoformat(),
                    "weather": weather[0],
                    "weather_en": weather[1],
                    "temperature_c": round(18 + 8 * max(0.0, 1 - abs(hour - 13) / 8) + chance.uniform(-1, 1)),
                    "humidity_percent": 92 if wet else 70,
                    "cloud_percent": 85 if wet else 35,
                    "wind_kmh": round(chance.uniform(1, 9), 1),
                    "wind_from": chance.choice(("N", "E", "S", "W")),
                    "rain_mm": round(chance.uniform(1, 12), 1) if wet else 0,
                }
            )
        yield {
            "kind": "forecast",
            "external_id": village.code,
            "village": village.code,
            "at": at.isoformat(),
            "steps": steps,
            "demo": True,
        }
