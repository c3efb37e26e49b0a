"""Reads secrets from environment variables, whose names are in config.yaml."""

from __future__ import annotations

import os
from enum import Enum

from data.domain.reasons import reason
from ingest.source import SourceDown


class SecretProblem(Enum):
    """Why a variable has no usable secret."""

    UNSET = "unset"
    UNFIT = "unfit"
    """It has characters that cannot be sent in a header."""


def secret_problem(variable: str) -> SecretProblem | None:
    """The problem of the variable; None when it has a usable secret."""
    value = os.environ.get(variable, "").strip()
    if not value:
        return SecretProblem.UNSET
    return None if value.isascii() and value.isprintable() else SecretProblem.UNFIT


def secret(variable: str) -> str:
    """The secret in the variable. Raises SourceDown, whose text names only the variable."""
    wrong = secret_problem(variable)
    if wrong is SecretProblem.UNSET:
        raise SourceDown(reason("feed.variable_unset", variable=variable))
    if wrong is SecretProblem.UNFIT:
        raise SourceDown(reason("feed.variable_unfit", variable=variable))
    return os.environ[variable].strip()
