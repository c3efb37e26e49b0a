"""The common settings of all sources, and the context from which a source is built."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, PlainSerializer
from pydantic_core import PydanticCustomError

from data.domain.city.model import City
from data.domain.reasons import Reason, decode_reason, encode_reason
from data.domain.sla.calendars import Calendars
from data.reference.boundaries.areas import Boundaries
from data.store.db.engine import Engine


def _read_reason(value: object) -> object:
    return decode_reason(value) if isinstance(value, str) else value


StoredReason = Annotated[
    InstanceOf[Reason] | str, BeforeValidator(_read_reason), PlainSerializer(encode_reason, return_type=str)
]
"""A reason in a model that is kept as JSON; a sentence of an earlier version stays that sentence."""


def settings_error(message: str) -> PydanticCustomError:
    """An error in the settings; the message says what is wrong and what is right."""
    return PydanticCustomError("source", message.replace("{", "(").replace("}", ")"))


class SettingsModel(BaseModel):
    """Base of all settings of sources; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(SettingsModel):
    """A source's name for people."""

    id: str = Field(min_length=1)
    en: str = Field(min_length=1)


class SourceSettings(SettingsModel):
    """The settings that every source has; each kind adds its own."""

    kind: str
    title: Title
    enabled: bool
    every_s: float = Field(gt=0, le=86_400)
    """Seconds between two fetches."""
    expected_s: float | None = Field(default=None, gt=0)
    """The source counts as late after this time without a successful contact; None: after a few missed fetches."""
    tells_answers: bool = True
    """False: it never says when an agency answered, so its cases are in no figure about answers."""


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What a source is built from besides its name and settings."""

    city: City
    calendars: Calendars
    boundaries: Boundaries
    engine: Engine
    root: Path
    """The repository's root: relative paths of recordings start here."""
    home: Path
    """BATT_HOME: relative paths of drop folders start here."""
    demo: bool = False
    """True on a demo installation: records from files are marked as demo, and sources that ask other servers are
    off."""
