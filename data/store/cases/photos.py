"""The table of photos: pending (to be fetched), stored or refused with a reason. The files are in `ingest.photos`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, exists, insert, literal_column, or_, select, update

from data.store.db.schema.cases import case
from data.store.db.schema.intake import photo
from data.store.db.types import EpochSeconds

WANTED, STORED, REFUSED = "wanted", "stored", "refused"


class StoredPhoto(NamedTuple):
    """The file of a stored photo."""

    digest: str
    """SHA-256 of the file, hex: its name."""
    width: int
    height: int
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class PendingPhoto:
    """A photo that has to be fetched."""

    id: int
    case_id: int
    source: str
    """The source of its case."""
    url: str
    attempts: int
    """Failed attempts so far."""


LONGEST_WAIT = timedelta(hours=3)
"""Nobody is made to wait longer: a later moment was given by a clock that ran ahead."""


def _moment(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=EpochSeconds())


_DUE = (
    select(photo.c.id, photo.c.case_id, case.c.source, photo.c.url, photo.c.attempts)
    .join(case, case.c.id == photo.c.case_id)
    .where(
        photo.c.state == literal_column("'wanted'"),
        or_(photo.c.next_at <= _moment("now"), photo.c.next_at > _moment("latest")),
    )
    .order_by(photo.c.next_at.desc(), photo.c.id.desc())
    .limit(bindparam("most"))
)


def add_pending(conn: Connection, wanted: Iterable[tuple[int, str]], now: datetime) -> None:
    """Add photos to be fetched: (case id, address of the photo)."""
    rows = [{"case_id": id_, "state": WANTED, "url": url, "next_at": now, "at": now} for id_, url in wanted]
    if rows:
        conn.execute(insert(photo), rows)


def add_received(conn: Connection, code: str, kept: StoredPhoto | str, now: datetime) -> bool:
    """Add a photo that was sent with the case of this code: the stored file, or the reason of its refusal.

    False when the same photo or refusal is there already.
    """
    owner = select(case.c.id).where(case.c.code == code).scalar_subquery()
    mine = photo.c.digest == kept.digest if isinstance(kept, StoredPhoto) else photo.c.reason == kept
    if conn.execute(select(photo.c.id).where(photo.c.case_id == owner, mine).limit(1)).first() is not None:
        return False
    told = kept._asdict() | {"state": STORED} if isinstance(kept, StoredPhoto) else {"state": REFUSED, "reason": kept}
    conn.execute(insert(photo).values(case_id=owner, at=now, **told))
    return True


def add_proof(conn: Connection, case_id: int, version: int, kept: StoredPhoto, now: datetime) -> None:
    """Add a photo that proves what the event of this version tells."""
    conn.execute(insert(photo).values(case_id=case_id, at=now, version=version, state=STORED, **kept._asdict()))


def due(conn: Connection, now: datetime, most: int) -> Sequence[PendingPhoto]:
    """Photos to be fetched now, of the newest cases first."""
    return [PendingPhoto(*row) for row in conn.execute(_DUE, {"now": now, "latest": now + LONGEST_WAIT, "most": most})]


def fetched(conn: Connection, photo_id: int, kept: StoredPhoto) -> bool:
    """Mark a photo as stored; False when it is not wanted any more: it was erased while it was fetched."""
    return _update(conn, photo_id, state=STORED, next_at=None, reason=None, **kept._asdict())


def postpone(conn: Connection, photo_id: int, reason: str, until: datetime) -> None:
    """Mark a failed attempt; the next one is due at `until`."""
    _update(conn, photo_id, attempts=photo.c.attempts + 1, reason=reason, next_at=until)


def refuse(conn: Connection, photo_id: int, reason: str) -> None:
    """Mark a photo as refused; it is never tried again."""
    _update(conn, photo_id, state=REFUSED, next_at=None, reason=reason)


def of_cases(conn: Connection, ids: Sequence[int]) -> dict[int, str]:
    """By case id, the digest of its first photo that is public (see `is_public`)."""
    twin = photo.alias()
    private = exists().where(twin.c.digest == photo.c.digest, twin.c.state == STORED, twin.c.case_id == case.c.id)
    rows = conn.execute(
        select(photo.c.case_id, photo.c.digest)
        .where(
            photo.c.case_id.in_(ids),
            photo.c.state == STORED,
            photo.c.version.is_(None),
            ~private.where(case.c.private.is_(True)),
        )
        .order_by(photo.c.id.desc())
    )
    return {row.case_id: row.digest for row in rows}


def is_public(conn: Connection, digest: str) -> bool:
    """Whether the photo belongs to at least one case and to no private one."""
    owners = select(case.c.id).join(photo, photo.c.case_id == case.c.id)
    owners = owners.where(photo.c.digest == digest, photo.c.state == STORED)
    public, private = owners.where(case.c.private.is_(False)), owners.where(case.c.private.is_(True))
    return bool(conn.execute(select(exists(public) & ~exists(private))).scalar_one())


def _update(conn: Connection, photo_id: int, **values: object) -> bool:
    wanted = update(photo).where(photo.c.id == photo_id, photo.c.state == WANTED)
    return conn.execute(wanted.values(**values)).rowcount == 1
