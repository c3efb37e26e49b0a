"""Finds our category for a server's service, and our agency for the one that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from data.domain.cases.routing import category_of
from data.domain.city.model import Category, City
from ingest.source import OTHER
from ingest.sources.open311.settings import Open311Settings
from ingest.tabular.mapping.columns import fold


class Services:
    """The lookup tables, built from the settings and the city."""

    def __init__(self, name: str, settings: Open311Settings, city: City) -> None:
        """Raises ValueError when the settings name a category or an agency that the city does not have."""
        self._city = city
        self._configured = {fold(key): code for key, code in settings.categories.items()}
        _check(name, "categories", settings.categories, city.categories)
        agencies = {**settings.agencies, **({"agency": settings.agency} if settings.agency else {})}
        _check(name, "agencies", agencies, city.agencies)
        ours = {fold(call): one.code for one in city.agencies.values() for call in (one.code, one.name, one.short)}
        self._agencies = {**ours, **{fold(key): code for key, code in settings.agencies.items()}}
        self._default = settings.agency
        self._words = [(_pattern(each), each.code) for each in city.categories.values() if each.code != OTHER]
        self.category = lru_cache(maxsize=4096)(self._category)

    def agency(self, responsible: str) -> str | None:
        """The agency by the server's name for it, else the default; None when there is none."""
        return self._agencies.get(fold(responsible), self._default)

    def _category(self, code: str, name: str) -> str:
        """By the settings, else by name or code, else by words in the name when they match exactly one category."""
        for key in (fold(code), fold(name)):
            if key in self._configured:
                return self._configured[key]
        for label in (name, code):
            if (found := category_of(label, self._city)) is not None:
                return found.code
        spoken_of = {code for pattern, code in self._words if pattern.search(name)}
        return spoken_of.pop() if len(spoken_of) == 1 else OTHER


def _check(name: str, where: str, told: Mapping[str, str], known: Mapping[str, object]) -> None:
    for key, code in told.items():
        if code not in known:
            raise ValueError(f"sources.{name}.{where}: {key}: {code!r} is unknown; right would be {', '.join(known)}")


def _pattern(category: Category) -> re.Pattern[str]:
    """Matches any of the category's names and words as whole words."""
    choices = "|".join(r"\s+".join(map(re.escape, call.split())) for call in _labels(category))
    return re.compile(rf"(?<!\w)(?:{choices})(?!\w)", re.IGNORECASE)


def _labels(category: Category) -> Iterator[str]:
    yield from category.name.values()
    yield from category.words
    yield category.code.replace("_", " ")
