"""Findings of the doctor, in the language of the terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dashboard.config.home import Home
from layouts.kit.words import Words, words


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `state`: ok, note (works, but worth knowing) or bad."""

    state: str
    what: str
    said: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What is checked, and the language of the findings."""

    home: Home
    config_file: Path
    now: datetime
    address: tuple[str, int] | None = None
    """Host and port to check; None: as configured."""
    lang: str = "en"

    @property
    def say(self) -> Words:
        """Texts in that language."""
        return words(self.lang)

    def ok(self, what: str, key: str, **values: object) -> Finding:
        """Nothing to repair."""
        return Finding("ok", what, self.say(f"doctor.{key}", **values))

    def note(self, what: str, key: str, **values: object) -> Finding:
        """It works; the advice has the same key with `_mend`."""
        return Finding("note", what, self.say(f"doctor.{key}", **values), self.say(f"doctor.{key}_mend", **values))

    def bad(self, what: str, key: str, **values: object) -> Finding:
        """To be repaired; the advice has the same key with `_mend`."""
        return Finding("bad", what, self.say(f"doctor.{key}", **values), self.say(f"doctor.{key}_mend", **values))


def terminal_language(environ: Mapping[str, str]) -> str:
    """The language of the terminal, 'id' or 'en'."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "id" if locale.split("_")[0].split(".")[0] in ("id", "in") else "en"


def unwritable(folder: Path) -> str | None:
    """The system's error for writing into a folder; None when it can be written. Leaves no file."""
    probe = folder / f".doctor-{os.getpid()}"
    try:
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        return error.strerror or str(error)
    return None
