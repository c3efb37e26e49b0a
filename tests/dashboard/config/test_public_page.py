"""`public_page` of config.yaml: what may not be shown is told."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from dashboard.config.load import load
from dashboard.config.sections.public_page import PublicPageSettings, check_map_categories
from tests.code_checks import ROOT

KNOWN = {
    "jalan_rusak": SimpleNamespace(private=False),
    "sampah": SimpleNamespace(private=False),
    "narkoba": SimpleNamespace(private=True),
}


@pytest.mark.parametrize(
    ("shown", "paths"),
    [
        ({"grid": ["jalan_rusak"], "villages": ["sampah"]}, []),
        ({"grid": ["narkoba"]}, ["public_page.open_map.grid.0"]),
        ({"villages": ["sampah", "narkoba"]}, ["public_page.open_map.villages.1"]),
        ({"grid": ["jalan"]}, ["public_page.open_map.grid.0"]),
        ({"grid": ["sampah"], "villages": ["sampah"]}, ["public_page.open_map.villages.0"]),
    ],
)
def test_the_open_map_shows_no_private_category(shown: dict[str, Any], paths: list[str]):
    settings = PublicPageSettings.model_validate({"open_map": shown})
    assert [".".join(fault.path) for fault in check_map_categories(settings, KNOWN)] == paths


def test_an_answer_is_kept_for_half_a_minute_at_most():
    with pytest.raises(ValidationError):
        PublicPageSettings.model_validate({"fresh": "31s"})


def test_without_the_section_the_pages_are_closed():
    assert not PublicPageSettings().open


def test_as_shipped_the_pages_are_open_and_the_tiles_are_six():
    config = load(ROOT / "config.yaml", date(2026, 11, 24))
    assert config.public_page.open
    assert [rule.code for rule in config.city.tiles] == [
        *("kebersihan", "jalan", "lampu", "keamanan", "pendapatan_petani", "tepat_waktu"),
    ]
