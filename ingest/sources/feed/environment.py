"""What is secret comes from the environment, under a name that config.yaml gives."""

from __future__ import annotations

import os
from enum import Enum

from data.domain.reasons import reason
from ingest.source import SourceDown


class Lack(Enum):
    """Why a variable holds no secret."""

    UNSET = "unset"
    UNFIT = "unfit"
    """It holds characters that cannot travel in a header."""


def lack(variable: str) -> Lack | None:
    """What is wrong with the variable of that name; None when it holds something fit."""
    value = os.environ.get(variable, "").strip()
    if not value:
        return Lack.UNSET
    return None if value.isascii() and value.isprintable() else Lack.UNFIT


def secret(variable: str) -> str:
    """What the environment holds under that name. Raises SourceDown; the text names the variable only."""
    wrong = lack(variable)
    if wrong is Lack.UNSET:
        raise SourceDown(reason("feed.variable_unset", variable=variable))
    if wrong is Lack.UNFIT:
        raise SourceDown(reason("feed.variable_unfit", variable=variable))
    return os.environ[variable].strip()
