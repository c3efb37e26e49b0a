"""Who has an API key: names and dates; the keys themselves are known to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from data.store.schema import api_key


@dataclass(frozen=True, slots=True)
class Holder:
    """A key's row."""

    name: str
    created_at: datetime
    revoked_at: datetime | None


def holders(conn: Connection) -> list[Holder]:
    """All keys ever made, by name; of a replaced one only the later."""
    columns = (api_key.c.name, api_key.c.created_at, api_key.c.revoked_at)
    return [Holder(*row) for row in conn.execute(select(*columns).order_by(api_key.c.name))]
