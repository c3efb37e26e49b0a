"""What fits: widths in Manrope, and texts cut at a word when nothing else helps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts.kit.text_width import fits, packed, shortened, text_width


@pytest.mark.parametrize(
    ("text", "weight", "measured"),
    [
        ("Jalan berlubang dalam", 500, 252),
        ("Segera jatuh tempo", 600, 225),
        ("−69:34:37", 600, 118),
        ("Selasa, 24 Nov 2026 · WIB", 500, 288),
        ("Penerangan jalan (PJU)", 700, 271),
    ],
)
def test_a_width_is_that_of_the_browser_within_three_hundredths(text: str, weight: int, measured: int):
    assert text_width(text, 24, weight) == pytest.approx(measured, rel=0.03)


def test_figures_are_equally_wide_so_that_nothing_jitters():
    assert text_width("1:11:11", 24) == text_width("8:88:88", 24)


@given(st.text(min_size=1, max_size=80), st.floats(30, 500))
def test_a_shortened_text_fits_or_is_hardly_anything(text: str, room: float):
    short = shortened(text, 24, room)
    assert fits(short, 24, room) or len(short) <= 2


@pytest.mark.parametrize(
    ("text", "room", "told"),
    [
        ("Jalan rusak", 500, "Jalan rusak"),
        ("Jalan rusak di Sisir", 200, "Jalan rusak di…"),
        ("Jalan, rusak", 100, "Jalan…"),
        ("Sumberbrantas", 100, "Sumbe…"),
    ],
)
def test_a_text_is_cut_at_a_word(text: str, room: float, told: str):
    assert shortened(text, 24, room) == told


@pytest.mark.parametrize(
    ("widths", "lines", "fit"),
    [([], 1, (0, 0)), ([50, 50], 1, (2, 1)), ([50, 51], 1, (1, 1)), ([50, 51], 2, (2, 2)), ([60, 60, 60], 2, (2, 2))],
)
def test_things_are_packed_line_by_line_in_their_order(widths: list[float], lines: int, fit: tuple[int, int]):
    assert packed(widths, 100, lines) == fit
