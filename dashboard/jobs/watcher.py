"""A sign of life for somebody outside: a GET to a configured address while all is well, and only then.

Who watches it (a dead man's switch) hears of a server that is off, cut off or silently broken by hearing nothing.
"""

from __future__ import annotations

import httpx
import structlog

from dashboard.observability.health_monitor import HealthMonitor

log = structlog.get_logger(__name__)
EVERY_S = 30.0
TIMEOUT_S = 10.0


def ping(url: str, monitor: HealthMonitor) -> bool:
    """Send one when no problem stops the work; whether it was sent and accepted. Raises httpx.HTTPError."""
    if monitor.problems():
        log.warning("watcher_not_pinged", problems=[problem.reason.code for problem in monitor.problems()])
        return False
    httpx.get(url, timeout=TIMEOUT_S).raise_for_status()
    return True
