"""Runs parts whose failure must not stop the others; logs once when a part fails and once when it works again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from data.store.db.engine import StoreDown

log = structlog.get_logger(__name__)
Result = TypeVar("Result")


class PartHealth:
    """The health of the parts of one object."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.down: dict[str, str] = {}
        """The error of each part that is down, by its name."""
        self._monotonic = monotonic
        self._succeeded_at: dict[str, float] = {}
        self._expected_s: dict[str, float] = {}

    def expect(self, name: str, within_s: float) -> None:
        """From now on the part is late when it has not succeeded for so long."""
        self._succeeded_at[name] = self._monotonic()
        self._expected_s[name] = within_s

    def late(self) -> dict[str, float]:
        """Seconds since the last success of each part that is late."""
        now = self._monotonic()
        ages = {name: now - self._succeeded_at[name] for name in self._expected_s}
        return {name: age for name, age in ages.items() if age > self._expected_s[name]}

    def ages(self) -> dict[str, float]:
        """Seconds since the last success of every part that ever succeeded."""
        now = self._monotonic()
        return {name: now - at for name, at in sorted(self._succeeded_at.items())}

    def run(self, name: str, work: Callable[[], Result]) -> Result | None:
        """The work's result; None when it raised. Of failures in a row only the first is logged.

        A store that is down is not a bug and needs no traceback.
        """
        try:
            result = work()
        except StoreDown as error:
            if name not in self.down:
                log.warning("down", part=name, store=str(error.orig).strip())
            self.down[name] = f"store: {error.orig}"
            return None
        except Exception as error:
            if name not in self.down:
                log.exception("down", part=name)
            self.down[name] = f"{type(error).__name__}: {error}"
            return None
        self._succeeded_at[name] = self._monotonic()
        if self.down.pop(name, None) is not None:
            log.info("back", part=name)
        return result
