"""What the doctor says, in the language of whoever asks."""

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
    """One thing looked at. `state`: ok, note (works, but should be known) or bad."""

    state: str
    what: str
    said: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at, and for whom."""

    home: Home
    config_file: Path
    now: datetime
    address: tuple[str, int] | None = None
    """Where it would serve; None: as configured."""
    lang: str = "en"

    @property
    def say(self) -> Words:
        """Texts in the language of whoever asks."""
        return words(self.lang)

    def ok(self, what: str, key: str, **values: object) -> Finding:
        """Nothing to mend."""
        return Finding("ok", what, self.say(f"doctor.{key}", **values))

    def note(self, what: str, key: str, **values: object) -> Finding:
        """It works; what could be better stands under the same key with `_mend`."""
        return Finding("note", what, self.say(f"doctor.{key}", **values), self.say(f"doctor.{key}_mend", **values))

    def bad(self, what: str, key: str, **values: object) -> Finding:
        """To be mended, as it stands under the same key with `_mend`."""
        return Finding("bad", what, self.say(f"doctor.{key}", **values), self.say(f"doctor.{key}_mend", **values))


def spoken(environ: Mapping[str, str]) -> str:
    """The language of the terminal, 'id' or 'en'."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "id" if locale.split("_")[0].split(".")[0] in ("id", "in") else "en"


def unwritable(folder: Path) -> str | None:
    """Why nothing can be written into a folder, in the system's words; None when something can. Leaves nothing."""
    probe = folder / f".doctor-{os.getpid()}"
    try:
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        return error.strerror or str(error)
    return None
