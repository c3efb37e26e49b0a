"""Runs parts whose failure must not stop the others; logs once when a part fails and once when it works again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from data.store.db.engine import StoreDown

log = structlog.get_logger(__name__)
Result = TypeVar("Result")


class PartHealth:
    """The health of the parts of one object."""

    def __init__(self) -> None:
        self.down: dict[str, str] = {}
        """The error of each part that is down, by its name."""

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
        if self.down.pop(name, None) is not None:
            log.info("back", part=name)
        return result
