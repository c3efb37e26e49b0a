"""The walls' language: texts from layouts/locales, numbers, durations, dates.

A key that is missing is a fault of ours and raises. A text with plurals is a mapping {one, other}, chosen by `n`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

LOCALES = Path(__file__).resolve().parents[1] / "locales"
LANGUAGES = ("id", "en")
UNKNOWN = "–"
"""Stands where a value is not known, which is not zero."""
JS_PREFIX = "js."


class Words:
    """The texts of one language; compare by identity, made once by `words`."""

    def __init__(self, lang: str, texts: Mapping[str, str | Mapping[str, str]]) -> None:
        """`texts` by dotted key."""
        self.lang = lang
        self.texts = texts
        self._comma = "," if lang == "id" else "."

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key` with its {names} filled in, whole numbers as this language writes them.

        KeyError when there is no such text.
        """
        text = self.texts[key]
        if not isinstance(text, str):
            text = text["one" if values.get("n") == 1 else "other"]
        shown = {name: self.number(value) if isinstance(value, int) else value for name, value in values.items()}
        return text.format_map(shown) if shown else text

    def number(self, value: float, digits: int = 0) -> str:
        """With the language's decimal sign and thousands."""
        plain = f"{value:,.{digits}f}"
        return plain if self.lang == "en" else plain.translate(str.maketrans(",.", ".,"))

    def duration_parts(self, seconds: float) -> tuple[str, str]:
        """(figure, unit) in the largest unit that keeps the figure at least 1: ('38', ' mnt'), ('2,1', ' jam')."""
        for unit, size, digits in (("days", 86400, 1), ("hours", 3600, 1), ("minutes", 60, 0)):
            if abs(seconds) >= size:
                return self.number(seconds / size, digits), " " + self("unit." + unit)
        return self.number(seconds), " " + self("unit.seconds")

    def for_script(self) -> dict[str, str | Mapping[str, str]]:
        """The texts that the wall's script needs, by key without the prefix."""
        return {key.removeprefix(JS_PREFIX): text for key, text in self.texts.items() if key.startswith(JS_PREFIX)}


def _flat(tree: Mapping[str, object], prefix: str = "") -> dict[str, str | Mapping[str, str]]:
    found: dict[str, str | Mapping[str, str]] = {}
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if not isinstance(value, Mapping):
            found[key] = str(value)
        elif set(value) == {"one", "other"}:
            found[key] = {form: str(text) for form, text in value.items()}
        else:
            found |= _flat(value, f"{key}.")
    return found


@cache
def words(lang: str) -> Words:
    """The one `Words` of a language; an unknown language is Indonesian."""
    code = lang if lang in LANGUAGES else LANGUAGES[0]
    with (LOCALES / f"{code}.yaml").open(encoding="utf-8") as file:
        return Words(code, _flat(yaml.safe_load(file)))
