"""The accounts of the demonstration: one of each role. The gate lets only this machine use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from dashboard.auth import passwords
from data.domain.access.roles import Role, unfit_agencies, unfit_villages
from data.domain.market.nouns import Side
from data.store.accounts import users
from data.store.db.engine import Connection
from data.store.market import parties
from data.store.market.deals import OWN
from data.store.market.parties import account_key
from data.store.market.told import PartyTold
from data.store.market.writing import MarketWrite

DEMO_NAMES: Mapping[Role, str] = {role: f"demo-{role.value}" for role in Role}
DEMO_TRADERS: Mapping[Role, PartyTold] = {
    Role.FARMER: PartyTold(Side.FARMER, "", "Petani Demo", "081100009999", village="35.79.02.2004", lang="id"),
    Role.BUYER: PartyTold(Side.BUYER, "", "Pembeli Demo", "082200009999", village="35.79.01.1001", lang="id"),
}


def add_demo_users(conn: Connection, agency: str, village: str, now: datetime) -> dict[Role, tuple[str, str]]:
    """One account of each role with a new password, which needs no change: (name, password). Those before are gone."""
    made = {}
    for role, name in DEMO_NAMES.items():
        users.remove(conn, name)
        password = passwords.one_time_password()
        agencies = [] if unfit_agencies(role, frozenset()) is None else [agency]
        villages = [] if unfit_villages(role, frozenset()) is None else [village]
        kept = passwords.hashed(password)
        user_id = users.add(conn, name, role, agencies, password=kept, now=now, one_time_until=None, villages=villages)
        made[role] = (name, password)
        if role in DEMO_TRADERS:
            _add_trader(conn, DEMO_TRADERS[role], name, user_id, now)
    return made


def _add_trader(conn: Connection, trader: PartyTold, name: str, user_id: int, now: datetime) -> None:
    """The profile of a demo account: its pages are there at once."""
    told = replace(trader, external_id=account_key(name), account_id=user_id)
    parties.resolve(MarketWrite(conn, OWN, now), [told], demo=True)


def remove_demo_users(conn: Connection) -> None:
    """For a server that is no demonstration: their passwords were never changed."""
    for name in DEMO_NAMES.values():
        users.remove(conn, name)
