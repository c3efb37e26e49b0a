"""The types of values in config.yaml."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PARTS = re.compile(r"(\d+)([smhd])")


def _seconds(value: object, units: str, example: str) -> timedelta:
    text = str(value).replace(" ", "")
    parts = _PARTS.findall(text)
    if not isinstance(value, str) or not parts or "".join(n + unit for n, unit in parts) != text:
        raise PydanticCustomError("length", f"is no length of time; right would be e.g. {example}")
    if any(unit not in units for _, unit in parts):
        raise PydanticCustomError(
            "length",
            f"counts days, but this is working time, whose days have no fixed length; give hours, e.g. {example}",
        )
    return timedelta(seconds=sum(int(n) * _UNITS[unit] for n, unit in parts))


def _working(value: object) -> timedelta:
    return _seconds(value, "smh", "45m or 7h30m")


def _wall_clock(value: object) -> timedelta:
    return _seconds(value, "smhd", "90m, 12h or 3d")


def _local_time(value: object) -> time:
    try:
        if not isinstance(value, str) or not re.fullmatch(r"\d{1,2}:\d{2}", value):
            raise ValueError
        return time.fromisoformat(value.zfill(5)) if value != "24:00" else time.max
    except ValueError:
        raise PydanticCustomError("clock", 'is no time of day; right would be e.g. "07:30", in quotes') from None


def _window(value: object) -> tuple[time, time]:
    start, dash, end = str(value).partition("-")
    if not dash:
        raise PydanticCustomError("hours", 'is no pair of times; right would be e.g. "07:30-12:00"')
    opens, closes = _local_time(start.strip()), _local_time(end.strip())
    if opens >= closes:
        raise PydanticCustomError("hours", "ends before it starts; split a window at midnight: 24:00 ends a day")
    return opens, closes


Working = Annotated[timedelta, BeforeValidator(_working), Field(gt=timedelta(0))]
"""Working time; days are refused."""
WallClock = Annotated[timedelta, BeforeValidator(_wall_clock), Field(gt=timedelta(0))]
Clock = Annotated[time, BeforeValidator(_local_time)]
Window = Annotated[tuple[time, time], BeforeValidator(_window)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=64)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z_][A-Z0-9_]*$")]
"""The name of an environment variable."""
ADDRESS = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+"
"""Of e-mail."""
Address = Annotated[str, StringConstraints(pattern=f"^{ADDRESS}$", max_length=254)]

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
