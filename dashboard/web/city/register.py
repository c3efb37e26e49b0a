"""All public pages of the city."""

from __future__ import annotations

from flask import Blueprint

from dashboard.web.city import business, home, open_map, places, tiles
from dashboard.web.city.deps import CityDeps
from dashboard.web.city.open_data import open_data, robots
from dashboard.web.deps import WebDeps


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register their routes; they share one cache."""
    city = CityDeps.of(deps)
    for part in (business, home, places, tiles, open_map, open_data, robots):
        part.register(web, city)
