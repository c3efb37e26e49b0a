"""The mapping of a table of the guide as the upload's form shows it, and its first rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dashboard.web.uploads.form import GUIDE_FIELDS, Chosen, ordered
from data.domain.city.model import City
from data.reference.places.villages import by_code
from data.store.guide.told import ConditionTold, EntryTold, PlaceTold, Told
from ingest.tabular.mapping.columns import MappingSettings, fold
from ingest.tabular.mapping.mapping import TableMapping
from layouts.kit.words import UNKNOWN, Words

PREVIEW = ("id", "name", "category", "village", "state")
_MOMENTS = ("starts", "ends", "expires", "phone_consent")
_OWN = ("received", "updated")
_POSITION = ("lat", "lon", "position")


def guide_mapping(old: MappingSettings, before: Chosen, after: Chosen) -> MappingSettings:
    """What nobody changed stays as it was. Raises ValidationError for what is no mapping."""
    made: dict[str, Any] = old.model_dump(mode="json", exclude_defaults=True)
    spelled = {fold(column): column for column in TableMapping(old).columns}

    def columns(name: str) -> list[str]:
        return [spelled.get(fold(column), column) for column in after.columns(name)]

    changed = {name for name in GUIDE_FIELDS if before.columns(name) != after.columns(name)}
    for name in changed - {"id", *_POSITION}:
        place, value = made if name in _OWN else made["guide"], columns(name)
        if name in (*_OWN, *_MOMENTS):
            place[name] = value or None
        else:
            place[name] = {"columns": value} if value else None
    if "id" in changed and columns("id"):
        made["id"] = {"columns": columns("id"), "required": True}
    if changed.intersection(_POSITION):
        made["position"] = _position(columns("lat"), columns("lon"), columns("position"))
    made["guide"] = {name: value for name, value in made["guide"].items() if value is not None}
    made["guide"]["decimal"] = "point" if after.decimal == "." else "local"
    times = made["times"]
    times["formats"] = ordered(times.get("formats", ["iso"]), after.month_first)
    if after.more and after.more not in times["formats"]:
        times["formats"].insert(0, after.more)
    return MappingSettings.model_validate({name: value for name, value in made.items() if value is not None})


def _position(lat: list[str], lon: list[str], both: list[str]) -> dict[str, str] | None:
    if both:
        return {"pair": both[0]}
    return {"lat": lat[0], "lon": lon[0]} if lat and lon else None


def shown_in(field: str) -> str:
    """The column of the preview in which a fault of this field is shown."""
    at = dict.fromkeys(("lat", "lon", "position", "address", "place"), "village")
    at |= dict.fromkeys(("free", "capacity", "received", "starts", "ends", "expires", "rule"), "state")
    return at.get(field, field if field in PREVIEW else "")


def cell_text(name: str, told: Told, city: City, text: Words) -> str:
    """What a record was understood as."""
    if name == "name":
        return str(getattr(told, "name", None) or getattr(told, "title", None) or UNKNOWN)
    if name == "village":
        village = by_code.get(told.position.village or "") if isinstance(told, PlaceTold | EntryTold) else None
        outside = isinstance(told, PlaceTold) and told.is_outside
        return village.name if village else text("guide.outside") if outside else UNKNOWN
    if name == "category":
        if isinstance(told, PlaceTold):
            category = city.guide.categories.get(told.category)
            return category.name[text.lang] if category else told.category
        return text(f"guide.condition.{told.kind}") if isinstance(told, ConditionTold) else UNKNOWN
    return _state(told, text)


def _state(told: Told, text: Words) -> str:
    if isinstance(told, PlaceTold):
        doubt = f" ({text(f'guide.doubt.{told.doubt}')})" if told.doubt else ""
        return text(f"guide.state.{told.state}") + doubt
    if isinstance(told, ConditionTold):
        return text(f"guide.condition_state.{told.state}")
    return _day(told.starts_at) if isinstance(told, EntryTold) else UNKNOWN


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
