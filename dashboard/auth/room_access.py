"""Access to live regions: who may have a room is asked when a page's socket connects, and again while it is open.

A socket passes the gate only at its handshake, and would outlive its session: see `ended`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import request

from dashboard.auth.access import ROOMS, Who, may
from dashboard.auth.forms import is_our_origin
from dashboard.auth.gate import is_this_machine, owes
from dashboard.auth.visitor import limits_of, token_now
from dashboard.config.load import Config
from data.domain.access.roles import Person
from data.store.accounts import audit, sessions
from data.store.accounts.audit import Action
from data.store.accounts.sessions import Session
from data.store.db.engine import Engine, reading, writing


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
        session = self._session(sessions.digest_of(token), now)
        if session is None:
            return None
        if not self._may(room, session):
            self._note_refused(room, session.user.person.name, now)
            return None
        return Grant(room, session.digest, session.user.person)

    def ended(self, grants: Iterable[Grant], now: datetime) -> set[Grant]:
        """Those that hold no longer: logged out, ended, over, disabled, of another role or agency. Raises StoreDown."""
        return {grant for grant in set(grants) if not self._holds(grant, now)}

    def _holds(self, grant: Grant, now: datetime) -> bool:
        session = self._session(grant.session, now)
        return session is not None and session.user.person == grant.person and self._may(grant.room, session)

    def _session(self, digest: str, now: datetime) -> Session | None:
        """The session, when nothing is owed for it."""
        with reading(self._engine) as conn:
            found = sessions.of_digest(conn, digest, now, limits_of(self._settings))
        return None if found is None or found.half or owes(found, self._settings) else found

    def _may(self, room: str, session: Session) -> bool:
        return may(session.user.person.role, self._rooms.get(room, frozenset()))

    def _note_refused(self, room: str, actor: str, now: datetime) -> None:
        with writing(self._engine) as conn:
            audit.add(conn, now, actor, Action.REFUSED, f"room {room}", address=request.remote_addr or "")
