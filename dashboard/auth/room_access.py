"""Access to live regions: who may have a room is asked when a page's socket connects, and again while it is open.

A socket passes the gate only at its handshake, and would outlive its session: see `ended`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.auth.access import ROOMS, Who, may
from dashboard.auth.forms import is_our_origin
from dashboard.auth.gate import is_this_machine, owes
from dashboard.auth.visitor import limits_of, token_now
from dashboard.config.load import Config
from data.domain.access.roles import Person
from data.store.accounts import sessions
from data.store.accounts.sessions import Session
from data.store.db.engine import Engine, reading


@dataclass(frozen=True, slots=True)
class Grant:
    """A room that a session has."""

    room: str
    session: str
    """Its digest."""
    person: Person
    """As the account was then: with another role or agency the page connects anew."""


class RoomAccess:
    """Decides by the access table."""

    def __init__(self, engine: Engine, config: Config, rooms: Mapping[str, Who] = ROOMS) -> None:
        """`rooms` is the access table."""
        self._engine, self._rooms = engine, rooms
        self._settings, self._demo, self._public_url = config.accounts, config.demo, config.server.public_url

    def grant(self, room: str, now: datetime) -> Grant | None:
        """For the socket whose handshake is the present request; None: it may not have the room. Raises StoreDown.

        The browser must say that one of our own pages opens it: cookies alone prove nothing.
        """
        token = token_now(self._public_url)
        if not token or not is_our_origin(self._public_url) or (self._demo and not is_this_machine()):
            return None
        return self._granted(room, sessions.digest_of(token), now)

    def ended(self, grants: Iterable[Grant], now: datetime) -> set[Grant]:
        """Those that hold no longer: logged out, ended, over, disabled, of another role or agency. Raises StoreDown."""
        return {grant for grant in set(grants) if self._granted(grant.room, grant.session, now) != grant}

    def _granted(self, room: str, digest: str, now: datetime) -> Grant | None:
        with reading(self._engine) as conn:
            session = sessions.of_digest(conn, digest, now, limits_of(self._settings))
        return Grant(room, digest, session.user.person) if session and self._may(room, session) else None

    def _may(self, room: str, session: Session) -> bool:
        is_whole = not session.half and not owes(session, self._settings)
        return is_whole and may(session.user.person.role, self._rooms.get(room, frozenset()))
