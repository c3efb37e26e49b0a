"""Photos of cases: what is stored, what is still to be fetched, what was refused and why. The files lie elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, exists, insert, literal_column, select, update

from data.store.db.intake_schema import photo
from data.store.db.schema import case

WANTED, STORED, REFUSED = "wanted", "stored", "refused"


class Kept(NamedTuple):
    """A photo's file."""

    digest: str
    """SHA-256 of the file, hex: its name."""
    width: int
    height: int
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A photo that is to be fetched."""

    id: int
    case_id: int
    source: str
    """The case's."""
    url: str
    attempts: int
    """Made in vain."""


_DUE = (
    select(photo.c.id, photo.c.case_id, case.c.source, photo.c.url, photo.c.attempts)
    .join(case, case.c.id == photo.c.case_id)
    .where(photo.c.state == literal_column("'wanted'"), photo.c.next_at <= bindparam("now", type_=photo.c.next_at.type))
    .order_by(photo.c.next_at.desc(), photo.c.id.desc())
    .limit(bindparam("most"))
)


def want(conn: Connection, wanted: Iterable[tuple[int, str]], now: datetime) -> None:
    """These cases (id) have a photo at this address, which somebody shall fetch."""
    rows = [{"case_id": id_, "state": WANTED, "url": url, "next_at": now, "at": now} for id_, url in wanted]
    if rows:
        conn.execute(insert(photo), rows)


def bring(conn: Connection, code: str, kept: Kept | str, now: datetime) -> bool:
    """A photo came along with the case of this code: it is kept, or why not; False when that is known already."""
    owner = select(case.c.id).where(case.c.code == code).scalar_subquery()
    mine = photo.c.digest == kept.digest if isinstance(kept, Kept) else photo.c.reason == kept
    if conn.execute(select(photo.c.id).where(photo.c.case_id == owner, mine).limit(1)).first() is not None:
        return False
    told = kept._asdict() | {"state": STORED} if isinstance(kept, Kept) else {"state": REFUSED, "reason": kept}
    conn.execute(insert(photo).values(case_id=owner, at=now, **told))
    return True


def due(conn: Connection, now: datetime, most: int) -> Sequence[Wanted]:
    """What is to be fetched now; of the youngest cases first."""
    return [Wanted(*row) for row in conn.execute(_DUE, {"now": now, "most": most})]


def fetched(conn: Connection, photo_id: int, kept: Kept) -> None:
    """It lies in the gallery."""
    _settle(conn, photo_id, state=STORED, next_at=None, reason=None, **kept._asdict())


def postpone(conn: Connection, photo_id: int, reason: str, until: datetime) -> None:
    """It could not be fetched; try again from `until` on."""
    conn.execute(
        update(photo).where(photo.c.id == photo_id).values(attempts=photo.c.attempts + 1, reason=reason, next_at=until)
    )


def refuse(conn: Connection, photo_id: int, reason: str) -> None:
    """It is none, or cannot be had: never tried again."""
    _settle(conn, photo_id, state=REFUSED, next_at=None, reason=reason)


def of_cases(conn: Connection, ids: Sequence[int]) -> dict[int, str]:
    """The digest of each case's first public photo (as `is_public` says), of those that have one."""
    twin = photo.alias()
    private = exists().where(twin.c.digest == photo.c.digest, twin.c.state == STORED, twin.c.case_id == case.c.id)
    rows = conn.execute(
        select(photo.c.case_id, photo.c.digest)
        .where(photo.c.case_id.in_(ids), photo.c.state == STORED, ~private.where(case.c.private.is_(True)))
        .order_by(photo.c.id.desc())
    )
    return {row.case_id: row.digest for row in rows}


def is_public(conn: Connection, digest: str) -> bool:
    """Whether a photo belongs to cases, none of which is private."""
    owners = select(case.c.id).join(photo, photo.c.case_id == case.c.id)
    owners = owners.where(photo.c.digest == digest, photo.c.state == STORED)
    public, private = owners.where(case.c.private.is_(False)), owners.where(case.c.private.is_(True))
    return bool(conn.execute(select(exists(public) & ~exists(private))).scalar_one())


def _settle(conn: Connection, photo_id: int, **values: object) -> None:
    conn.execute(update(photo).where(photo.c.id == photo_id).values(**values))
