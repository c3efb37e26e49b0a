"""`guide.near`, and the layers of a screen's map, in config.yaml."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from dashboard.config.faults import ConfigFaults
from dashboard.config.load import Config, load
from data.domain.city.near import NearRule
from data.domain.figures.boards import Layer
from tests.code_checks import ROOT

TODAY = date(2026, 11, 24)
TEXT = (ROOT / "config.yaml").read_text(encoding="utf-8")


def loaded(tmp_path: Path, was: str, becomes: str) -> Config:
    path = tmp_path / "config.yaml"
    assert was in TEXT
    path.write_text(TEXT.replace(was, becomes), encoding="utf-8")
    return load(path, TODAY)


def test_as_shipped_it_is_what_the_rules_begin_with():
    assert load(ROOT / "config.yaml", TODAY).city.near == NearRule()


def test_another_distance_and_other_hours_are_taken_over(tmp_path: Path):
    near = loaded(tmp_path, "within_m: 500", "within_m: 250").city.near
    assert (near.within_m, near.before) == (250, timedelta(hours=3))


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("within_m: 500", "within_m: 5"),
        ("kinds: [nature, service, tourism]", "kinds: [harbour]"),
        ("kinds: [nature, service, tourism]", "kinds: []"),
        ("layers: [agenda, conditions]", "layers: [weather]"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, was: str, becomes: str):
    with pytest.raises(ConfigFaults):
        loaded(tmp_path, was, becomes)


def test_a_screen_has_the_layers_that_it_names(tmp_path: Path):
    assert loaded(tmp_path, "layers: [agenda, conditions]", "layers: [places]").layouts["peta"].layers == {Layer.PLACES}
    assert loaded(tmp_path, "layers: [agenda, conditions]", "layers: []").layouts["peta"].layers == frozenset()
    shipped = load(ROOT / "config.yaml", TODAY).layouts
    assert shipped["peta"].layers == {Layer.AGENDA, Layer.CONDITIONS}
