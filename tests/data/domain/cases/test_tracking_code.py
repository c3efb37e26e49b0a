"""Tracking codes can be read out and typed; a slip is found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from data.domain.cases.tracking_code import BITS, code_of, read_code, shown

NUMBERS = st.integers(0, 2**BITS - 1)


@given(NUMBERS)
def test_a_code_is_read_as_it_is_shown_and_as_people_type_it(number: int):
    code = code_of(number)
    assert len(code) == 13
    for typed in (code, shown(code), shown(code).lower(), f" {code[:5]} {code[5:]} ", code.replace("0", "O")):
        assert read_code(typed) == code


@given(NUMBERS, st.integers(0, 12), st.integers(1, 31))
def test_a_wrong_character_is_found(number: int, place: int, further: int):
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    code = code_of(number)
    other = letters[(letters.index(code[place]) + further) % 32]
    assert read_code(code[:place] + other + code[place + 1 :]) is None


def test_what_is_no_code_is_none():
    code = code_of(2**BITS - 1)
    for text in ("", "lapor", code[:-1], code + "0", "U" * 13, "AW-2611-0412", "\0" * 13, "é" * 13):
        assert read_code(text) is None


def test_different_numbers_have_different_codes():
    assert len({code_of(number) for number in range(1000)}) == 1000
