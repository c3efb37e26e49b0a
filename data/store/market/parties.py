"""Farmers and buyers: known by their source's id, shown by a pseudonym, personal data beside it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import Connection, RowMapping, insert, select, update

from data.domain.market.nouns import Party, Side
from data.store.db.schema.market import party
from data.store.market.told import PartyTold
from data.store.market.writing import BUYERS, FARMERS, MarketWrite, parts_of

Key = tuple[Side, str]
_TOLD = ("village", "name", "phone", "email", "device_id", "lang", "account_id")
REPRESENTED = "wakil:"
"""Of the ids of farmers for whom a field assistant acts, and of the actor of what is done for them."""
_PREFIX = {Side.FARMER: FARMERS, Side.BUYER: BUYERS}


def account_key(name: str) -> str:
    """What a party of our own pages is known by: its account's name."""
    return f"akun:{name}"


def represented_key(account: str, village: str, name: str) -> str:
    """What a farmer is known by for whom a field assistant offers: the assistant's account, the village, the name.

    Neither name can be read from it.
    """
    return f"{represented_of(account)}{village}:{_digest(' '.join(name.casefold().split()))}"


def represented_of(account: str) -> str:
    """The beginning of the ids of all farmers of one assistant."""
    return f"{REPRESENTED}{_digest(account)}:"


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()


def represented_by(account: str) -> str:
    """The actor of what an assistant does in a farmer's name."""
    return f"{REPRESENTED}{account}"


def key_of(told: PartyTold) -> Key:
    return told.side, told.external_id


def resolve(write: MarketWrite, tolds: Iterable[PartyTold], *, demo: bool = False) -> dict[Key, int]:
    """The ids of these parties; new ones are stored, what is told anew of known ones is taken over."""
    every = {key_of(told): told for told in tolds}
    known = _known(write, list(every))
    missing = [told for key, told in every.items() if key not in known]
    for key, row in known.items():
        changed = {n: new for n in _TOLD if (new := getattr(every[key], n)) is not None and new != row[n]}
        if changed:
            write.conn.execute(update(party).where(party.c.id == row["id"]).values(changed))
    ids = {key: row["id"] for key, row in known.items()}
    return ids | _insert(write, missing, demo=demo) if missing else ids


def _known(write: MarketWrite, keys: list[Key]) -> dict[Key, RowMapping]:
    found: dict[Key, RowMapping] = {}
    for side in Side:
        for part in parts_of([external_id for of, external_id in keys if of is side]):
            mine = (party.c.source == write.source) & (party.c.side == side)
            asked = select(party).where(mine, party.c.external_id.in_(part))
            found |= {(side, row["external_id"]): row for row in write.conn.execute(asked).mappings()}
    return found


def _insert(write: MarketWrite, missing: list[PartyTold], *, demo: bool) -> dict[Key, int]:
    rows = []
    for side in Side:
        mine = [told for told in missing if told.side is side]
        for told, code in zip(mine, write.codes(_PREFIX[side], len(mine)), strict=True):
            values = {name: getattr(told, name) for name in ("side", "external_id", *_TOLD)}
            rows.append({**values, "code": code, "source": write.source, "demo": demo, "created_at": write.now})
    write.conn.execute(insert(party), rows)
    return {key: row["id"] for key, row in _known(write, [key_of(told) for told in missing]).items()}


def of_account(conn: Connection, account_id: int, side: Side) -> Party | None:
    """Who this account is on this side; None before the first offer or demand."""
    mine = (party.c.account_id == account_id) & (party.c.side == side)
    row = conn.execute(select(party).where(mine)).mappings().one_or_none()
    return None if row is None else party_of(row)


def by_key(conn: Connection, source: str, key: Key) -> Party | None:
    """Who a source means by an id."""
    side, external_id = key
    same = (party.c.source == source) & (party.c.side == side) & (party.c.external_id == external_id)
    row = conn.execute(select(party).where(same)).mappings().one_or_none()
    return None if row is None else party_of(row)


def by_ids(conn: Connection, ids: Iterable[int]) -> dict[int, Party]:
    """Of these ids, with their personal data: for whoever may know them."""
    found: dict[int, Party] = {}
    for part in parts_of(list(dict.fromkeys(ids))):
        rows = conn.execute(select(party).where(party.c.id.in_(part))).mappings()
        found |= {row["id"]: party_of(row) for row in rows}
    return found


def party_of(row: RowMapping) -> Party:
    return Party(row["id"], Side(row["side"]), row["code"], row["village"], row["name"], row["phone"])


def erase(conn: Connection, party_id: int, now: datetime) -> None:
    """Personal data go; the pseudonym, and what was sold, stay."""
    nothing = dict.fromkeys(("name", "phone", "email", "device_id", "lang", "account_id"))
    gone = {**nothing, "external_id": f"erased-{party_id}-{int(now.timestamp())}"}
    conn.execute(update(party).where(party.c.id == party_id).values(gone))
