"""Work that must outlive any fault of a part: said once when it falls, once when it returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from data.store.db.engine import StoreDown

log = structlog.get_logger(__name__)
Result = TypeVar("Result")


class Falls:
    """Which parts are down now, by name."""

    def __init__(self) -> None:
        self.down: dict[str, str] = {}
        """What was said when it fell, by name of the part."""

    def attempt(self, name: str, work: Callable[[], Result]) -> Result | None:
        """The work's result; None when it raised. Only the first of a row of falls is logged.

        A store that is down is no fault of ours and needs no traceback.
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
