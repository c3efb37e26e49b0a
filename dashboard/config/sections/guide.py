"""The section `guide` of config.yaml: categories of places, how long an observation counts, the agenda's window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from pydantic import Field, StringConstraints

from dashboard.config.faults import ConfigFault, did_you_mean
from dashboard.config.fields import Code, WallClock
from dashboard.config.sections.near import NearSettings
from dashboard.config.sections.tiles import Tiles, check_tiles
from data.domain.guide.nouns import ConditionKind, PlaceKind
from data.domain.guide.settings import DEFAULT_EXPIRY, Guide, PlaceCategory
from ingest.settings import SettingsModel, Title

MOST_WINDOW = timedelta(days=400)
Word = Annotated[str, StringConstraints(min_length=1, max_length=60, to_lower=True)]


class PlaceCategorySettings(SettingsModel):
    """One of `guide.categories`."""

    name: Title
    kind: PlaceKind
    words: tuple[Word, ...] = ()


class GuideSettings(SettingsModel):
    """`guide`."""

    categories: dict[Code, PlaceCategorySettings] = Field(default_factory=dict)
    other: str = ""
    expiry: dict[ConditionKind, WallClock] = Field(default_factory=dict)
    window: WallClock = timedelta(days=180)
    tiles: Tiles = Field(default_factory=dict)
    near: NearSettings = NearSettings()


def guide_of(settings: GuideSettings) -> Guide:
    """As the rules know it."""
    return Guide(
        categories={
            code: PlaceCategory(code, {"id": it.name.id, "en": it.name.en}, it.kind, it.words)
            for code, it in settings.categories.items()
        },
        other=settings.other,
        expiry={**DEFAULT_EXPIRY, **settings.expiry},
        window=settings.window,
    )


def check_guide(settings: GuideSettings) -> Iterator[ConfigFault]:
    """The category for others is one of them; the window can be held."""
    if settings.other and settings.other not in settings.categories:
        near = did_you_mean(settings.other, settings.categories)
        yield ConfigFault(("guide", "other"), f"is no category of guide.categories: {settings.other!r}", near)
    if settings.window > MOST_WINDOW:
        yield ConfigFault(("guide", "window"), "is too long", f"right would be at most {MOST_WINDOW.days}d")
    yield from check_tiles(settings.tiles)
