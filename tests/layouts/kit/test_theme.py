"""Colours can be read: contrast by WCAG 2.2, computed from the one source of the tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from dashboard.config.home import ROOT
from layouts.kit.theme import GRAPHICS_ON, TEXT_ON, THEMES, contrast, css

SHEETS = sorted((ROOT / "dashboard" / "assets").glob("*.css"))


@pytest.mark.parametrize(("one", "other", "ratio"), [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48)])
def test_contrast_is_that_of_the_standard(one: str, other: str, ratio: float):
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.01)


def too_faint(pairs: Iterable[tuple[str, str]], least: float) -> list[tuple[str, str, str]]:
    """(theme, mark, ground) of what does not stand out."""
    every = [(name, mark, ground) for name in THEMES for mark, ground in pairs]
    assert every
    return [
        (name, mark, ground)
        for name, mark, ground in every
        if contrast(THEMES[name][mark], THEMES[name][ground]) < least
    ]


def test_the_rule_of_the_symbol_stands_once_for_walls_and_pages():
    sheets = [*SHEETS, *(ROOT / "dashboard" / "web" / "static" / "sheets").glob("*.css")]
    every = [css(), *(path.read_text(encoding="utf-8") for path in sheets)]
    assert sum(len(re.findall(r"(?:^|[\n}])\.mark\s*\{", text)) for text in every) == 1


def test_text_stands_out_from_its_ground():
    assert too_faint(TEXT_ON, 4.5) == []


def test_symbols_and_borders_stand_out_from_their_ground():
    assert too_faint(GRAPHICS_ON, 3) == []


def test_both_themes_have_the_same_tokens_and_the_page_gets_all_of_them():
    assert THEMES["dark"].keys() == THEMES["light"].keys()
    for tokens in THEMES.values():
        assert all(f"--{name}:{value};" in css() for name, value in tokens.items())


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_style_sheet_knows_no_colour_but_the_tokens(sheet: Path):
    rules = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*[;}])|rgba?\(|hsla?\(", rules) == []


def test_every_variable_that_is_used_is_set_somewhere():
    rules = "".join(sheet.read_text(encoding="utf-8") for sheet in SHEETS)
    drawn = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "layouts").rglob("*.py"))
    script = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "dashboard" / "assets").glob("*.js"))
    known = set(re.findall(r"(--[a-z0-9-]+)\s*:", rules)) | {f"--{name}" for name in THEMES["dark"]}
    known |= set(re.findall(r"--[a-z0-9-]+", drawn + script)) | {
        f"--{name}" for name in re.findall(r'"([a-z-]+)":', drawn)
    }
    assert set(re.findall(r"var\((--[a-z0-9-]+)\)", rules)) - known == set()
