"""The mapping of a table of the market as the upload's form shows it, and its first rows."""

from __future__ import annotations

from typing import Any

from dashboard.web.uploads.form import MARKET_FIELDS, Chosen, ordered
from data.domain.market.nouns import Market
from data.domain.market.units import amount_of
from data.reference.places.villages import by_code
from data.store.market.told import ListingTold, PlanTold, QuoteTold, Told, TradeTold
from ingest.tabular.mapping.columns import MappingSettings, fold
from ingest.tabular.mapping.mapping import TableMapping
from layouts.kit.words import UNKNOWN, Words

PREVIEW = ("id", "received", "commodity", "quantity", "price", "village")
_MOMENTS = ("expires", "first_day", "last_day")
_OWN = ("id", "received", "time", "updated")


def market_mapping(old: MappingSettings, before: Chosen, after: Chosen) -> MappingSettings:
    """What nobody changed stays as it was. Raises ValidationError for what is no mapping."""
    made: dict[str, Any] = old.model_dump(mode="json", exclude_defaults=True)
    spelled = {fold(column): column for column in TableMapping(old).columns}

    def columns(name: str) -> list[str]:
        return [spelled.get(fold(column), column) for column in after.columns(name)]

    changed = [name for name in MARKET_FIELDS if before.columns(name) != after.columns(name)]
    for name in changed:
        place, value = made if name in _OWN else made["market"], columns(name)
        if name in ("received", "time"):
            made["received"] = [*columns("received"), *columns("time")] or made["received"]
        elif name == "updated" or name in _MOMENTS:
            place[name] = value or None
        else:
            place[name] = {"columns": value} if value else None
    if {"id", "received"} & set(changed) or before.with_date != after.with_date:
        numbers = columns("id")
        dated = made["received"] if after.with_date or not numbers else []
        made["id"] = {"columns": [*dated, *numbers] or made["received"], "required": True}
    made["market"] = {name: value for name, value in made["market"].items() if value is not None}
    made["market"]["decimal"] = "point" if after.decimal == "." else "local"
    times = made["times"]
    times["formats"] = ordered(times.get("formats", ["iso"]), after.month_first)
    if after.more and after.more not in times["formats"]:
        times["formats"].insert(0, after.more)
    return MappingSettings.model_validate({name: value for name, value in made.items() if value is not None})


def shown_in(field: str) -> str:
    """The column of the preview in which a fault of this field is shown."""
    at = {"time": "received", "updated": "received", "unit": "quantity", "total": "price", "currency": "price"}
    return at.get(field, field if field in PREVIEW else "")


def cell_text(name: str, told: Told, market: Market, text: Words) -> str:
    """What a record was understood as."""
    if name == "village":
        village = by_code.get(getattr(told, "village", None) or "")
        return village.name if village else UNKNOWN
    if not isinstance(told, ListingTold | TradeTold | QuoteTold | PlanTold):
        return UNKNOWN
    of = market.commodities.get(told.commodity or "")
    if name == "commodity":
        item = told.item if isinstance(told, QuoteTold) else UNKNOWN
        return of.name[text.lang] if of else item
    if name == "quantity":
        if of is None or isinstance(told, QuoteTold):
            return UNKNOWN
        return f"{_plain(amount_of(told.quantity, of.unit), text)} {of.unit}"
    if isinstance(told, PlanTold):
        return UNKNOWN
    unit = of.unit if of else told.unit if isinstance(told, QuoteTold) else ""
    return f"Rp{text.number(told.price)}/{unit}"


def _plain(amount: Any, text: Words) -> str:
    digits = max(0, -amount.as_tuple().exponent)
    return text.number(float(amount), digits)
