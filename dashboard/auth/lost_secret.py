"""A secret that was there and is gone: what it breaks, and how the old one comes back.

Walls' addresses, sessions and forms of the administrators are signed with it. API keys are not.
"""

from __future__ import annotations

import structlog

from dashboard.config.home import Home
from data.store.db.change_feed import latest
from data.store.db.engine import Connection

log = structlog.get_logger(__name__)


def is_lost(home: Home, conn: Connection) -> bool:
    """Whether there is no secret although the store holds what a running installation has written."""
    return not home.has_secret and latest(conn) > 0


def warning(home: Home) -> str:
    """To be said before a new one is made; also to the log."""
    log.warning("secret_lost", file=str(home.secret_file))
    return (
        f"The secret is lost: the store holds records, but {home.secret_file} is not there and BATT_SECRET is not set."
        " A new one is made now, and what the old one signed is worthless: the addresses of all walls (run.py screen"
        " url NAME prints the new ones), the administrators' address and sessions (run.py admin url), and open forms."
        " API keys, sources and reports are as they were. To have the old addresses back, stop the server and put"
        " the old secret in its place: docs/deploy/deploy.md, 'A lost secret'."
    )
