"""Rules of tiles for tests."""

from __future__ import annotations

from typing import Any

from data.domain.city.tiles import TileRule


def a_tile_rule(code: str = "kebersihan", **changes: Any) -> TileRule:
    plain: dict[str, Any] = {"figure": "solved_week", "target": 0.8, "least_n": 5}
    both = {"id": code, "en": code}
    return TileRule(code, both, reason=both, **{**plain, **changes})
