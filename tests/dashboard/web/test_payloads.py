"""A payload as a form shows it and as it comes back: only what somebody changed is another."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.web.payloads import FIELDS_MOST, SHORT, corrected, fields_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def as_sent(payload: dict[str, Any]) -> dict[str, str]:
    """What a browser sends of the form when nobody touches it.

    Every end of a line, however written, as CR LF; an input of one row has none.
    """
    fields = [field for field in fields_of(payload, None, whole=False) if field.editable]
    ends = {field.name: "\r\n" if field.rows > 1 else "" for field in fields}
    return {f"f:{field.name}": re.sub(r"\r\n?|\n", ends[field.name], field.shown) for field in fields}


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=8))
@example({"a": "\r\n", "b": "\r", "c": "\n", "d": "\n\r\r\n"})
def test_a_form_that_nobody_touched_changes_nothing(payload: dict[str, Any]):
    assert corrected(payload, as_sent(payload)) == payload


@pytest.mark.parametrize(
    ("before", "given_text", "after"),
    [
        ("12,5", "-7.87", "-7.87"),
        (12.5, "-7.87", -7.87),
        (None, '"x"', "x"),
        (None, "plain words", "plain words"),
        ([1], "[1, 2]", [1, 2]),
        ("a\nb", "a\r\nc", "a\nc"),
        (1, "[" * 100_000, "[" * 100_000),
    ],
)
def test_a_text_stays_a_text_and_anything_else_is_read_as_json(before: Any, given_text: str, after: Any):
    assert corrected({"a": before}, {"f:a": given_text}) == {"a": after}


def test_fields_are_taken_out_and_added():
    form = {"x:a": "on", "f:a": "1", "new_name": " c ", "new_value": "3"}
    assert corrected({"a": "1", "b": "2"}, form) == {"b": "2", "c": "3"}


def test_a_long_value_is_shown_cut_and_stays_as_it_is():
    payload = {"a": "x" * 1_000_000, "b": "1"}
    [long, short] = fields_of(payload, None, whole=False)
    assert (len(long.shown), long.cut, long.editable, long.size) == (SHORT, True, False, 1_000_000)
    assert corrected(payload, as_sent(payload) | {"f:b": "2"}) == payload | {"b": "2"}
    assert len(fields_of(payload, None, whole=True)[0].shown) == 1_000_000
    assert short.editable


def test_many_fields_are_shown_only_when_all_is_asked_for():
    payload = {str(n): n for n in range(10_000)}
    assert len(fields_of(payload, None, whole=False)) == FIELDS_MOST
    assert len(fields_of(payload, None, whole=True)) == 10_000


def test_what_was_received_stands_beside_what_was_corrected():
    first, second, third, gone = fields_of({"a": "1", "b": "2", "c": 3}, {"a": "1", "b": "x", "d": "y"}, whole=False)
    assert (first.received, second.received, third.received) == (None, "x", "")
    assert (gone.name, gone.shown, gone.received) == ("d", "", "y")


def test_nul_and_broken_signs_are_shown_so_that_a_page_can_hold_them():
    [field] = fields_of({"a\x00": "\x00\ud800"}, None, whole=False)
    assert (field.name, field.shown) == ("a␀", "␀?")
