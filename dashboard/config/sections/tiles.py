"""`guide.tiles` of config.yaml: the tiles of the city with their targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Protocol

from pydantic import Field

from dashboard.config.faults import ConfigFault, did_you_mean
from dashboard.config.fields import Code
from data.domain.city.tiles import TileRule
from data.domain.guide.scores import FIGURES
from ingest.settings import SettingsModel, Title


class TileSettings(SettingsModel):
    """One of `guide.tiles`."""

    name: Title
    figure: str
    target: Annotated[float, Field(gt=0)] | None = None
    reason: Title
    days: int = Field(default=30, ge=7, le=366)
    categories: tuple[str, ...] = ()
    least_n: int = Field(default=10, ge=1)
    past: int = Field(default=3, ge=1, le=12)


Tiles = dict[Code, TileSettings]


def tiles_of(settings: Tiles) -> tuple[TileRule, ...]:
    """The rules, in the order of the file."""
    return tuple(
        TileRule(
            code,
            {"id": it.name.id, "en": it.name.en},
            it.figure,
            {"id": it.reason.id, "en": it.reason.en},
            it.target,
            it.days,
            it.categories,
            it.least_n,
            it.past,
        )
        for code, it in settings.items()
    )


def check_tiles(settings: Tiles) -> Iterator[ConfigFault]:
    """A figure that a pause or a closing would better makes no tile."""
    for code, it in settings.items():
        here = ("guide", "tiles", code)
        if it.figure not in FIGURES:
            yield ConfigFault((*here, "figure"), f"makes no tile: {it.figure!r}", did_you_mean(it.figure, FIGURES))
        elif it.figure == "market_value":
            if it.target is not None or it.categories:
                yield ConfigFault(here, "is of the market, without target and categories", "take them out")
        elif it.target is None or it.target > 1:
            yield ConfigFault((*here, "target"), "is a share of cases", "right would be from 0 to 1, e.g. 0.9")


class WithPrivacy(Protocol):
    """A category."""

    private: bool


def check_tile_categories(settings: Tiles, known: Mapping[str, WithPrivacy]) -> Iterator[ConfigFault]:
    """Tiles are for everybody: of a private category there is none."""
    for code, it in settings.items():
        for n, category in enumerate(it.categories):
            here = ("guide", "tiles", code, "categories", str(n))
            if category not in known:
                yield ConfigFault(here, f"is none of categories: {category!r}", did_you_mean(category, known))
            elif known[category].private:
                yield ConfigFault(here, f"is private: {category!r}", "take it out")
