"""What the settings of all sources share, and what a source is built from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, PlainSerializer
from pydantic_core import PydanticCustomError

from data.domain.city.model import City
from data.domain.reasons import Reason, read_stored, stored
from data.domain.sla.worktime import Calendar
from data.reference.boundaries.areas import Boundaries
from data.store.db.engine import Engine


def _read_reason(value: object) -> object:
    return read_stored(value) if isinstance(value, str) else value


StoredReason = Annotated[
    InstanceOf[Reason] | str, BeforeValidator(_read_reason), PlainSerializer(stored, return_type=str)
]
"""A reason in a model that is kept as JSON; a sentence of an earlier version stays that sentence."""


def fault(message: str) -> PydanticCustomError:
    """A fault in the settings; the message says what is wrong and what would be right."""
    return PydanticCustomError("source", message.replace("{", "(").replace("}", ")"))


class Settings(BaseModel):
    """Base of all settings of sources: unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(Settings):
    """A source's name for people."""

    id: str = Field(min_length=1)
    en: str = Field(min_length=1)


class SourceSettings(Settings):
    """What every source has; its own kind adds the rest."""

    kind: str
    title: Title
    enabled: bool
    every_s: float = Field(gt=0, le=86_400)
    """Seconds between two fetches."""
    expected_s: float | None = Field(default=None, gt=0)
    """The source counts as late when it was not heard of for this long; None: after a few missed fetches."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a source is built from besides its settings."""

    city: City
    calendars: Mapping[str, Calendar]
    boundaries: Boundaries
    engine: Engine
    root: Path
    """The repository's root: relative paths of recordings start here."""
    home: Path
    """BATT_HOME: relative paths of drop folders start here."""
    demo: bool = False
    """This is a stage: what files bring is marked as invented, for sources that ask others are off here."""
