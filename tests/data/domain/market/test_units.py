"""Quantities and prices: by definition, by measurement, or refused; never by a float."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.domain.market.units import (
    BadQuantity,
    Conversion,
    NoConversion,
    amount_of,
    decimal_of,
    in_own_unit,
    parts_of,
    to_parts,
    total_of,
    unit_named,
)

DAY = date(2026, 11, 24)
CRATES = (
    Conversion("peti", Decimal(38), date(2026, 1, 1)),
    Conversion("peti", Decimal(40), date(2026, 11, 1)),
    Conversion("peti", Decimal(36), date(2026, 1, 1), grade="A"),
)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12.500", "12500"),
        ("12.5", "12.5"),
        ("12,5", "12.5"),
        ("1.250.000", "1250000"),
        ("1.250,75", "1250.75"),
        ("1,250.75", "1250.75"),
        ("0.125", "0.125"),
        ("12500", "12500"),
        ("-3", "-3"),
        ("1 250", "1250"),
    ],
)
def test_a_number_is_read_as_people_write_it_here(typed: str, number: str):
    assert decimal_of(typed) == Decimal(number)


@pytest.mark.parametrize("typed", ["", "dua", "1.25.00", "12..5", "NaN", "Infinity", "1e999999999", "1.2.3,4"])
def test_what_says_no_clear_number_is_refused(typed: str):
    with pytest.raises(BadQuantity):
        to_parts(decimal_of(typed), "kg")


def test_kilograms_are_defined_and_crates_are_measured_from_a_day_on():
    assert in_own_unit("kg", "kuintal", (), DAY) == 100
    assert in_own_unit("kg", unit_named("KW"), (), DAY) == 100
    assert in_own_unit("kg", "peti", CRATES, DAY) == 40
    assert in_own_unit("kg", "peti", CRATES, date(2026, 3, 1)) == 38
    assert in_own_unit("kg", "peti", CRATES, DAY, grade="A") == 36


@pytest.mark.parametrize(("own", "unit"), [("kg", "peti"), ("ikat", "kg"), ("kg", "liter"), ("liter", "kg")])
def test_what_nobody_has_measured_cannot_be_compared(own: str, unit: str):
    with pytest.raises(NoConversion):
        in_own_unit(own, unit, (), DAY)


def test_pieces_are_whole_and_nothing_is_negative():
    assert to_parts(Decimal(12), "ikat") == 12
    for amount, own in ((Decimal("2.5"), "ikat"), (Decimal(-2), "kg"), (Decimal(0), "kg"), (Decimal("1e15"), "kg")):
        with pytest.raises(BadQuantity):
            to_parts(amount, own)


def test_a_total_is_whole_rupiah_with_halves_upwards():
    assert total_of(12_500, 1500, "kg") == 18_750
    assert total_of(333, 500, "kg") == 167  # 166.5
    assert total_of(15_000, 3, "ikat") == 45_000


@given(st.integers(1, 10**9), st.sampled_from(["kg", "liter", "ikat", "pot"]))
def test_parts_and_amounts_are_the_same_thing(parts: int, own: str):
    assert to_parts(amount_of(parts, own), own) == parts
    assert amount_of(parts, own) * parts_of(own) == parts
