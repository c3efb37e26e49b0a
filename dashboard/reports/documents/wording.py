"""Numbers, moments, names and sentences of a report in one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboard.reports.month.facts import Finding, Level, Name, Phrase, Points, Value
from dashboard.reports.month.tables import TOTAL, Cell, Column, Duration, Kind, Share, Table
from data.domain.city.model import City
from data.domain.figures.kpis import FEW
from data.reference.places.villages import DISTRICTS, VILLAGES
from data.texts import Texts, texts

NO_DATA, NBSP = "–", "\N{NO-BREAK SPACE}"
HOUR_S, DAY_S = 3600, 86_400


@dataclass(frozen=True, slots=True)
class Labels:
    """The names that config.yaml and our tables give to codes; both languages."""

    names: Mapping[tuple[str, str], Mapping[str, str]]

    def name(self, of: str, code: str, lang: str) -> str | None:
        """None: neither gives one."""
        found = self.names.get((of, code))
        return None if found is None else found[lang]


def labels_of(city: City, sources: Mapping[str, Mapping[str, str]], screens: Mapping[str, str] | None = None) -> Labels:
    """Of agencies, categories, classes, villages, pause reasons, sources and screens."""
    found: dict[tuple[str, str], Mapping[str, str]] = {}
    for code, agency in city.agencies.items():
        found["agency", code] = {"id": agency.short, "en": agency.short}
        found["agency_name", code] = {"id": agency.name, "en": agency.name}
    for of, named in (("category", city.categories), ("service_class", city.classes)):
        found |= {(of, code): it.name for code, it in named.items()}
    found |= {("village", it.code): {"id": it.name, "en": it.name} for it in VILLAGES}
    found |= {("district", code): {"id": name, "en": name} for code, name in DISTRICTS.items()}
    found |= {("commodity", code): it.name for code, it in city.market.commodities.items()}
    found |= {("pause", code): it.name for code, it in city.pauses.items()}
    found |= {("screen", code): {"id": title, "en": title} for code, title in (screens or {}).items()}
    return Labels(found | {("source", code): titles for code, titles in sources.items()})


class Wording:
    """Says what a report says in its language."""

    def __init__(self, lang: str, labels: Labels, zone: str) -> None:
        self.lang, self._labels, self._zone = lang, labels, ZoneInfo(zone)
        self.say: Texts = texts(lang)

    def name(self, of: str, code: str) -> str:
        """A code by its name: config.yaml's, else the text `report.name.OF.CODE`, else the code."""
        if code in {TOTAL, "none"}:
            return self.say(f"report.{code}")
        if of in {"day", "week", "month"}:
            return self.part(of, date.fromisoformat(code))
        if of == "policy":
            policy, _, version = code.partition(":")
            return self.say("report.policy", policy=policy, version=version)
        given = self._labels.name(of, code, self.lang)
        text = self.say.texts.get(f"report.name.{of}.{code}", code)
        return given if given is not None else str(text)

    def title(self, table: Table) -> str:
        """Of a table."""
        return self.say(f"report.table.{table.name}")

    def column(self, name: str) -> str:
        """The title of a column, or of the column of keys."""
        return self.say(f"report.column.{name}")

    def sentence(self, finding: Finding) -> str:
        """With its values, each as its kind is told in a text."""
        values = {name: self.value(value) for name, value in finding.values.items()}
        text = self.say.texts[f"report.say.{finding.key}"]
        if not isinstance(text, str):
            text = text["one" if finding.values.get("n") == 1 else "other"]
        return text.format_map(values)

    def cell(self, column: Column, cell: Cell) -> str:
        """As it stands in a table, whose column says the unit."""
        if column.kind is Kind.TEXT and isinstance(cell, str):
            of, _, code = cell.partition(":")
            return self.name(of, code) if code else cell
        if isinstance(cell, Share) and cell.of >= FEW:
            return f"{self.percent(cell)}{NBSP}% ({self.say.number(cell.part)}/{self.say.number(cell.of)})"
        if isinstance(cell, Share):
            return self.few(cell)
        if isinstance(cell, Duration):
            return self.duration(cell)
        return self.value(cell)

    def value(self, value: Value) -> str:
        """As it stands in a sentence."""
        match value:
            case None:
                return NO_DATA
            case Name(of, code):
                return self.name(of, code)
            case Phrase(key):
                return self.say(key)
            case Points(points):
                return self.say.number(abs(points), 1)
            case Level(number, digits):
                return self.say.number(number, digits)
            case Share() if value.of < FEW:
                return self.few(value)
            case Share():
                return self.say(
                    "report.share",
                    share=self.percent(value),
                    part=self.say.number(value.part),
                    of=self.say.number(value.of),
                )
            case Duration(over=True):
                return self.say("report.over", length=self.length(value))
            case Duration():
                return self.length(value)
            case datetime():
                return self.moment(value)
            case date():
                return self.day(value)
            case float():
                return self.say.number(value, 2)
            case int():
                return self.say.number(value)
            case str():
                return value
            case _:
                raise TypeError(f"a report tells no {type(value).__name__}")

    def few(self, share: Share) -> str:
        """Of fewer than five: '3 dari 4'."""
        if not share.of:
            return NO_DATA
        return self.say("report.few", part=share.part, of=share.of)

    def percent(self, share: Share) -> str:
        """'83,2'; of none there is no percentage."""
        return self.say.number(100 * share.part / share.of, 1)

    def duration(self, duration: Duration) -> str:
        """As it stands in a table: '12,4 jam', '> 10 hari'."""
        return f"{'>' + NBSP if duration.over else ''}{self.length(duration)}"

    def length(self, duration: Duration) -> str:
        """In minutes below an hour, in hours below two days; working time never in days, whose length differs."""
        seconds, size, unit, digits = duration.seconds, 60, "minutes", 0
        if seconds >= 2 * DAY_S and not duration.working:
            size, unit, digits = DAY_S, "days", 1
        elif seconds >= HOUR_S:
            size, unit, digits = HOUR_S, "hours", 1
        return f"{self.say.number(seconds / size, digits)}{NBSP}{self.say(f'report.unit.{unit}')}"

    def day(self, day: date) -> str:
        """'1 Oktober 2026'."""
        return f"{day.day} {self.say(f'report.month.{day.month}')} {day.year}"

    def part(self, step: str, first: date) -> str:
        """A day, week or month by its first day: '1 Oktober 2026', 'mulai 28 September 2026', 'Oktober 2026'."""
        if step == "month":
            return self.month(first)
        return self.say("report.from_day", day=self.day(first)) if step == "week" else self.day(first)

    def month(self, day: date) -> str:
        """'Oktober 2026'."""
        return f"{self.say(f'report.month.{day.month}')} {day.year}"

    def period(self, first: date, last: date) -> str:
        """'Oktober 2026', 'Oktober 2026 s.d. Desember 2026'."""
        if (first.year, first.month) == (last.year, last.month):
            return self.month(first)
        return self.say("report.span", first=self.month(first), last=self.month(last))

    def moment(self, at: datetime) -> str:
        """'2 November 2026 pukul 08.00 WIB'."""
        local = at.astimezone(self._zone)
        return self.say(
            "report.moment",
            day=self.day(local.date()),
            hour=f"{local:%H}",
            minute=f"{local:%M}",
            zone=local.tzname() or "",
        )
