"""What the public may know of a place. Nothing else of the store's places leaves the house.

Only what is published. No telephone without a dated consent (UU 27/2022). A business's street address and exact point
may be those of a home: without the consent the village is shown, and the point to about 110 metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from data.domain.guide.nouns import Place, PlaceKind, PlaceState
from data.store.guide import places

COARSE = 3
"""Decimals of degrees."""


def public_place(one: Place) -> Place | None:
    """As the public sees it; None when it does not."""
    if one.state is not PlaceState.PUBLISHED:
        return None
    if one.business is not None and one.business.phone_consent_at is not None:
        return one
    if one.kind is not PlaceKind.BUSINESS:
        return replace(one, phone=None)
    lat, lon = (None if value is None else round(value, COARSE) for value in (one.lat, one.lon))
    return replace(one, phone=None, address=None, lat=lat, lon=lon)


def public_places(
    conn: Connection,
    *,
    kinds: Sequence[PlaceKind] = tuple(PlaceKind),
    categories: Sequence[str] | None = None,
    village: str | None = None,
    most: int = 5_000,
) -> list[Place]:
    """By name, as the public sees them."""
    found = places.places(conn, kinds=kinds, categories=categories, village=village, most=most)
    return [shown for one in found if (shown := public_place(one)) is not None]


def public_by_code(conn: Connection, code: str) -> Place | None:
    """As the public sees it; None when it does not."""
    found = places.by_code(conn, code)
    return None if found is None else public_place(found)
