"""Configured and worded to the end: config keys explained, both languages complete, next year's holidays known."""

from __future__ import annotations

import re

from data import clock
from data.reference import holidays
from tests.code_checks import ROOT, uncommented_keys
from tests.yaml_files import read_yaml

LOCALES = ROOT / "data" / "locales"


FORMS = {"one", "other"}


def flat(value: object, path: str = "") -> dict[str, str]:
    """A locale's texts by dotted key; the forms of a plural count as one text."""
    if not isinstance(value, dict):
        return {path: "" if value is None else str(value)}
    if set(value) == FORMS:
        return {path: f"{value['one'] or ''} {value['other'] or ''}"}
    return {key: text for name, part in value.items() for key, text in flat(part, f"{path}.{name}".lstrip(".")).items()}


def locale(lang: str) -> dict[str, str]:
    paths = sorted((LOCALES / lang).glob("*.yaml"))
    return {key: text for path in paths for key, text in flat(read_yaml(path)).items()}


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w*)[^}]*\}", text))


def differing_values(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Keys whose texts take different values; a count may go without saying in one language."""
    shared = one.keys() & other.keys()
    return sorted(key for key in shared if (placeholders(one[key]) ^ placeholders(other[key])) - {"n"})


def test_every_key_of_the_config_is_explained():
    assert uncommented_keys((ROOT / "config.yaml").read_text(encoding="utf-8")) == []


def test_a_key_that_nothing_explains_is_found():
    sample = "# Top.\na: 1\nb: 2\nt: # A table.\n  x: # The code.\n    k: 1 # A key.\n  y:\n    k: 2\n    m: 3\n"
    assert uncommented_keys(sample) == ["3: b", "9: m"]


def test_both_languages_have_the_same_texts():
    assert locale("id").keys() == locale("en").keys()


def test_both_languages_take_the_same_values_in_a_text():
    assert differing_values(locale("id"), locale("en")) == []


def test_a_text_that_forgets_a_value_is_found():
    assert differing_values({"a": "{x} dari {y}", "b": "x"}, {"a": "{x}", "b": "x"}) == ["a"]


def test_no_text_is_empty_in_either_language():
    assert [key for lang in ("id", "en") for key, text in locale(lang).items() if not text.strip()] == []


def test_the_holidays_of_this_and_next_year_are_known():
    this = clock.now().year
    for year in (this, this + 1):
        assert len([day for day in holidays.national([year]) if day.year == year]) >= 12
