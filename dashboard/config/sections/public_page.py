"""The section `public_page` of config.yaml: /kota, which everybody may open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from pydantic import Field

from dashboard.config.faults import ConfigFault, did_you_mean
from dashboard.config.fields import Code, Label, WallClock
from dashboard.config.sections.tiles import WithPrivacy
from data.domain.city.open_map import OpenMapRule
from ingest.settings import SettingsModel


class OpenMapSettings(SettingsModel):
    """`public_page.open_map`."""

    grid: tuple[str, ...] = ()
    villages: tuple[str, ...] = ()
    solved_for: WallClock = timedelta(days=30)


class PublicPageSettings(SettingsModel):
    """`public_page`."""

    open: bool = False
    fresh: WallClock = Field(default=timedelta(seconds=15), le=timedelta(seconds=15))
    licence: Label = "CC-BY-4.0"
    credits: dict[Code, Label] = Field(default={})
    per_device: int = Field(default=5, ge=1)
    per_address: int = Field(default=60, ge=1)
    open_map: OpenMapSettings = OpenMapSettings()

    @property
    def map_rule(self) -> OpenMapRule:
        """Which reports everybody may see."""
        return OpenMapRule(self.open_map.grid, self.open_map.villages, self.open_map.solved_for)


def check_map_categories(settings: PublicPageSettings, known: Mapping[str, WithPrivacy]) -> Iterator[ConfigFault]:
    """No private category is on the open map, and none is shown in two ways."""
    for name in ("grid", "villages"):
        for n, category in enumerate(getattr(settings.open_map, name)):
            here = ("public_page", "open_map", name, str(n))
            if category not in known:
                yield ConfigFault(here, f"is none of categories: {category!r}", did_you_mean(category, known))
            elif known[category].private:
                yield ConfigFault(here, f"is private: {category!r}", "take it out")
            elif name == "villages" and category in settings.open_map.grid:
                yield ConfigFault(here, f"is in grid, too: {category!r}", "take it out of one of them")
