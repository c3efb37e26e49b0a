"""Numbers of permits: what is well-formed, and what they say."""

from __future__ import annotations

import pytest

from data.domain.guide.business import Pirt, halal, kbli, nib, pirt, read_pirt


def test_a_pirt_number_says_food_regency_and_year():
    assert read_pirt("3063306010072-19") == Pirt("3", "06", "3306", "01", "0072", 2019)


@pytest.mark.parametrize(
    "text", ["0063306010072-19", "9063306010072-19", "306330601007-19", "3063306010072", "٣06330601007-19"]
)
def test_what_is_no_pirt_number(text: str):
    assert pirt(text) is None


@pytest.mark.parametrize(
    ("read", "text", "number"),
    [
        (nib, "1234 5678 90123", "1234567890123"),
        (nib, "123456789012", None),
        (nib, "123456789012a", None),
        (kbli, "56101", "56101"),
        (kbli, "5610", None),
        (pirt, "306330601 0072-19", "3063306010072-19"),
        (halal, "id 35110000123456", "ID35110000123456"),
        (halal, "KH12345678", None),
        (halal, "ID", None),
    ],
)
def test_numbers_are_read_as_people_type_them(read, text: str, number: str | None):  # noqa: ANN001
    assert read(text) == number
