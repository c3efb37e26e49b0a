"""The panels of places with something wrong near them, and of the weather."""

from __future__ import annotations

from collections.abc import Iterator

from data.domain.guide.board import CityBoard, PlaceTrouble, Weather
from data.domain.guide.nouns import ForecastStep
from layouts.boards.city_board.parts import MARK_EM, Entry, Told, day_and_time, entry, local, nothing, panel
from layouts.boards.city_board.plan import DOUBLE_EM, Id, Panels, panel_height, warning_row
from layouts.kit.parts import category_name
from layouts.kit.tags import Tag
from layouts.kit.text_width import fits
from layouts.kit.words import UNKNOWN

STATES = {"overdue": "overdue", "at_risk": "risk", "new": "new", "running": "run", "": "run"}
"""The `data-state` of a place's worst case."""
KINDS = 3
"""How many categories are named at most."""


def places(answer: CityBoard, shown: Panels) -> Tag:
    """The worst first, with the distance to the nearest trouble."""
    words = shown.viewport.words
    count = shown.rooms[Id.PLACES].lines(shown.viewport.sizes.row, DOUBLE_EM)
    rows = [_place(each, shown) for each in answer.places[:count]] or [nothing(Id.PLACES, "city.no_trouble", shown)]
    total = f" · {words.number(answer.places_total)}" if answer.places_total > len(answer.places[:count]) else ""
    return panel(
        Id.PLACES, Told(words("city.title.places") + total, words("city.within", n=round(answer.within_m))), rows, shown
    )


def _place(each: PlaceTrouble, shown: Panels) -> Tag:
    words = shown.viewport.words
    ending = words("city.metres", n=round(each.nearest_m / 10) * 10)
    room = shown.rooms[Id.PLACES].inner - shown.viewport.sizes.row * MARK_EM
    return entry(Id.PLACES, Entry(each.name, _what(each, room, shown), ending, STATES[each.state]), shown)


def _what(each: PlaceTrouble, room: float, shown: Panels) -> str:
    """How many cases of what, closed roads and outages; fewer names where they have no room."""
    words = shown.viewport.words
    counts = [words(key, n=n) for key, n in (("city.closures", each.closures), ("city.outages", each.outages)) if n]
    if not each.cases:
        return " · ".join(counts)
    cases = words("city.cases", n=each.cases)
    names = [category_name(shown.context.city, code, shown.viewport.lang) for code, _ in each.kinds[:KINDS]]
    for most in range(len(names), 0, -1):
        told = " · ".join([*counts, f"{cases}: {', '.join(names[:most])}"])
        if fits(told, shown.viewport.sizes.small, room, 500):
            return told
    return " · ".join([*counts, cases])


def weather(answer: CityBoard, shown: Panels) -> Tag:
    """Each kecamatan: what it is like, and what comes. The source must be named, with when it was computed."""
    words = shown.viewport.words
    room, sizes = shown.rooms[Id.WEATHER], shown.viewport.sizes
    count = room.lines(sizes.row, DOUBLE_EM)
    is_large = room.height >= panel_height(sizes, len(answer.weather) * warning_row(sizes))
    rows = [_weather(each, is_large, shown) for each in answer.weather[:count]]
    if not any(each.now for each in answer.weather):
        rows = [nothing(Id.WEATHER, "city.no_weather", shown)]
    analysed = [each.now.analysed_at for each in answer.weather if each.now]
    at = day_and_time(min(analysed), answer.as_of, shown) if analysed else ""
    source = words("city.played" if shown.context.demo else "city.bmkg")
    note = words("city.analysed", source=source, at=at) if at else source
    return panel(Id.WEATHER, Told(words("city.title.weather"), note), rows, shown)


def _weather(each: Weather, is_large: bool, shown: Panels) -> Tag:
    words, name = shown.viewport.words, "double large" if is_large else "double"
    if each.now is None:
        return entry(Id.WEATHER, Entry(each.district, words("city.no_weather"), UNKNOWN, name=name), shown)
    now = in_words(each.now, shown.viewport.lang)
    told = list(_below(each, shown)) or [words("city.stays")]
    while len(told) > 1 and not fits(" · ".join(told), shown.viewport.sizes.small, shown.rooms[Id.WEATHER].inner, 500):
        told.pop()
    below = " · ".join(told)
    return entry(Id.WEATHER, Entry(f"{each.district} · {now}", below, _degrees(each), name=name), shown)


def _degrees(each: Weather) -> str:
    if each.coldest_c is None or each.warmest_c is None:
        return UNKNOWN
    low, high = round(each.coldest_c), round(each.warmest_c)
    return f"{low}°" if low == high else f"{low}–{high}°"


def _below(each: Weather, shown: Panels) -> Iterator[str]:
    """How much rain, and the next other weather."""
    if each.rain_mm:
        yield shown.viewport.words("city.rain", mm=shown.viewport.words.number(each.rain_mm, 1))
    for step in each.later:
        yield f"{local(step.at, shown):%H:%M} {in_words(step, shown.viewport.lang)}"


def in_words(step: ForecastStep, lang: str) -> str:
    """BMKG's own words in this language, else in any."""
    return step.weather.get(lang) or next(iter(step.weather.values()), UNKNOWN)
