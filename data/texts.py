"""The product's texts in both languages, from data/locales: what walls, pages, result files and reasons say.

A key that is missing is a fault of ours and raises. A text with plurals is a mapping {one, other}, chosen by `n`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from data.domain.reasons import Reason, decode_reason

LOCALES = Path(__file__).resolve().parent / "locales"
LANGUAGES = ("id", "en")
Text = str | Mapping[str, str]
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C reads them ten times as fast."""


class Texts:
    """The texts of one language. Get it from `texts`, which builds one instance a language."""

    def __init__(self, lang: str, texts: Mapping[str, Text]) -> None:
        """`texts` by dotted key."""
        self.lang = lang
        self.texts = texts

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key` with its {names} filled in; numbers are formatted for the language.

        KeyError when there is no such text.
        """
        text = self.texts[key]
        if not isinstance(text, str):
            text = text["one" if values.get("n") == 1 else "other"]
        shown = {name: self._shown(value) for name, value in values.items()}
        return text.format_map(shown) if shown else text

    def sentence(self, told: Reason | str | Iterable[Reason | str]) -> str:
        """A reason as a sentence; several are joined by '; '. A plain text is returned unchanged.

        KeyError when the reason's code has no text.
        """
        if isinstance(told, str):
            return told
        if isinstance(told, Reason):
            return self(f"reason.{told.code}", **told.params)
        return "; ".join(self.sentence(each) for each in told)

    def stored_sentence(self, text: str) -> str:
        """The sentence of a reason in the store's form (see `encode_reason`)."""
        return self.sentence(decode_reason(text))

    def number(self, value: float, digits: int = 0) -> str:
        """Formatted with the language's decimal and thousands separators."""
        plain = f"{value:,.{digits}f}"
        return plain if self.lang == "en" else plain.translate(str.maketrans(",.", ".,"))

    def _shown(self, value: object) -> object:
        if isinstance(value, int):
            return self.number(value)
        if isinstance(value, float):
            return self.number(value, decimals_of(value))
        if isinstance(value, Reason):
            return self.sentence(value)
        if isinstance(value, tuple):
            between = "; " if any(isinstance(each, Reason) for each in value) else ", "
            return between.join(str(self._shown(each)) for each in value)
        return value


def decimals_of(value: float) -> int:
    """How many decimals it takes to write it, at most six."""
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    return min(6, max(0, -exponent)) if isinstance(exponent, int) else 0


class ReasonError(Exception):
    """An error with a reason: a code with parameters, or a plain sentence.

    `str` gives the Indonesian sentence; for a code without a text it gives the code.
    """

    def __init__(self, reason: Reason | str) -> None:
        """`reason` is also an attribute."""
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        try:
            return texts(LANGUAGES[0]).sentence(self.reason)
        except KeyError as missing:
            return str(missing.args[0])


def reason_in(error: Exception) -> Reason | str:
    """The reason of a ReasonError; of any other error its text."""
    return error.reason if isinstance(error, ReasonError) else str(error)


@cache
def texts(lang: str) -> Texts:
    """The one `Texts` of a language; an unknown language is Indonesian."""
    code = lang if lang in LANGUAGES else LANGUAGES[0]
    return Texts(code, read_texts(code))


def read_texts(lang: str, locales: Path = LOCALES) -> dict[str, Text]:
    """All texts of a language by dotted key. ValueError when two files have the same key."""
    found: dict[str, Text] = {}
    for path in sorted((locales / lang).glob("*.yaml")):
        with path.open(encoding="utf-8") as file:
            new = _flat(yaml.load(file, Loader=LOADER))
        if both := found.keys() & new.keys():
            raise ValueError(f"{path}: {', '.join(sorted(both))} stands in another file, too")
        found |= new
    return found


def _flat(tree: Mapping[str, object], prefix: str = "") -> dict[str, Text]:
    found: dict[str, Text] = {}
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if not isinstance(value, Mapping):
            found[key] = str(value)
        elif set(value) == {"one", "other"}:
            found[key] = {form: str(text) for form, text in value.items()}
        else:
            found |= _flat(value, f"{key}.")
    return found
