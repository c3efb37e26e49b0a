"""`guide.tiles` of config.yaml: what makes no tile is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.config.sections.tiles import TileSettings, check_tile_categories, check_tiles

TITLE = {"id": "Kebersihan", "en": "Cleanliness"}
KNOWN = {"sampah": SimpleNamespace(private=False), "narkoba": SimpleNamespace(private=True)}


def told(**changes: Any) -> list[str]:
    plain = {"name": TITLE, "reason": TITLE, "figure": "solved_week", "target": 0.9, "categories": ("sampah",)}
    settings = {"bersih": TileSettings.model_validate({**plain, **changes})}
    faults = [*check_tiles(settings), *check_tile_categories(settings, KNOWN)]
    return [".".join(fault.path) for fault in faults]


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({}, []),
        ({"figure": "resolved_on_time"}, ["guide.tiles.bersih.figure"]),
        ({"figure": "nonsense"}, ["guide.tiles.bersih.figure"]),
        ({"target": None}, ["guide.tiles.bersih.target"]),
        ({"target": 90}, ["guide.tiles.bersih.target"]),
        ({"figure": "market_value", "target": None, "categories": ()}, []),
        ({"figure": "market_value", "categories": ()}, ["guide.tiles.bersih"]),
        ({"categories": ("narkoba",)}, ["guide.tiles.bersih.categories.0"]),
        ({"categories": ("sampah", "sampa")}, ["guide.tiles.bersih.categories.1"]),
    ],
)
def test_a_fault_names_its_place(changes: dict[str, Any], paths: list[str]):
    assert told(**changes) == paths
