"""`guide.near` of config.yaml: what counts as near a case."""

from __future__ import annotations

from pydantic import Field

from dashboard.config.fields import WallClock
from data.domain.city.near import LANDMARKS, NearRule
from data.domain.guide.nouns import PlaceKind
from ingest.settings import SettingsModel


class NearSettings(SettingsModel):
    """`guide.near`."""

    within_m: float = Field(default=500, ge=50, le=2000)
    kinds: list[PlaceKind] = Field(default=[PlaceKind(kind) for kind in LANDMARKS], min_length=1)
    before: WallClock = NearRule().before
    after: WallClock = NearRule().after


def near_of(settings: NearSettings) -> NearRule:
    """The rule."""
    return NearRule(settings.within_m, tuple(settings.kinds), settings.before, settings.after)
