"""The texts of one language with durations, and those for the walls' script."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from data.texts import LANGUAGES, Text, Texts, read_texts

__all__ = ["LANGUAGES", "UNKNOWN", "Words", "words"]

UNKNOWN = "–"
"""Stands where a value is not known, which is not zero."""
JS_PREFIX = "js."


class Words(Texts):
    """The texts of one language; compare by identity, made once by `words`."""

    def duration_parts(self, seconds: float) -> tuple[str, str]:
        """(figure, unit) in the largest unit that keeps the figure at least 1: ('38', ' mnt'), ('2,1', ' jam').

        From ten on without decimals: ('22', ' jam').
        """
        for unit, size, digits in (("days", 86400, 1), ("hours", 3600, 1), ("minutes", 60, 0)):
            if abs(seconds) >= size:
                return self.number(seconds / size, digits if abs(seconds) < 9.95 * size else 0), " " + self(
                    "unit." + unit
                )
        return self.number(seconds), " " + self("unit.seconds")

    def share(self, share: float) -> str:
        """'72', of a hundred; '100' is all and '0' is none, whatever rounding says."""
        rounded = round(share * 100)
        return self.number(rounded if share in (0, 1) or rounded not in (0, 100) else 1 if rounded == 0 else 99)

    def moment(self, local: datetime, *, year: bool = False) -> str:
        """'24 Nov 14:07', with or without the year."""
        month = self(f"js.month.{local.month}")
        return f"{local.day} {month}{f' {local.year}' if year else ''} {local:%H:%M}"

    def working_time(self, seconds: float) -> str:
        """Working time, which has no days: '38 mnt', '2,1 jam', '105 jam'."""
        if abs(seconds) < 3600:
            return "".join(self.duration_parts(seconds))
        return f"{self.number(seconds / 3600, 1 if abs(seconds) < 9.95 * 3600 else 0)} {self('unit.hours')}"

    def for_script(self) -> dict[str, Text]:
        """The texts that the wall's script needs, by key without the prefix."""
        return {key.removeprefix(JS_PREFIX): text for key, text in self.texts.items() if key.startswith(JS_PREFIX)}


@cache
def words(lang: str) -> Words:
    """The one `Words` of a language; an unknown language is Indonesian."""
    code = lang if lang in LANGUAGES else LANGUAGES[0]
    return Words(code, read_texts(code))
